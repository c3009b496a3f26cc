// The floor: squares of one metre that fade out around where the athletes are, and what receives their shadows.

import * as THREE from "three";
import type { Take } from "./data";

const FADE_M = 3.5;
const LINE = new THREE.Color("#70839a");

export interface Extent {
  x: [number, number];
  y: [number, number];
}

// Where pelvises are, robustly: the middle 96 % of the frames with a pose.
export function extentOf(takes: Take[]): Extent {
  const range = (axis: number): [number, number] => {
    const values = takes.flatMap((t) => [...t.valid.keys()].filter((r) => t.valid[r]).map((r) => t.xyz[r * 51 + axis])).sort((a, b) => a - b);
    if (!values.length) return [0, 0];
    return [values[Math.floor(0.02 * (values.length - 1))], values[Math.ceil(0.98 * (values.length - 1))]];
  };
  return { x: range(0), y: range(1) };
}

export function makeFloor(extent: Extent): THREE.Group {
  const group = new THREE.Group();
  group.add(grid(extent));
  const size = 2 * FADE_M + Math.max(extent.x[1] - extent.x[0], extent.y[1] - extent.y[0]);
  const shadow = new THREE.Mesh(new THREE.PlaneGeometry(2 * size, 2 * size), new THREE.ShadowMaterial({ opacity: 0.45 }));
  shadow.position.set((extent.x[0] + extent.x[1]) / 2, (extent.y[0] + extent.y[1]) / 2, -0.002);
  shadow.receiveShadow = true;
  group.add(shadow);
  return group;
}

function grid(extent: Extent): THREE.LineSegments {
  const positions: number[] = [];
  const colours: number[] = [];
  const outside = (value: number, [low, high]: [number, number]) => Math.max(low - value, value - high, 0);
  const vertex = (x: number, y: number, strong: boolean) => {
    const distance = Math.hypot(outside(x, extent.x), outside(y, extent.y));
    const fade = Math.max(0, 1 - distance / FADE_M);
    positions.push(x, y, 0);
    colours.push(LINE.r, LINE.g, LINE.b, fade * (strong ? 0.95 : 0.5));
  };
  const [x0, x1] = [Math.floor(extent.x[0] - FADE_M), Math.ceil(extent.x[1] + FADE_M)];
  const [y0, y1] = [Math.floor(extent.y[0] - FADE_M), Math.ceil(extent.y[1] + FADE_M)];
  for (let x = x0; x <= x1; x++) {
    for (let y = y0; y <= y1; y++) {
      if (x < x1) for (const end of [x, x + 0.5, x + 0.5, x + 1]) vertex(end, y, y % 5 === 0);
      if (y < y1) for (const end of [y, y + 0.5, y + 0.5, y + 1]) vertex(x, end, x % 5 === 0);
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute("color", new THREE.Float32BufferAttribute(colours, 4));
  return new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ vertexColors: true, transparent: true, depthWrite: false }));
}
