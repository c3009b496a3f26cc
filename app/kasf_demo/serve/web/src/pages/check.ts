// The capture check: is the footage fit for the test, before minutes are spent on it.
import { get } from "../api";
import { h, replace } from "../dom";
import { said, t, tn } from "../i18n";
import type { Clip, Finding, TestId } from "../types";
import { announce, button, errorPlace, note, section, showError, type View } from "../view";

export function captureCheck(view: View, clip: Clip, settings: () => { test: TestId | null; detector: string }): { node: HTMLElement; again(): void } {
  const place = h("div", { class: "findings" });
  const errors = errorPlace();
  let last = new AbortController();
  const run = async (): Promise<void> => {
    last.abort();
    last = new AbortController();
    const stop = last;
    view.signal.addEventListener("abort", () => stop.abort(), { once: true });
    replace(errors);
    replace(place, h("p", { class: "dim busy" }, t("check.running")));
    try {
      const { test, detector } = settings();
      const path = `/api/clips/${clip.id}/check?detector=${detector}${test ? `&test=${test}` : ""}`;
      const { findings } = await get<{ findings: Finding[] }>(path, stop.signal);
      replace(place, ...findingList(findings));
      const wrong = findings.filter((finding) => finding.level !== "ok").length;
      announce(wrong ? tn("check.found", wrong) : t("check.good"));
    } catch (error) {
      if (stop.signal.aborted) return;
      replace(place, button(t("again"), () => void run()));
      showError(errors, error);
    }
  };
  void run();
  return { node: section(t("check.heading"), "check", place, errors), again: () => void run() };
}

/** What is wrong first; what is in order is folded away. */
export function findingList(findings: Finding[]): HTMLElement[] {
  const wrong = findings.filter((finding) => finding.level !== "ok").sort((a, b) => (a.level === b.level ? 0 : a.level === "problem" ? -1 : 1));
  const right = findings.filter((finding) => finding.level === "ok");
  const shown = wrong.map((finding) => note(finding.level, h("p", {}, said(finding.text)), finding.remedy && h("p", { class: "remedy" }, said(finding.remedy))));
  if (!wrong.length) shown.push(note("ok", t("check.good")));
  if (!right.length) return shown;
  const list = h("ul", { class: "plain" }, ...right.map((finding) => h("li", {}, said(finding.text))));
  return [...shown, h("details", {}, h("summary", {}, tn("check.ok", right.length)), list)];
}
