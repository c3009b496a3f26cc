// What is set before an analysis. It is kept for the clip in this browser, so that a reload loses nothing.
import { h, replace, setText } from "../dom";
import { maybe, number, seconds, store, stored, t } from "../i18n";
import type { Athlete, Clip, JobRequest, Quality, Session, TestId } from "../types";
import { announce, button, type View } from "../view";
import { checkbox, field, numberInput, parsed, radio, select } from "./fields";
import type { Preview } from "./preview";

const HEIGHT = "kasf.height_cm";
const ALWAYS = ["csv", "npz", "html", "feet", "jumps"]; // every job writes these
const RATES = [60, 100, 120, 200, 240, 480, 960];

interface Draft {
  athlete: Athlete;
  height_cm: string;
  test: TestId | null;
  sport: string;
  start: string;
  end: string;
  detector: string;
  quality: Quality;
  capture: string;
  exports: string[];
}

export interface Settings {
  node: HTMLFormElement;
  draft: Draft;
  setAthlete(athlete: Athlete): void;
  connect(preview: Preview): void;
  onTest(listener: () => void): void;
  onDetector(listener: () => void): void;
  /** What to ask for; null if a field is wrong, which then has the focus. */
  request(): JobRequest | null;
}

/** The default of the server, which may be "auto", and those that can be chosen. */
function detectorsOf(session: Session): string[] {
  return [...new Set([session.detector, ...session.detectors.map(({ id }) => id)])];
}

function readDraft(key: string, session: Session): Draft {
  const empty: Draft = { athlete: "auto", height_cm: stored(HEIGHT) ?? "", test: null, sport: "", start: "", end: "", detector: session.detector, quality: "balanced", capture: "", exports: [] };
  try {
    const kept: Partial<Draft> = JSON.parse(stored(key) ?? "{}");
    const draft = { ...empty, ...kept };
    if (!detectorsOf(session).includes(draft.detector)) draft.detector = session.detector;
    return draft;
  } catch {
    return empty;
  }
}

export function settings(view: View, clip: Clip, session: Session): Settings {
  const key = `kasf.draft.${clip.id}`;
  const draft = readDraft(key, session);
  let stage: Preview | null = null;
  let testChanged = (): void => undefined;
  let detectorChanged = (): void => undefined;
  const keep = (): void => {
    store(key, JSON.stringify(draft));
    store(HEIGHT, draft.height_cm || null);
  };
  const form = h("form", { class: "settings", novalidate: true });

  const athletes = h("fieldset", {}, h("legend", {}, t("set.athlete")));
  const showAthlete = (): void => {
    const point = typeof draft.athlete === "object" ? draft.athlete : null;
    const choose = (athlete: Athlete): void => {
      draft.athlete = athlete;
      stage?.choose(athlete);
      keep();
      if (!(typeof athlete === "object")) showAthlete();
    };
    const now = (document.activeElement as HTMLInputElement | null)?.name === "athlete";
    replace(
      athletes,
      h("legend", {}, t("set.athlete")),
      radio("athlete", t("set.athlete.auto"), draft.athlete === "auto", () => choose("auto")),
      point && radio("athlete", t("set.athlete.point", { time: seconds(point.time_s, 2) }), true, () => choose(point)),
      point && stage && h("p", { class: "indent" }, button(t("set.athlete.show"), () => stage?.goTo(point.time_s), { kind: "small" })),
      !point && h("p", { class: "dim indent" }, t("set.athlete.click")),
      radio("athlete", t("set.athlete.all"), draft.athlete === "all", () => choose("all")),
    );
    if (now) athletes.querySelector<HTMLInputElement>("input:checked")?.focus();
  };

  const height = numberInput({ value: draft.height_cm, min: 50, max: 280, step: 1 }, (value) => ((draft.height_cm = value), keep()));
  const tests: [string, string][] = [["", t("set.test.none")], ...session.tests.map(({ id, name }): [string, string] => [id, maybe(`test.${id}`, name)])];
  const test = select(tests, draft.test ?? "", (value) => {
    draft.test = (value || null) as TestId | null;
    keep();
    testChanged();
  });
  const sports: [string, string][] = [["", t("set.sport.none")], ...session.sports.map((id): [string, string] => [id, maybe(`sport.${id}`, id)])];
  const sport = select(sports, draft.sport, (value) => ((draft.sport = value), keep()));
  const more = advanced(draft, clip, session, keep, () => stage?.time() ?? 0, () => detectorChanged());

  replace(
    form,
    athletes,
    field(t("set.height"), height, t("set.height.hint"), "cm"),
    field(t("set.test"), test, t("set.test.hint")),
    field(t("set.sport"), sport, t("set.sport.hint")),
    more.node,
    h("button", { type: "submit", class: "sr", tabindex: "-1", "aria-hidden": "true" }),
  );
  showAthlete();
  view.signal.addEventListener("abort", keep, { once: true });
  return {
    node: form,
    draft,
    setAthlete(athlete) {
      draft.athlete = athlete;
      keep();
      showAthlete();
    },
    connect(preview) {
      stage = preview;
      showAthlete();
    },
    onTest: (listener) => void (testChanged = listener),
    onDetector: (listener) => void (detectorChanged = listener),
    request() {
      const height_cm = parsed(height);
      const range = more.read();
      const wrong = height_cm === undefined ? height : range instanceof HTMLElement ? range : null;
      if (wrong || range instanceof HTMLElement) {
        more.node.open ||= more.node.contains(wrong);
        wrong?.focus();
        announce(t("set.wrong"));
        return null;
      }
      const exports = draft.exports.filter((name) => session.exports.includes(name));
      return {
        clip: clip.id, athlete: draft.athlete, height_m: height_cm ? height_cm / 100 : null, test: draft.test, sport: draft.sport || null,
        detector: draft.detector, quality: draft.quality, exports, ...range,
      };
    },
  };
}

