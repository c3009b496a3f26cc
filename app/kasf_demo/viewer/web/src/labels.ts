// Texts at joints, over the 3D view: names, angles, errors. Text is only ever set as text.

import type * as THREE from "three";
import { byId } from "./dom";
import type { Stage } from "./stage";

export interface Label {
  at: THREE.Vector3;
  text: string;
  kind: "name" | "angle" | "angle r" | "angle l" | "error" | "person" | "camera" | "camera chosen";
}

const LETTER_PX = 7.5; // about, of a text's width
const LINE_PX = 15;
const NAME_PX = 150; // the most that a person's name takes, as in page.css
const MOST_LINES = 4; // that a text goes up or down before it is left out
// Where a text begins from its point, px, as page.css has it, and which way it gives way to those placed before; names of joints do not.
const PLACES: Record<Label["kind"], { left: number; way: -1 | 0 | 1 } | null> = {
  name: null,
  angle: { left: 12, way: 0 },
  "angle l": { left: 12, way: 0 },
  "angle r": { left: -44, way: 0 },
  error: { left: 12, way: 1 },
  person: { left: -20, way: -1 },
  camera: null,
  "camera chosen": null,
};

interface Line {
  x: number;
  y: number;
  wide: number;
}

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
    const taken = this.buttons();
    this.pool.forEach((span, i) => {
      const label = this.labels[i];
      const projected = label && stage.project(label.at);
      const at = projected && free(label, projected, taken, this.box.clientWidth);
      span.hidden = !at;
      if (!label || !at) return;
      if (span.textContent !== label.text) span.textContent = label.text;
      if (span.className !== label.kind) span.className = label.kind;
      span.style.transform = `translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px)`;
    });
  }

  // Nothing is read under the buttons of the view.
  private buttons(): Line[] {
    const { offsetLeft: x, offsetTop: top, offsetWidth: wide, offsetHeight: high } = byId("presets");
    const lines = Math.ceil(high / LINE_PX) + 1;
    return [...Array(lines).keys()].map((k) => ({ x, y: top + k * LINE_PX, wide }));
  }
}

// Where a text can stand within `room` px without covering one of `taken`, which it joins; null where there is none.
function free(label: Label, at: { x: number; y: number }, taken: Line[], room: number): { x: number; y: number } | null {
  const place = PLACES[label.kind];
  if (!place) return at;
  const wide = label.kind === "person" ? Math.min(LETTER_PX * label.text.length, NAME_PX) : LETTER_PX * label.text.length;
  const inside = at.x >= 0 && at.x <= room; // who is out of the view has no text in it
  const x = place.way && inside ? Math.max(0, Math.min(at.x + place.left, room - wide)) : at.x + place.left;
  const lines = [...Array(MOST_LINES).keys()].map((line) => place.way * line);
  if (place.way < 0) lines.push(1, 2, 3); // better over a head than under the buttons or out of the view
  for (const line of lines) {
    const y = at.y + line * LINE_PX;
    if (place.way && y < LINE_PX && at.y >= 0) continue;
    if (place.way && taken.some((t) => Math.abs(t.y - y) < LINE_PX && x < t.x + t.wide && t.x < x + wide)) continue;
    taken.push({ x, y, wide });
    return { x: x - place.left, y };
  }
  return null;
}
