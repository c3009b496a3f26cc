// A still of the clip with the people found in it; each is a button, so that the athlete can be chosen by click and by key.
import { ApiError, get, isAbort } from "../api";
import { connected } from "../connection";
import { h, replace, setText, svg, wait } from "../dom";
import { number, seconds, t, tn } from "../i18n";
import type { Athlete, Clip, People, Person } from "../types";
import { announce, button, errorNote, errorText, type View } from "../view";

const BONES: [number, number, "l" | "r" | "m"][] = [
  [5, 7, "l"], [7, 9, "l"], [11, 13, "l"], [13, 15, "l"], [5, 11, "l"], [6, 8, "r"], [8, 10, "r"],
  [12, 14, "r"], [14, 16, "r"], [6, 12, "r"], [5, 6, "m"], [11, 12, "m"],
];
const MIN_SCORE = 0.3;
const STILL_MS = 120;
const PEOPLE_MS = 350;
const [RETRY_MS, MAX_TRIES] = [2000, 5]; // of a still that did not come: the server was busy or away

export interface Preview {
  node: HTMLElement;
  /** The time that is shown, seconds. */
  time(): number;
  goTo(time_s: number): void;
  /** Another choice than a click was made. */
  choose(athlete: Athlete): void;
  /** Look for people again: with another detector. */
  again(): void;
}

/** What the preview needs of the settings. severalBy: the name of a detector that finds several people, if the chosen one does not. */
export interface Finder {
  detector: string;
  quality: string;
  severalBy: string | null;
}

export function preview(view: View, clip: Clip, first: Athlete, finder: () => Finder, chosen: (athlete: Athlete) => void): Preview {
  let athlete = first;
  let time_s = typeof athlete === "object" ? athlete.time_s : Math.min(clip.duration_s / 2, Math.max(0, clip.duration_s - 1 / clip.frame_rate));
  let found: People | null = null;
  let last = new AbortController();
  let tries = 0;
  const image = h("img", { alt: "", decoding: "async" });
  const drawing = svg("svg", { "aria-hidden": "true", viewBox: `0 0 ${clip.width} ${clip.height}` });
  const people = h("div", { class: "people", role: "group", "aria-label": t("preview.people") });
  const busy = h("p", { class: "busy", hidden: true }, t("preview.looking"));
  const frame = h("div", { class: "frame" }, image, drawing, people, busy);
  frame.style.aspectRatio = `${clip.width} / ${clip.height}`;
  frame.style.setProperty("--ratio", String(clip.width / clip.height));
  const state = h("p", { class: "state" });
  const step = 1 / (clip.frame_rate || 25);
  const end_s = Math.max(step, clip.duration_s - step);
  const slider = h("input", { type: "range", min: 0, max: end_s.toFixed(4), step: "any", "aria-label": t("preview.time") });
  const clock = h("output", { class: "clock" });

  const show = (to: number, hurry = false): void => {
    time_s = Math.min(end_s, Math.max(0, Math.round(to / step) * step)); // a frame's own time
    slider.value = String(time_s);
    slider.setAttribute("aria-valuetext", seconds(time_s, 2));
    setText(clock, `${number(time_s, 2)} / ${seconds(clip.duration_s, 2)}`);
    last.abort();
    last = new AbortController();
    const stop = last;
    view.signal.addEventListener("abort", () => stop.abort(), { once: true });
    void load(time_s, stop.signal, hurry);
  };

  const load = async (at: number, signal: AbortSignal, hurry: boolean): Promise<void> => {
    found = null;
    draw();
    await wait(hurry ? 0 : STILL_MS, signal);
    if (signal.aborted) return;
    const width = Math.min(1920, Math.ceil((frame.clientWidth || 640) * Math.min(2, devicePixelRatio)));
    tries = 0;
    image.src = `/api/clips/${clip.id}/frame.jpg?time_s=${at.toFixed(4)}&width=${width}`;
    await wait(hurry ? 0 : PEOPLE_MS, signal);
    if (signal.aborted) return;
    busy.hidden = false;
    setText(state, "");
    try {
      found = await get<People>(`/api/clips/${clip.id}/people?time_s=${at.toFixed(4)}&detector=${finder().detector}&quality=${finder().quality}`, signal);
      found.people.sort((a, b) => a.centre[0] - b.centre[0]);
      draw();
      announce(state.textContent ?? "");
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      replace(state, error instanceof ApiError ? errorNote(error) : errorText(error));
    } finally {
      if (!signal.aborted) busy.hidden = true;
    }
  };

  const draw = (): void => {
    const rows = found?.people ?? [];
    const mine = chosenAmong(rows, athlete, time_s);
    replace(drawing, ...rows.map((person, n) => skeleton(person, n === mine, clip.height)));
    replace(people, ...rows.map((person, n) => personButton(person, n, n === mine, clip, () => pick(n))));
    const several = rows.length && finder().severalBy;
    if (found) setText(state, (rows.length ? tn("preview.found", rows.length) : t("preview.none")) + (several ? ` ${t("preview.several", { detector: several })}` : ""));
  };

  const pick = (n: number): void => {
    const person = found!.people[n]!;
    const [x, y] = middle(person);
    athlete = { x, y, time_s: found!.time_s };
    draw();
    (people.children[n] as HTMLElement | undefined)?.focus();
    chosen(athlete);
    announce(t("preview.chosen", { n: n + 1, time: seconds(time_s, 2) }));
  };

  slider.addEventListener("input", () => show(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -0.5, PageUp: 0.5 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    show(time_s + by);
  });
  image.addEventListener("error", () => void again());
  const again = async (): Promise<void> => {
    const [url, signal] = [image.src, last.signal];
    if (!url || ++tries > MAX_TRIES) return;
    await wait(RETRY_MS, signal);
    await connected(signal);
    if (!signal.aborted && image.src === url) image.src = `${url}#${tries}`; // the same address is asked for again
  };
  image.addEventListener("load", () => void (view.root.dataset.still = String(time_s)));
  const bar = h("div", { class: "scrub" }, button("", () => show(time_s - step), { icon: "back", label: t("preview.back") }), slider, button("", () => show(time_s + step), { icon: "next", label: t("preview.next") }), clock);
  requestAnimationFrame(() => show(time_s, true));
  return {
    node: h("section", { class: "preview", "aria-label": t("preview.label") }, h("p", { class: "lead" }, t("preview.hint")), frame, bar, state),
    time: () => time_s,
    goTo: (to) => show(to, true),
    again: () => show(time_s, true),
    choose(wanted) {
      athlete = wanted;
      draw();
    },
  };
}

