// The time bar below a still: a slider that arrow keys move by a frame, and a button for each direction.
import { h, setText } from "../dom";
import { number, seconds, t } from "../i18n";
import type { Clip } from "../types";
import { button } from "../view";

export interface Scrubber {
  node: HTMLElement;
  /** Shows a time; returns that of the nearest frame, which it shows. */
  show(time_s: number): number;
}

export function scrubber(clip: Clip, moved: (time_s: number) => void): Scrubber {
  let now_s = 0;
  const step = 1 / (clip.frame_rate || 25);
  const end_s = Math.max(step, clip.duration_s - step);
  const slider = h("input", { type: "range", min: 0, max: end_s.toFixed(4), step: "any", "aria-label": t("preview.time") });
  const clock = h("output", { class: "clock" });
  slider.addEventListener("input", () => moved(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -0.5, PageUp: 0.5 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    moved(now_s + by);
  });
  const back = button("", () => moved(now_s - step), { icon: "back", label: t("preview.back") });
  const next = button("", () => moved(now_s + step), { icon: "next", label: t("preview.next") });
  return {
    node: h("div", { class: "scrub" }, back, slider, next, clock),
    show(time_s) {
      now_s = Math.min(end_s, Math.max(0, Math.round(time_s / step) * step));
      slider.value = String(now_s);
      slider.setAttribute("aria-valuetext", seconds(now_s, 2));
      setText(clock, `${number(now_s, 2)} / ${seconds(clip.duration_s, 2)}`);
      return now_s;
    },
  };
}
