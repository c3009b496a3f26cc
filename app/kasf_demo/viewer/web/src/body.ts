// One skeleton as meshes: tapered bones, joints, a head. Left blue, right orange, the midline white, or one colour for all.

import * as THREE from "three";
import type { Skeleton, Take } from "./data";
import { Foot, footSides } from "./feet";

const SURE = 0.5; // a joint scored at least this is opaque; at most LOST, it is drawn at LEAST
const LOST = 0.1;
const LEAST = 0.25;
const INTERPOLATED = 0.6;
const DOUBTFUL = 0.3; // whatever the score
const GHOST = 0.4;
const CLOUD = 0.16; // opacity of the ball that hypotheses lie in
const WIDEST_M = 0.6; // its radius at most
const UP = new THREE.Vector3(0, 1, 0); // along a cylinder of three.js
const WHITE = new THREE.Color("#ffffff");
const RED = new THREE.Color("#ff2d55");
const GROUND = new THREE.Color("#12161c");

export interface Look {
  ghost?: boolean;
  colour?: string | null;
}

interface Part {
  mesh: THREE.Mesh;
  material: THREE.MeshStandardMaterial;
  colour: THREE.Color;
  joints: number[]; // whose scores decide how opaque it is
}

export class Body {
  readonly group = new THREE.Group();
  readonly points: THREE.Vector3[]; // of the row shown
  row: number | null = null;
  private readonly bones: { part: Part; from: number; to: number }[] = [];
  private readonly joints: { part: Part; joint: number }[] = [];
  private readonly feet: { foot: Foot; part: Part }[] = [];
  private readonly clouds: THREE.Mesh[] = []; // by joint, if the take has hypotheses
  private readonly head: Part;
  private readonly headJoint: number;
  private readonly neckJoint: number;
  private dimmed = false;

  constructor(
    readonly take: Take,
    private readonly skeleton: Skeleton,
    private readonly look: Look = {},
  ) {
    const { joints, radius_m } = skeleton;
    this.points = joints.map(() => new THREE.Vector3());
    this.headJoint = joints.indexOf("head");
    this.neckJoint = joints.indexOf("neck");
    for (const [from, to] of skeleton.bones) {
      if (to === this.headJoint) continue; // the head is a ball
      const shape = new THREE.CylinderGeometry(radius_m[to], radius_m[from], 1, 18, 1, true);
      this.bones.push({ part: this.part(shape, this.colourOf(to), [from, to]), from, to });
    }
    joints.forEach((_, joint) => {
      if (joint !== this.headJoint) this.joints.push({ part: this.part(new THREE.SphereGeometry(1, 20, 14), this.colourOf(joint), [joint]), joint });
    });
    if (take.spread && !look.ghost) joints.forEach((_, joint) => this.clouds.push(this.cloud(joint)));
    for (const side of take.feet ? footSides(joints) : []) {
      const foot = new Foot(side);
      this.feet.push({ foot, part: this.part(foot.geometry, this.colourOf(side.ankle), [side.ankle]) });
    }
    const ball = new THREE.SphereGeometry(skeleton.head_radius_m, 28, 20);
    this.head = this.part(ball, this.colourOf(this.headJoint), [this.neckJoint, this.headJoint]);
    this.showJoints(!look.ghost);
  }

  // Shows a row of the take, or nothing.
  show(row: number | null): void {
    this.row = row;
    this.group.visible = row !== null;
    if (row === null) return;
    const n = this.points.length;
    this.points.forEach((point, j) => point.fromArray(this.take.xyz, 3 * (row * n + j)));
    for (const { part, from, to } of this.bones) span(part.mesh, this.points[from], this.points[to]);
    for (const { part, joint } of this.joints) part.mesh.position.copy(this.points[joint]);
    this.clouds.forEach((ball, j) => {
      const radius = this.take.spread![row * n + j];
      ball.visible = radius > this.skeleton.radius_m[j];
      if (ball.visible) ball.scale.setScalar(Math.min(radius, WIDEST_M));
      ball.position.copy(this.points[j]);
    });
    for (const { foot, part } of this.feet) part.mesh.visible = foot.show(this.take.feet!, row, this.points[foot.side.ankle]);
    this.head.mesh.position.addVectors(this.points[this.neckJoint], this.points[this.headJoint]).multiplyScalar(0.5);
    this.fade(row);
  }