/** Which of the people in the shown frame the choice is, -1 for none. */
function chosenAmong(people: Person[], athlete: Athlete, time_s: number): number {
  if (typeof athlete !== "object" || Math.abs(athlete.time_s - time_s) > 0.05) return -1;
  const far = people.map((person) => Math.hypot(middle(person)[0] - athlete.x, middle(person)[1] - athlete.y));
  const nearest = far.indexOf(Math.min(...far));
  return nearest >= 0 && far[nearest]! < 0.5 * (people[nearest]!.box[3] - people[nearest]!.box[1]) ? nearest : -1;
}

function middle(person: Person): [number, number] {
  const [x0, y0, x1, y1] = person.box;
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

function skeleton(person: Person, mine: boolean, height: number): SVGGElement {
  const group = svg("g", { class: mine ? "mine" : "other", "stroke-width": Math.max(1.5, height / 220) });
  for (const [a, b, side] of BONES) {
    const [from, to] = [person.keypoints[a], person.keypoints[b]];
    if (!from || !to || from[2] < MIN_SCORE || to[2] < MIN_SCORE) continue;
    group.append(svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: side }));
  }
  return group;
}

function personButton(person: Person, n: number, mine: boolean, clip: Clip, pick: () => void): HTMLElement {
  const [x0, y0, x1, y1] = person.box;
  const name = t("preview.person", { n: n + 1 });
  const made = h("button", { type: "button", class: "person", "aria-pressed": mine ? "true" : "false", "aria-label": name, click: pick }, h("span", { "aria-hidden": "true" }, mine ? `${n + 1} ✓` : String(n + 1)));
  if (y0 < 0.12 * clip.height) made.classList.add("high"); // no room for the number above it
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const [left, top, right, bottom] = [clamp(x0 / clip.width), clamp(y0 / clip.height), clamp(x1 / clip.width), clamp(y1 / clip.height)];
  Object.assign(made.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
  return made;
}
