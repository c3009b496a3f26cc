// A foot: a wedge of ankle, heel and toe, as wide as a shoe.

import * as THREE from "three";

export interface FootSide {
  ankle: number; // joint
  heel: number; // of the four foot points
  toe: number;
}

const HALF_WIDTH_M = { ankle: 0.022, heel: 0.03, toe: 0.038 };
// left and right edge of ankle, heel and toe: 0 to 5; outward faces
const FACES = [0, 2, 4, 5, 3, 1, 0, 1, 3, 0, 3, 2, 2, 3, 5, 2, 5, 4, 4, 5, 1, 4, 1, 0];

export function footSides(joints: string[]): FootSide[] {
  return [
    { ankle: joints.indexOf("l_ankle"), heel: 0, toe: 1 },
    { ankle: joints.indexOf("r_ankle"), heel: 2, toe: 3 },
  ];
}

// The point of a row of feet (T, 4, 3 or 2), or null where it is unknown.
export function footPoint(feet: Float32Array, row: number, point: number, size: number): number[] | null {
  const at = size * (4 * row + point);
  return Number.isFinite(feet[at]) ? Array.from(feet.subarray(at, at + size)) : null;
}

export class Foot {
  readonly geometry = new THREE.BufferGeometry();
  private readonly corners = new THREE.BufferAttribute(new Float32Array(18), 3);

  constructor(readonly side: FootSide) {
    this.geometry.setAttribute("position", this.corners);
    this.geometry.setIndex(FACES);
  }

  // Moves the wedge to a row; false where the foot is unknown.
  show(feet: Float32Array, row: number, ankle: THREE.Vector3): boolean {
    const ends = [footPoint(feet, row, this.side.heel, 3), footPoint(feet, row, this.side.toe, 3)];
    if (!ends[0] || !ends[1]) return false;
    const [heel, toe] = ends.map((end) => new THREE.Vector3().fromArray(end!));
    const across = ankle.clone().sub(heel).cross(toe.clone().sub(heel)).normalize();
    [ankle, heel, toe].forEach((point, i) => {
      const half = Object.values(HALF_WIDTH_M)[i];
      this.corners.setXYZ(2 * i, point.x + half * across.x, point.y + half * across.y, point.z + half * across.z);
      this.corners.setXYZ(2 * i + 1, point.x - half * across.x, point.y - half * across.y, point.z - half * across.z);
    });
    this.corners.needsUpdate = true;
    this.geometry.computeVertexNormals();
    this.geometry.computeBoundingSphere();
    return true;
  }
}
