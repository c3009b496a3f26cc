// The folded settings: a part of the clip, slow motion, the detector, more formats.
import { h, replace, setText } from "../dom";
import { maybe, number, t } from "../i18n";
import type { Clip, JobRequest, Quality, Session } from "../types";
import { button } from "../view";
import { detectorsOf, type Draft } from "./draft";
import { checkbox, field, numberInput, parsed, select } from "./fields";

const ALWAYS = ["csv", "npz", "html", "feet", "jumps"]; // every job writes these
const RATES = [60, 100, 120, 200, 240, 480, 960];

export type Range = Pick<JobRequest, "start_s" | "end_s" | "capture_fps">;

export interface Advanced {
  node: HTMLDetailsElement;
  /** The range, or the input that is wrong. */
  read(): Range | HTMLElement;
}

/** now: the time that the preview shows. keep: called after each change. */
export function advanced(draft: Draft, clip: Clip, session: Session, keep: () => void, now: () => number, detectorChanged: () => void): Advanced {
  const part = { min: 0, max: Math.ceil(clip.duration_s * 100) / 100, step: 0.01 };
  const start = numberInput({ ...part, value: draft.start, placeholder: number(0, 2) }, (value) => ((draft.start = value), keep()));
  const end = numberInput({ ...part, value: draft.end, placeholder: number(clip.duration_s, 2) }, (value) => ((draft.end = value), keep()));
  const take = (input: HTMLInputElement): HTMLElement =>
    button(t("set.now"), () => {
      input.value = now().toFixed(2);
      input.dispatchEvent(new Event("input"));
    }, { kind: "small", label: t(input === start ? "set.start.now" : "set.end.now") });
  const order = h("p", { class: "wrong", id: "order", hidden: true }, t("set.order"));

  const rates = h("datalist", { id: "rates" }, ...RATES.map((rate) => h("option", { value: rate })));
  const capture = numberInput({ value: draft.capture, min: 1, max: 100_000, step: "any", list: "rates" }, (value) => ((draft.capture = value), keep()));
  const node = h(
    "details",
    {},
    h("summary", {}, t("set.more")),
    h(
      "div",
      { class: "more" },
      h("div", { class: "pair" }, field(t("set.start"), start, "", "s", take(start)), field(t("set.end"), end, "", "s", take(end))),
      order,
      field(t("set.capture"), capture, t("set.capture.hint", { rate: number(clip.frame_rate, 0) }), t("unit.rate")),
      rates,
      ...detectorFields(draft, session, () => (keep(), detectorChanged())),
      formats(draft, session, keep),
    ),
  );
  node.open = Boolean(draft.start || draft.end || draft.capture || draft.exports.length || draft.detector !== session.detector);
  const read = (): Range | HTMLElement => {
    const [start_s, end_s, capture_fps] = [parsed(start), parsed(end), parsed(capture)];
    const wrong = start_s === undefined ? start : end_s === undefined ? end : capture_fps === undefined ? capture : null;
    if (wrong) return wrong;
    order.hidden = !(typeof end_s === "number" && end_s <= (start_s ?? 0));
    setText(order, t("set.order"));
    if (!order.hidden) return end;
    return { start_s: start_s ?? null, end_s: end_s ?? null, capture_fps: capture_fps ?? null };
  };
  return { node, read };
}

/** The detector, and the sizes of its network that are on the server. */
function detectorFields(draft: Draft, session: Session, changed: () => void): HTMLElement[] {
  const quality = h("div");
  const showQuality = (): void => {
    const of = session.detectors.find(({ id }) => id === draft.detector);
    const known = of?.qualities.length ? of.qualities : (["fast", "balanced", "best"] as Quality[]);
    if (!known.includes(draft.quality)) draft.quality = known.includes("balanced") ? "balanced" : known[0]!;
    const options = known.map((id): [string, string] => [id, t(`quality.${id}`)]);
    replace(quality, field(t("set.quality"), select(options, draft.quality, (value) => ((draft.quality = value as Quality), changed())), t("set.quality.hint")));
  };
  const options = detectorsOf(session).map((id): [string, string] => [id, maybe(`detector.${id}`, id)]);
  const detector = select(options, draft.detector, (value) => {
    draft.detector = value;
    showQuality();
    changed();
  });
  showQuality();
  return [field(t("set.detector"), detector, t("set.detector.hint")), quality];
}

function formats(draft: Draft, session: Session, keep: () => void): HTMLElement | null {
  const extra = session.exports.filter((name) => !ALWAYS.includes(name));
  const boxes = extra.map((name) => checkbox(maybe(`export.${name}`, name.toUpperCase()), draft.exports.includes(name), (on) => {
    draft.exports = on ? [...draft.exports, name] : draft.exports.filter((other) => other !== name);
    keep();
  }));
  return boxes.length ? h("fieldset", {}, h("legend", {}, t("set.exports")), h("div", { class: "checks" }, ...boxes), h("p", { class: "dim" }, t("set.exports.hint"))) : null;
}
