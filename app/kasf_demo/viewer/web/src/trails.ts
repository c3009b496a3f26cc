// Where hands and feet were in the last second, and the path of the pelvis over the floor.

import * as THREE from "three";
import type { Skeleton, Take } from "./data";
import { Segments } from "./lines";

const SPAN_S = 1.0;
const MOST = 90; // segments of a joint's trail
const PATH_MOST = 600;
const BACKGROUND = new THREE.Color("#12161c");
const JOINTS = ["r_wrist", "l_wrist", "r_ankle", "l_ankle"];

export class Trails {
  readonly group = new THREE.Group();
  private readonly trails: { joint: number; colour: THREE.Color; line: Segments }[];
  private readonly path = new Segments(PATH_MOST, 2);

  constructor(
    private readonly take: Take,
    private readonly skeleton: Skeleton,
  ) {
    const { left, right } = skeleton.colours;
    this.trails = JOINTS.map((name) => ({
      joint: skeleton.joints.indexOf(name),
      colour: new THREE.Color(take.colour ?? (name.startsWith("l_") ? left : right)),
      line: new Segments(MOST, 3),
    }));
    this.group.add(this.path.object, ...this.trails.map((t) => t.line.object));
    this.drawPath();
  }

  show(row: number | null): void {
    for (const trail of this.trails) {
      trail.line.clear();
      if (row !== null) this.draw(trail, row);
      trail.line.finish();
    }
  }

  dispose(): void {
    for (const line of [this.path, ...this.trails.map((t) => t.line)]) line.dispose();
    this.group.removeFromParent();
  }

  private draw(trail: { joint: number; colour: THREE.Color; line: Segments }, row: number): void {
    const { times } = this.take;
    let first = row;
    while (first > 0 && times[row] - times[first - 1] <= SPAN_S) first--;
    const every = Math.ceil((row - first) / MOST) || 1;
    const tone = (r: number) => BACKGROUND.clone().lerp(trail.colour, 1 - (times[row] - times[r]) / SPAN_S);
    for (let r = row; r - every >= first; r -= every) this.segment(trail.line, trail.joint, r, r - every, tone(r), tone(r - every));
  }

  private drawPath(): void {
    const every = Math.ceil((this.take.frames - 1) / PATH_MOST) || 1;
    const colour = new THREE.Color(this.take.colour ?? "#c9d3e0").lerp(BACKGROUND, 0.35);
    const pelvis = this.skeleton.joints.indexOf("pelvis");
    const pale = colour.clone().lerp(BACKGROUND, 0.5);
    for (let r = every, k = 0; r < this.take.frames; r += every, k++) {
      const sure = this.take.reliable?.[r] !== 0;
      if (sure || k % 2) this.segment(this.path, pelvis, r, r - every, sure ? colour : pale, sure ? colour : pale, true);
    }
    this.path.finish();
  }

  private segment(line: Segments, joint: number, r: number, q: number, from: THREE.Color, to: THREE.Color, onFloor = false): void {
    const { valid } = this.take;
    for (let k = Math.min(q, r); k <= Math.max(q, r); k++) if (!valid[k]) return;
    const [a, b] = [this.point(joint, r), this.point(joint, q)];
    if (onFloor) a.z = b.z = 0.006;
    line.add(a, b, from, to);
  }

  private point(joint: number, row: number): THREE.Vector3 {
    return new THREE.Vector3().fromArray(this.take.xyz, 3 * (row * this.skeleton.joints.length + joint));
  }
}
