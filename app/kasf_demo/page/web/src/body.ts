// One skeleton as meshes: tapered bones, joints, a head. Left blue, right orange, the midline white, or one colour for all.

import * as THREE from "three";
import type { Skeleton, Take } from "./data";

const SURE = 0.5; // a joint scored at least this is opaque; at most LOST, it is drawn at LEAST
const LOST = 0.1;
const LEAST = 0.25;
const INTERPOLATED = 0.6;
const UP = new THREE.Vector3(0, 1, 0); // along a cylinder of three.js

export interface Look {
  ghost?: boolean;
  colour?: string | null;
}

interface Part {
  mesh: THREE.Mesh;
  material: THREE.MeshStandardMaterial;
  joints: number[]; // whose scores decide how opaque it is
}

export class Body {
  readonly group = new THREE.Group();
  readonly points: THREE.Vector3[]; // of the row shown
  row: number | null = null;
  private bones: Part[] = [];
  private joints: Part[] = [];
  private head: Part;
  private readonly headAt = new THREE.Vector3();
  private readonly headJoint: number;
  private readonly neckJoint: number;
  private opacity = 1;

  constructor(
    readonly take: Take,
    private readonly skeleton: Skeleton,
    private readonly look: Look = {},
  ) {
    this.points = skeleton.joints.map(() => new THREE.Vector3());
    this.headJoint = skeleton.joints.indexOf("head");
    this.neckJoint = skeleton.joints.indexOf("neck");
    for (const [a, b] of skeleton.bones) {
      if (b === this.headJoint) continue; // the head is a ball
      const shape = new THREE.CylinderGeometry(skeleton.radius_m[b], skeleton.radius_m[a], 1, 18, 1, true);
      this.bones.push(this.part(shape, this.colourOf(b), [a, b]));
    }
    skeleton.joints.forEach((_, j) => {
      if (j !== this.headJoint) this.joints.push(this.part(new THREE.SphereGeometry(1, 20, 14), this.colourOf(j), [j]));
    });
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
    for (let j = 0; j < n; j++) this.points[j].fromArray(this.take.xyz, 3 * (row * n + j));
    const bones = this.skeleton.bones.filter(([, b]) => b !== this.headJoint);
    bones.forEach(([a, b], i) => span(this.bones[i].mesh, this.points[a], this.points[b]));
    const balls = this.points.filter((_, j) => j !== this.headJoint);
    balls.forEach((point, i) => this.joints[i].mesh.position.copy(point));
    this.headAt.copy(this.points[this.neckJoint]).add(this.points[this.headJoint]).multiplyScalar(0.5);
    this.head.mesh.position.copy(this.headAt);
    this.fade(row);
  }

  // Joints as light balls, or only as the ends of bones.
  showJoints(on: boolean): void {
    const names = this.skeleton.joints.map((_, j) => j).filter((j) => j !== this.headJoint);
    names.forEach((j, i) => {
      this.joints[i].mesh.scale.setScalar(this.skeleton.radius_m[j] * (on ? 1.25 : 1.0));
      const colour = new THREE.Color(this.colourOf(j)).lerp(new THREE.Color("#ffffff"), on ? 0.55 : this.look.ghost ? 0.35 : 0);
      this.joints[i].material.color.copy(colour);
    });
  }

  // Other people than the chosen one are paler.
  dim(on: boolean): void {
    this.opacity = on ? 0.45 : 1;
    if (this.row !== null) this.fade(this.row);
  }

  // Joints that are off are red: redness (17,) in 0..1.
  redden(redness: (joint: number) => number): void {
    const names = this.skeleton.joints.map((_, j) => j).filter((j) => j !== this.headJoint);
    names.forEach((j, i) => {
      const share = redness(j);
      const colour = new THREE.Color("#ffffff").lerp(new THREE.Color("#ff2d55"), share);
      this.joints[i].material.color.copy(colour);
      this.joints[i].mesh.scale.setScalar(this.skeleton.radius_m[j] * (1.2 + 0.6 * share));
    });
  }

  dispose(): void {
    this.group.removeFromParent();
    for (const part of [...this.bones, ...this.joints, this.head]) {
      part.mesh.geometry.dispose();
      part.material.dispose();
    }
  }

  private colourOf(joint: number): string {
    if (this.look.colour) return this.look.colour;
    const { left, right, centre } = this.skeleton.colours;
    const name = this.skeleton.joints[joint];
    return name.startsWith("l_") ? left : name.startsWith("r_") ? right : centre;
  }

  private part(geometry: THREE.BufferGeometry, colour: string, joints: number[]): Part {
    const ghost = this.look.ghost ?? false;
    const tone = new THREE.Color(colour).lerp(new THREE.Color("#ffffff"), ghost ? 0.35 : 0);
    const material = new THREE.MeshStandardMaterial({ color: tone, roughness: 0.55, metalness: 0 });
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
    return { mesh, material, joints };
  }

  private fade(row: number): void {
    const n = this.points.length;
    const steady = (this.take.interpolated[row] ? INTERPOLATED : 1) * this.opacity * (this.look.ghost ? 0.4 : 1);
    for (const { material, joints } of [...this.bones, ...this.joints, this.head]) {
      const score = Math.min(...joints.map((j) => this.take.score[row * n + j])) / 255;
      const ramp = Math.min(Math.max((score - LOST) / (SURE - LOST), 0), 1);
      const opacity = (LEAST + (1 - LEAST) * ramp) * steady;
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
