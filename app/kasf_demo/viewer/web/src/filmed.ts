// Several cameras that filmed the same: buttons that choose whose image is shown, and where they stand in the 3D view.

import * as THREE from "three";
import { element } from "./dom";
import type { FilmedView } from "./data";
import type { Label } from "./labels";
import { Segments } from "./lines";

const DEPTH_M = 0.35; // of the pyramids that stand for cameras
const CHOSEN = new THREE.Color("#f0e442");
const OTHER = new THREE.Color("#8a95a4");

export const letterOf = (number: number) => String.fromCharCode(65 + number);

// A, B, C ... over the image, with the clip's name.
export class FilmedButtons {
  private readonly buttons: HTMLButtonElement[];
  private readonly name = element("span");

  constructor(
    private readonly views: FilmedView[],
    box: HTMLElement,
    choose: (number: number) => void,
  ) {
    box.hidden = views.length < 2;
    this.buttons = views.map((view, i) => element("button", { type: "button", title: `View ${letterOf(i)}: ${view.name} (V: next)` }, letterOf(i)));
    box.append(...this.buttons, this.name);
    this.buttons.forEach((button, i) =>
      button.addEventListener("click", (event) => {
        event.stopPropagation(); // a click on the image plays it
        choose(i);
      }),
    );
  }

  show(chosen: number): void {
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
    this.name.textContent = this.views[chosen]?.name ?? "";
  }
}

// A pyramid for each camera: its tip where the camera stands, its base as wide as what it sees.
export class FilmedCameras {
  readonly lines: Segments;
  chosen = 0;
  private readonly corners: THREE.Vector3[][];

  constructor(views: FilmedView[]) {
    this.lines = new Segments(Math.max(1, 10 * views.length), 2);
    this.corners = views.map(cornersOf);
    this.choose(0);
  }

  choose(number: number): void {
    this.chosen = number;
    this.lines.clear();
    this.corners.forEach(([tip, a, b, c, d, top], i) => {
      const colour = i === number ? CHOSEN : OTHER;
      const add = (from: THREE.Vector3, to: THREE.Vector3) => this.lines.add(from, to, colour, colour);
      for (const corner of [a, b, c, d]) add(tip, corner);
      for (const [from, to] of [[a, b], [b, c], [c, d], [d, a], [a, top], [top, b]]) add(from, to);
    });
    this.lines.finish();
  }

  get labels(): Label[] {
    return this.corners.map((corner, i) => ({ at: corner[5], text: letterOf(i), kind: i === this.chosen ? "camera chosen" : "camera" }));
  }

  // How far the farthest camera is from a point.
  reach(from: THREE.Vector3): number {
    return Math.max(...this.corners.map(([tip]) => tip.distanceTo(from)));
  }
}

export function placeOf(view: FilmedView): THREE.Vector3 {
  return new THREE.Vector3().fromArray(view.position_m);
}

// Tip, four corners of the image, and a point above it that tells which way is up.
function cornersOf(view: FilmedView): THREE.Vector3[] {
  const [right, down, ahead] = view.rotation.map((row) => new THREE.Vector3().fromArray(row));
  const half = [view.width_px, view.height_px].map((px) => (DEPTH_M * px) / (2 * view.focal_px));
  const at = (x: number, y: number) =>
    placeOf(view).addScaledVector(ahead, DEPTH_M).addScaledVector(right, x * half[0]).addScaledVector(down, y * half[1]);
  return [placeOf(view), at(-1, -1), at(1, -1), at(1, 1), at(-1, 1), at(0, -1.5)];
}