type Range = Pick<JobRequest, "start_s" | "end_s" | "capture_fps">;

/** The folded options. `read`: the range, or the input that is wrong. */
function advanced(draft: Draft, clip: Clip, session: Session, keep: () => void, now: () => number, detectorChanged: () => void): { node: HTMLDetailsElement; read(): Range | HTMLElement } {
  const part = { min: 0, max: Math.ceil(clip.duration_s * 100) / 100, step: 0.01 };
  const start = numberInput({ ...part, value: draft.start, placeholder: number(0, 2) }, (value) => ((draft.start = value), keep()));
  const end = numberInput({ ...part, value: draft.end, placeholder: number(clip.duration_s, 2) }, (value) => ((draft.end = value), keep()));
  const take = (input: HTMLInputElement): HTMLElement =>
    button(t("set.now"), () => {
      input.value = now().toFixed(2);
      input.dispatchEvent(new Event("input"));
    }, { kind: "small", label: t(input === start ? "set.start.now" : "set.end.now") });
  const order = h("p", { class: "wrong", id: "order", hidden: true }, t("set.order"));

  const quality = h("div");
  const showQuality = (): void => {
    const of = session.detectors.find(({ id }) => id === draft.detector);
    const known = of?.qualities.length ? of.qualities : (["fast", "balanced", "best"] as Quality[]);
    if (!known.includes(draft.quality)) draft.quality = known.includes("balanced") ? "balanced" : known[0]!;
    const options = known.map((id): [string, string] => [id, t(`quality.${id}`)]);
    replace(quality, field(t("set.quality"), select(options, draft.quality, (value) => ((draft.quality = value as Quality), keep(), detectorChanged())), t("set.quality.hint")));
  };
  const detectors = detectorsOf(session).map((id): [string, string] => [id, maybe(`detector.${id}`, id)]);
  const detector = select(detectors, draft.detector, (value) => {
    draft.detector = value;
    showQuality();
    keep();
    detectorChanged();
  });
  showQuality();

  const rates = h("datalist", { id: "rates" }, ...RATES.map((rate) => h("option", { value: rate })));
  const capture = numberInput({ value: draft.capture, min: 1, max: 100_000, step: "any", list: "rates" }, (value) => ((draft.capture = value), keep()));
  const extra = session.exports.filter((name) => !ALWAYS.includes(name));
  const boxes = extra.map((name) => checkbox(maybe(`export.${name}`, name.toUpperCase()), draft.exports.includes(name), (on) => {
    draft.exports = on ? [...draft.exports, name] : draft.exports.filter((other) => other !== name);
    keep();
  }));
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
      field(t("set.detector"), detector, t("set.detector.hint")),
      quality,
      boxes.length ? h("fieldset", {}, h("legend", {}, t("set.exports")), h("div", { class: "checks" }, ...boxes), h("p", { class: "dim" }, t("set.exports.hint"))) : null,
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
