// What the 3D view looks at: the middle of the athlete over the clip, and how much room the body needs around it.

import * as THREE from "three";
import type { Take } from "./data";

const SMOOTH_S = 0.4; // the target follows the pelvis averaged over so long on either side: it does not shake
const LEAST_M = 0.8;
const MOST_M = 3;

// (T,) over the smoothed place of the pelvis, at one height: halfway up all that the clip shows, jumps included.
export function smoothPath(take: Take): THREE.Vector3[] {
  const rows = [...take.valid.keys()].filter((r) => take.valid[r]);
  const height = middleHeight(take, rows);
  const out: THREE.Vector3[] = [];
  let [low, high] = [0, 0];
  let [x, y] = [0, 0]; // sums over rows[low] to rows[high - 1]
  for (let r = 0; r < take.frames; r++) {
    for (; high < rows.length && take.times[rows[high]] <= take.times[r] + SMOOTH_S; high++) {
      x += take.xyz[rows[high] * 51];
      y += take.xyz[rows[high] * 51 + 1];
    }
    for (; low < high && take.times[rows[low]] < take.times[r] - SMOOTH_S; low++) {
      x -= take.xyz[rows[low] * 51];
      y -= take.xyz[rows[low] * 51 + 1];
    }
    const n = high - low;
    const before = out[r - 1] ?? (rows.length ? new THREE.Vector3().fromArray(take.xyz, rows[0] * 51) : new THREE.Vector3());
    out.push((n ? new THREE.Vector3(x / n, y / n) : before.clone()).setZ(height));
  }
  return out;
}

function middleHeight(take: Take, rows: number[]): number {
  if (!rows.length) return 0.9;
  const heights = (r: number) => [...Array(17).keys()].map((j) => take.xyz[r * 51 + 3 * j + 2]);
  return (quantile(rows.map((r) => Math.min(...heights(r))), 0.03) + quantile(rows.map((r) => Math.max(...heights(r))), 0.97)) / 2;
}

// The radius of a ball that goes along `path` and holds all joints in nearly all frames.
export function reach(take: Take, path: THREE.Vector3[]): number {
  const far: number[] = [];
  for (let r = 0; r < take.frames; r++) {
    if (!take.valid[r]) continue;
    let most = 0;
    for (let j = 0; j < 17; j++) {
      const at = r * 51 + 3 * j;
      most = Math.max(most, Math.hypot(take.xyz[at] - path[r].x, take.xyz[at + 1] - path[r].y, take.xyz[at + 2] - path[r].z));
    }
    far.push(most);
  }
  return far.length ? Math.min(Math.max(1.12 * quantile(far, 0.97), LEAST_M), MOST_M) : 1.2;
}

export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}
