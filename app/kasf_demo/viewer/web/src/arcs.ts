// Which joint shows which angle, and the arc of knees and elbows: from the extension of the near bone to the far one, which is the flexion.

import * as THREE from "three";
import { valueAt } from "./curves";
import type { PageData, Take } from "./data";
import type { Body } from "./body";
import type { Label } from "./labels";
import { Segments } from "./lines";

const ARC_M = 0.13;
const STEPS = 14;
const COLOUR = new THREE.Color("#f0e442");
const PLACES: Record<string, string> = { hip: "hip", knee: "knee", shoulder: "shoulder", elbow: "elbow", ankle: "ankle" };
const BENDS: Record<string, [string, string]> = { knee: ["hip", "ankle"], elbow: ["shoulder", "wrist"] };
const MIDDLE: Record<string, string> = { trunk: "spine", pelvis: "pelvis", shoulders: "thorax", separation: "thorax" };

export class Arcs {
  readonly object: THREE.Object3D;
  private readonly segments = new Segments(8 * (STEPS + 1), 2.5);

  constructor(private readonly data: PageData) {
    this.object = this.segments.object;
  }

  // Draws the angles `names` of a body in its row, and returns their labels.
  show(body: Body | null, names: string[]): Label[] {
    this.segments.clear();
    const labels: Label[] = [];
    if (body && body.row !== null && body.take.curves) {
      for (const name of names) {
        const label = this.label(body, body.take, body.row, name);
        if (!label) continue;
        labels.push(label);
        this.arc(body, name);
      }
    }
    this.segments.finish();
    return labels;
  }

  private label(body: Body, take: Take, row: number, name: string): Label | null {
    const column = [...this.data.angles, ...this.data.footAngles].indexOf(name);
    const joint = this.jointOf(name);
    if (column < 0 || joint === null) return null;
    const { value: deg, doubtful } = valueAt(take, this.data, "deg", column, row);
    if (!Number.isFinite(deg)) return null;
    const side = name.startsWith("r_") ? "angle r" : name.startsWith("l_") ? "angle l" : "angle";
    return { at: body.points[joint], text: `${Math.round(deg)}°${doubtful ? "?" : ""}`, kind: side };
  }

  private jointOf(name: string): number | null {
    const side = /^[rl]_/.exec(name)?.[0];
    const part = (side ? name.slice(2) : name).split("_")[0];
    const joint = side ? PLACES[part] && side + PLACES[part] : MIDDLE[part];
    const at = joint ? this.data.skeleton.joints.indexOf(joint) : -1;
    return at < 0 ? null : at;
  }

  private arc(body: Body, name: string): void {
    const [side, part, what] = name.split("_");
    const ends = what === "flexion" ? BENDS[part] : undefined;
    if (!ends) return;
    const [near, middle, far] = [ends[0], part, ends[1]].map((n) => body.points[this.data.skeleton.joints.indexOf(`${side}_${n}`)]);
    const straight = middle.clone().sub(near).normalize();
    const bent = far.clone().sub(middle).normalize();
    const axis = straight.clone().cross(bent);
    if (axis.length() < 0.03) return;
    axis.normalize();
    const angle = straight.angleTo(bent);
    const at = (i: number) => straight.clone().applyAxisAngle(axis, (angle * i) / STEPS).multiplyScalar(ARC_M).add(middle);
    const dim = COLOUR.clone().multiplyScalar(0.55);
    this.segments.add(middle, at(0), dim, dim);
    for (let i = 0; i < STEPS; i++) this.segments.add(at(i), at(i + 1), COLOUR, COLOUR);
  }
}
