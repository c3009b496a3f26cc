// Texts at joints, over the 3D view: names, angles, errors. Text is only ever set as text.

import type * as THREE from "three";
import type { Stage } from "./stage";

export interface Label {
  at: THREE.Vector3;
  text: string;
  kind: "name" | "angle" | "angle r" | "angle l" | "error" | "person";
}

const LETTER_PX = 7.5; // about, of a name
const LINE_PX = 15;

export class Labels {
  labels: Label[] = [];
  private readonly pool: HTMLSpanElement[] = [];

  constructor(private readonly box: HTMLElement) {}

  // After every rendering: the camera may have moved.
  place(stage: Stage): void {
    while (this.pool.length < this.labels.length) {
      const span = document.createElement("span");
      this.box.append(span);
      this.pool.push(span);
    }
    const named: { x: number; y: number; wide: number }[] = [];
    this.pool.forEach((span, i) => {
      const label = this.labels[i];
      let at = label && stage.project(label.at);
      if (at && label.kind === "person") {
        const { x, y, wide } = { ...at, wide: LETTER_PX * label.text.length };
        if (named.some((n) => Math.abs(n.y - y) < LINE_PX && x < n.x + n.wide && n.x < x + wide)) at = null;
        else named.push({ x, y, wide });
      }
      span.hidden = !at;
      if (!label || !at) return;
      if (span.textContent !== label.text) span.textContent = label.text;
      if (span.className !== label.kind) span.className = label.kind;
      span.style.transform = `translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px)`;
    });
  }
}
