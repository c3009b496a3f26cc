// What is set before an analysis.
import { h, replace } from "../dom";
import { maybe, t } from "../i18n";
import type { Athlete, Clip, JobRequest, Session, TestId } from "../types";
import { announce } from "../view";
import { advanced } from "./advanced";
import { showAthlete } from "./athlete_choice";
import { type Draft, keepDraft, readDraft } from "./draft";
import { field, numberInput, parsed, select } from "./fields";
import type { Preview } from "./preview";

export interface Settings {
  node: HTMLFormElement;
  draft: Draft;
  setAthlete(athlete: Athlete): void;
  /** The preview that belongs to it. */
  connect(preview: Preview): void;
  onTest(listener: () => void): void;
  onDetector(listener: () => void): void;
  /** What to ask for; null if a field is wrong, which then has the focus. */
  request(): JobRequest | null;
}

export function settings(clip: Clip, session: Session): Settings {
  const draft = readDraft(clip.id, session);
  let stage: Preview | null = null;
  let testChanged = (): void => undefined;
  let detectorChanged = (): void => undefined;
  const keep = (): void => keepDraft(clip.id, draft);
  const athletes = h("fieldset");
  const setAthlete = (athlete: Athlete): void => {
    draft.athlete = athlete;
    keep();
    showAthlete(athletes, athlete, choose, (time_s) => stage?.goTo(time_s));
  };
  const choose = (athlete: Athlete): void => {
    stage?.choose(athlete);
    setAthlete(athlete);
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
  const enter = h("button", { type: "submit", class: "sr", tabindex: "-1", "aria-hidden": "true" }); // so that Enter starts
  const form = h("form", { class: "settings", novalidate: true });
  replace(form, athletes, field(t("set.height"), height, t("set.height.hint"), "cm"), field(t("set.test"), test, t("set.test.hint")), field(t("set.sport"), sport, t("set.sport.hint")), more.node, enter);
  setAthlete(draft.athlete);

  const request = (): JobRequest | null => {
    const height_cm = parsed(height);
    const range = more.read();
    const wrong = height_cm === undefined ? height : range instanceof HTMLElement ? range : null;
    if (wrong || range instanceof HTMLElement) {
      more.node.open ||= more.node.contains(wrong);
      wrong?.focus();
      announce(t("set.wrong"));
      return null;
    }
    const { athlete, detector, quality } = draft;
    const exports = draft.exports.filter((name) => session.exports.includes(name));
    return { clip: clip.id, athlete, height_m: height_cm ? height_cm / 100 : null, test: draft.test, sport: draft.sport || null, detector, quality, exports, ...range };
  };
  return {
    node: form,
    draft,
    setAthlete,
    connect: (preview) => void (stage = preview),
    onTest: (listener) => void (testChanged = listener),
    onDetector: (listener) => void (detectorChanged = listener),
    request,
  };
}
