// Where the 3D camera looks from: in front of the athlete, from the side, from above, from where the real camera stood.

import * as THREE from "three";
import type { FilmedView, PageData, Take } from "./data";
import { placeOf } from "./filmed";

export type ViewName = "front" | "side" | "top" | "camera" | "cameras";

const LENS_DEG = 35;

export interface View {
  offset: THREE.Vector3; // of the camera from its target
  lens_deg: number; // vertical
}

// How far away a camera of this lens must be for a ball of `radius` to fit.
export function distanceFor(radius: number, lens_deg: number, aspect: number): number {
  const half = (Math.PI / 360) * lens_deg;
  const narrow = aspect < 1 ? Math.atan(Math.tan(half) * aspect) : half;
  return radius / Math.sin(narrow);
}

// A fresh page: half from the side, as the video's panel has it.
export function startView(radius: number, aspect: number): View {
  const [elevation, azimuth] = [(12 * Math.PI) / 180, (-60 * Math.PI) / 180];
  const offset = new THREE.Vector3(Math.cos(elevation) * Math.cos(azimuth), Math.cos(elevation) * Math.sin(azimuth), Math.sin(elevation));
  return { offset: offset.multiplyScalar(distanceFor(radius, LENS_DEG, aspect)), lens_deg: LENS_DEG };
}

export function presetView(
  name: ViewName, data: PageData, take: Take, row: number, target: THREE.Vector3, radius: number, aspect: number, filmed?: FilmedView,
): View {
  const away = distanceFor(radius, LENS_DEG, aspect);
  const forward = facing(data, take, row);
  if (name === "front") return { offset: forward.setZ(0.12).normalize().multiplyScalar(away), lens_deg: LENS_DEG };
  if (name === "side") {
    const right = new THREE.Vector3(forward.y, -forward.x, 0); // the athlete's right
    return { offset: right.setZ(0.08).normalize().multiplyScalar(away), lens_deg: LENS_DEG };
  }
  if (name === "top") return { offset: new THREE.Vector3(0, -1e-3, away), lens_deg: LENS_DEG };
  if (name === "cameras") return { offset: startView(radius, aspect).offset.setZ(0.35 * away).setLength(away), lens_deg: LENS_DEG };
  const stand = filmed ? placeOf(filmed) : new THREE.Vector3(0, 0, take.cameraHeight ?? 1.5);
  const offset = stand.sub(target);
  const distance = Math.max(offset.length(), 1.2 * radius);
  const half = Math.asin(Math.min(radius / distance, 0.9)); // zoomed in on the athlete: the place decides what is seen, the lens how large
  const tall = aspect < 1 ? Math.atan(Math.tan(half) / aspect) : half;
  return { offset: offset.setLength(distance), lens_deg: Math.min((360 / Math.PI) * tall, 100) };
}

// Where hips and shoulders face in the mean, level; toward the camera where that cannot be told (lying).
export function facing(data: PageData, take: Take, row: number): THREE.Vector3 {
  const point = (name: string) => new THREE.Vector3().fromArray(take.xyz, 3 * (row * 17 + data.skeleton.joints.indexOf(name)));
  const left = point("l_hip").sub(point("r_hip")).add(point("l_shoulder").sub(point("r_shoulder")));
  const steep = Math.abs(left.z) > 0.87 * left.length();
  left.z = 0;
  if (steep || !(left.length() > 0.05)) return new THREE.Vector3(0, -1, 0);
  return left.normalize().cross(new THREE.Vector3(0, 0, 1));
}
