// Lines several pixels wide whose points change with every frame, without new buffers.

import * as THREE from "three";
import { LineMaterial } from "three/examples/jsm/lines/LineMaterial.js";
import { LineSegments2 } from "three/examples/jsm/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/examples/jsm/lines/LineSegmentsGeometry.js";

export class Segments {
  readonly object: LineSegments2;
  private readonly geometry = new LineSegmentsGeometry();
  private readonly ends: THREE.InstancedInterleavedBuffer;
  private readonly colours: THREE.InstancedInterleavedBuffer;
  private count = 0;

  constructor(
    private readonly capacity: number,
    width_px: number,
  ) {
    this.geometry.setPositions(new Float32Array(6 * capacity));
    this.geometry.setColors(new Float32Array(6 * capacity));
    const buffer = (name: string) => (this.geometry.attributes[name] as THREE.InterleavedBufferAttribute).data as THREE.InstancedInterleavedBuffer;
    this.ends = buffer("instanceStart");
    this.colours = buffer("instanceColorStart");
    for (const b of [this.ends, this.colours]) b.setUsage(THREE.DynamicDrawUsage);
    this.object = new LineSegments2(this.geometry, new LineMaterial({ linewidth: width_px, vertexColors: true }));
    this.object.frustumCulled = false;
    this.clear();
  }

  clear(): void {
    this.count = 0;
    this.geometry.instanceCount = 0;
  }

  // One more segment; those beyond the capacity are left out.
  add(a: THREE.Vector3, b: THREE.Vector3, from: THREE.Color, to: THREE.Color): void {
    if (this.count === this.capacity) return;
    const at = 6 * this.count;
    a.toArray(this.ends.array as Float32Array, at);
    b.toArray(this.ends.array as Float32Array, at + 3);
    from.toArray(this.colours.array as Float32Array, at);
    to.toArray(this.colours.array as Float32Array, at + 3);
    this.count++;
  }

  // After the last `add`.
  finish(): void {
    this.ends.needsUpdate = this.colours.needsUpdate = true;
    this.geometry.instanceCount = this.count;
  }

  dispose(): void {
    this.object.removeFromParent();
    this.geometry.dispose();
    this.object.material.dispose();
  }
}
