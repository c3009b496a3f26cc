// A still of the clip with the people found in it; each is a button, so that the athlete can be chosen by click and by key.
import { ApiError, get, isAbort, OfflineError } from "../api";
import { connected } from "../connection";
import { h, replace, setText, svg, wait } from "../dom";
import { seconds, t, tn } from "../i18n";
import type { Athlete, Clip, People } from "../types";
import { announce, errorNote, errorText, type View } from "../view";
import { chosenAmong, middle, personButton, skeleton } from "./marks";
import { scrubber } from "./scrubber";
import { still } from "./still";

const STILL_MS = 120;
const PEOPLE_MS = 350;
const EARLY = 0.25; // of a frame: the server takes the first frame at or after a time, and times are rounded

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

/** What the preview needs of the settings. surer: the name of a detector that misses fewer people, if there is one. */
export interface Finder {
  detector: string;
  quality: string;
  surer: string | null;
}

export function preview(view: View, clip: Clip, first: Athlete, finder: () => Finder, chosen: (athlete: Athlete) => void): Preview {
  let athlete = first;
  let time_s = typeof athlete === "object" ? athlete.time_s : clip.duration_s / 2;
  let found: People | null = null;
  let last = new AbortController();
  const image = still(clip);
  const drawing = svg("svg", { "aria-hidden": "true", viewBox: `0 0 ${clip.width} ${clip.height}` });
  const people = h("div", { class: "people", role: "group", "aria-label": t("preview.people") });
  const busy = h("p", { class: "busy", hidden: true }, t("preview.looking"));
  const frame = h("div", { class: "frame" }, image.node, drawing, people, busy);
  frame.style.aspectRatio = `${clip.width} / ${clip.height}`;
  frame.style.setProperty("--ratio", String(clip.width / clip.height));
  const state = h("p", { class: "state" });
  const bar = scrubber(clip, (to) => show(to));

  const show = (to: number, hurry = false): void => {
    time_s = bar.show(to);
    const asked_s = Math.max(0, time_s - EARLY / (clip.frame_rate || 25));
    last.abort();
    last = new AbortController();
    const stop = last;
    view.signal.addEventListener("abort", () => stop.abort(), { once: true });
    void load(asked_s, stop.signal, hurry);
  };

  /** The still soon, the people once the slider rests. */
  const load = async (at: number, signal: AbortSignal, hurry: boolean): Promise<void> => {
    found = null;
    draw();
    await wait(hurry ? 0 : STILL_MS, signal);
    if (signal.aborted) return;
    image.show(at, signal);
    await wait(hurry ? 0 : PEOPLE_MS, signal);
    if (signal.aborted) return;
    setText(state, "");
    await find(at, signal);
  };

  const find = async (at: number, signal: AbortSignal): Promise<void> => {
    busy.hidden = false;
    try {
      const { detector, quality } = finder();
      found = await get<People>(`/api/clips/${clip.id}/people?time_s=${at.toFixed(4)}&detector=${detector}&quality=${quality}`, signal);
      found.people.sort((a, b) => a.centre[0] - b.centre[0]);
      draw();
      announce(state.textContent ?? "");
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      replace(state, error instanceof ApiError ? errorNote(error) : errorText(error));
      if (error instanceof OfflineError) void connected(signal).then(() => !signal.aborted && show(time_s, true));
    } finally {
      if (!signal.aborted) busy.hidden = true;
    }
  };

  const draw = (): void => {
    const rows = found?.people ?? [];
    const mine = chosenAmong(rows, athlete, time_s);
    replace(drawing, ...rows.map((person, n) => skeleton(person, n === mine, clip.height)));
    replace(people, ...rows.map((person, n) => personButton(person, n, n === mine, clip, () => pick(n))));
    const detector = rows.length && finder().surer;
    const advice = detector ? ` ${t("preview.missing", { detector })}` : "";
    if (found) setText(state, (rows.length ? tn("preview.found", rows.length) : t("preview.none")) + advice);
  };

  const pick = (n: number): void => {
    const [x, y] = middle(found!.people[n]!);
    athlete = { x, y, time_s: found!.time_s };
    draw();
    (people.children[n] as HTMLElement | undefined)?.focus();
    chosen(athlete);
    announce(t("preview.chosen", { n: n + 1, time: seconds(time_s, 2) }));
  };

  requestAnimationFrame(() => show(time_s, true)); // once it is in the page and has its size
  return {
    node: h("section", { class: "preview", "aria-label": t("preview.label") }, h("p", { class: "lead" }, t("preview.hint")), frame, bar.node, state),
    time: () => time_s,
    goTo: (to) => show(to, true),
    again: () => show(time_s, true),
    choose(wanted) {
      athlete = wanted;
      draw();
    },
  };
}
