// The people in a still: skeletons, and a button around each.
import { h, svg } from "../dom";
import { t } from "../i18n";
import type { Athlete, Clip, Person } from "../types";

const BONES: [number, number, "l" | "r" | "m"][] = [
  [5, 7, "l"], [7, 9, "l"], [11, 13, "l"], [13, 15, "l"], [5, 11, "l"], [6, 8, "r"], [8, 10, "r"],
  [12, 14, "r"], [14, 16, "r"], [6, 12, "r"], [5, 6, "m"], [11, 12, "m"],
];
const MIN_SCORE = 0.3;

/** Which of the people in the shown frame the choice is, -1 for none. */
export function chosenAmong(people: Person[], athlete: Athlete, time_s: number): number {
  if (typeof athlete !== "object" || Math.abs(athlete.time_s - time_s) > 0.05) return -1;
  const far = people.map((person) => Math.hypot(middle(person)[0] - athlete.x, middle(person)[1] - athlete.y));
  const nearest = far.indexOf(Math.min(...far));
  return nearest >= 0 && far[nearest]! < 0.5 * (people[nearest]!.box[3] - people[nearest]!.box[1]) ? nearest : -1;
}

/** The point that stands for a person: the middle of the box. */
export function middle(person: Person): [number, number] {
  const [x0, y0, x1, y1] = person.box;
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

/** Bones whose two ends are seen. */
export function skeleton(person: Person, mine: boolean, height: number): SVGGElement {
  const group = svg("g", { class: mine ? "mine" : "other", "stroke-width": Math.max(1.5, height / 220) });
  for (const [a, b, side] of BONES) {
    const [from, to] = [person.keypoints[a], person.keypoints[b]];
    if (!from || !to || from[2] < MIN_SCORE || to[2] < MIN_SCORE) continue;
    group.append(svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: side }));
  }
  return group;
}

/** The box as a button with its number. */
export function personButton(person: Person, n: number, mine: boolean, clip: Clip, pick: () => void): HTMLElement {
  const [x0, y0, x1, y1] = person.box;
  const name = t("preview.person", { n: n + 1 });
  const made = h("button", { type: "button", class: "person", "aria-pressed": mine ? "true" : "false", "aria-label": name, click: pick }, h("span", { "aria-hidden": "true" }, mine ? `${n + 1} ✓` : String(n + 1)));
  if (y0 < 0.12 * clip.height) made.classList.add("high"); // no room for the number above it
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const [left, top, right, bottom] = [clamp(x0 / clip.width), clamp(y0 / clip.height), clamp(x1 / clip.width), clamp(y1 / clip.height)];
  Object.assign(made.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
  return made;
}