  // Joints as light balls, or only as the ends of bones.
  showJoints(on: boolean): void {
    for (const { part, joint } of this.joints) {
      part.mesh.scale.setScalar(this.skeleton.radius_m[joint] * (on ? 1.25 : 1));
      this.paint(part, part.colour.clone().lerp(WHITE, on ? 0.55 : 0));
    }
  }

  // Joints that are off are large and red: `redness` in 0..1.
  redden(redness: (joint: number) => number): void {
    for (const { part, joint } of this.joints) {
      const share = redness(joint);
      part.mesh.scale.setScalar(this.skeleton.radius_m[joint] * (1.2 + 0.6 * share));
      this.paint(part, WHITE.clone().lerp(RED, share));
    }
  }

  // Other people than the chosen one are darker.
  dim(on: boolean): void {
    this.dimmed = on;
    for (const part of [...this.bones.map((b) => b.part), ...this.feet.map((f) => f.part), this.head]) this.paint(part, part.colour.clone());
  }

  dispose(): void {
    this.group.removeFromParent();
    for (const { mesh, material } of this.parts()) {
      mesh.geometry.dispose();
      material.dispose();
    }
    for (const ball of this.clouds) {
      ball.geometry.dispose();
      (ball.material as THREE.Material).dispose();
    }
  }

  // A pale ball whose radius is the spread of the hypotheses.
  private cloud(joint: number): THREE.Mesh {
    const material = new THREE.MeshBasicMaterial({ color: this.colourOf(joint), transparent: true, opacity: CLOUD, depthWrite: false });
    const mesh = new THREE.Mesh(new THREE.SphereGeometry(1, 20, 14), material);
    this.group.add(mesh);
    return mesh;
  }

  private parts(): Part[] {
    return [...this.bones.map((b) => b.part), ...this.joints.map((j) => j.part), ...this.feet.map((f) => f.part), this.head];
  }

  private paint(part: Part, colour: THREE.Color): void {
    part.material.color.copy(this.dimmed ? colour.lerp(GROUND, 0.6) : colour);
  }

  private colourOf(joint: number): string {
    if (this.look.colour) return this.look.colour;
    const { left, right, centre } = this.skeleton.colours;
    const name = this.skeleton.joints[joint];
    return name.startsWith("l_") ? left : name.startsWith("r_") ? right : centre;
  }

  private part(geometry: THREE.BufferGeometry, tone: string, joints: number[]): Part {
    const ghost = this.look.ghost ?? false;
    const colour = new THREE.Color(tone).lerp(WHITE, ghost ? 0.35 : 0);
    const material = new THREE.MeshStandardMaterial({ color: colour, roughness: 0.55, metalness: 0 });
    const mesh = new THREE.Mesh(geometry, material);
    mesh.castShadow = !ghost;
    this.group.add(mesh);
    if (ghost) {
      // depth first, colour after: a translucent body without its insides
      const depth = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ colorWrite: false }));
      depth.renderOrder = 1;
      mesh.renderOrder = 2;
      mesh.add(depth);
    }
    return { mesh, material, colour, joints };
  }

  private fade(row: number): void {
    const n = this.points.length;
    const steady = (this.take.interpolated[row] ? INTERPOLATED : 1) * (this.look.ghost ? GHOST : 1);
    for (const { material, joints } of this.parts()) {
      const score = Math.min(...joints.map((j) => this.take.score[row * n + j])) / 255;
      const ramp = Math.min(Math.max((score - LOST) / (SURE - LOST), 0), 1);
      const doubtful = joints.some((j) => this.take.doubtful?.[row * n + j]);
      const opacity = Math.min(LEAST + (1 - LEAST) * ramp, doubtful ? DOUBTFUL : 1) * steady;
      material.opacity = opacity;
      if (material.transparent !== opacity < 1) {
        material.transparent = opacity < 1;
        material.needsUpdate = true;
      }
    }
  }
}

// Puts a unit cylinder between two points.
function span(mesh: THREE.Mesh, a: THREE.Vector3, b: THREE.Vector3): void {
  const along = b.clone().sub(a);
  const length = along.length() || 1e-6;
  mesh.position.copy(a).add(b).multiplyScalar(0.5);
  mesh.scale.set(1, length, 1);
  mesh.quaternion.setFromUnitVectors(UP, along.divideScalar(length));
}
