// One result: the video and the 3D page, what to heed, the numbers with their intervals, the files, a comparison.
import { ApiError, get, remove } from "../api";
import { h, replace } from "../dom";
import { maybe, said, seconds, t, tn, when } from "../i18n";
import { go } from "../router";
import type { FullResult, Job, PersonSummary } from "../types";
import { button, confirmed, errorPlace, facts, link, note, section, showError, type View } from "../view";
import { findingList } from "./check";
import { comparison } from "./compare";
import { curves } from "./curves";
import { downloads } from "./downloads";
import { select } from "./fields";
import { assessments, numbers } from "./numbers";
import { screen, type Screen } from "./screen";

export function resultPage(view: View): void {
  view.title(t("result.title"));
  const waiting = h("p", { class: "dim" }, t("loading"));
  view.root.append(waiting);
  get<FullResult>(`/api/results/${view.id}`, view.signal)
    .then((result) => (waiting.remove(), show(view, result)))
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 404) return showError(view.root, error);
      replace(view.root, note("warning", t("result.gone")), link(t("to_home"), "#/", { kind: "button" }));
    });
}

function show(view: View, result: FullResult): void {
  view.title(result.name);
  const errors = errorPlace();
  const { summary } = result;
  const test = result.test ? maybe(`test.${result.test}`, result.test) : null;
  const about = facts(result.clip_name !== result.name && result.clip_name, when(result.created), seconds(result.duration_s), tn("people", result.people), test);
  const actions = h(
    "div",
    { class: "row actions" },
    result.clip && link(t("result.again"), `#/clip/${result.clip}`, { kind: "button", icon: "again" }),
    button(t("compare.heading"), () => document.getElementById("compare-h")?.focus(), { icon: "compare" }),
    button(t("downloads.heading"), () => document.getElementById("downloads-h")?.focus(), { icon: "download" }),
    button(t("delete"), () => void erase(result, errors), { icon: "trash", kind: "danger" }),
  );
  const player = screen(result);
  view.root.append(about, actions, errors, player.node);
  const missed = errorPlace();
  void missedTest(view, missed);
  view.root.append(missed, ...heed(result), ...assessments(summary.assessments, player));
  if (summary.people.length) view.root.append(...perPerson(view, result, player));
  else view.root.append(note("warning", t("result.nobody")));
  view.root.append(comparison(view, result), downloads(view, result));
  view.root.dataset.loaded = "true";
}

async function erase(result: FullResult, errors: HTMLElement): Promise<void> {
  if (!(await confirmed(t("result.delete_question", { name: result.name }), t("result.delete_detail"), t("delete")))) return;
  await remove(`/api/results/${result.id}`).then(
    () => go("#/"),
    (error: unknown) => showError(errors, error),
  );
}

/** If a test was asked for that the clip does not show, the job that made this result knows why. */
async function missedTest(view: View, place: HTMLElement): Promise<void> {
  try {
    const jobs = await get<Job[]>("/api/jobs", view.signal);
    const why = jobs.find((job) => job.result === view.id)?.assessment;
    if (why?.error) replace(place, note("problem", h("p", {}, h("strong", {}, maybe(`test.${why.test}`, why.test)), ": ", t("result.test_failed"), " ", said(why.error))));
  } catch {
    // the job is no longer in the list
  }
}

/** Warnings, and what is wrong with the footage. */
function heed(result: FullResult): HTMLElement[] {
  const { warnings, scale, options } = result.summary;
  const chosen = options.athlete !== undefined && options.athlete !== "auto";
  const findings = result.summary.findings.filter((finding) => !(chosen && finding.code === "people"));
  const lines = warnings.map((text) => note("warning", said(text)));
  if (scale?.kind === "assumed") lines.push(note("info", t("result.assumed", { cm: Math.round(100 * scale.height_m) })));
  const wrong = findings.length ? findingList(findings) : [];
  return lines.length || wrong.length ? [section(t("result.heed"), "heed", ...lines, ...wrong)] : [];
}

/** The numbers of one person; several can be chosen from. */
function perPerson(view: View, result: FullResult, player: Screen): HTMLElement[] {
  const { people } = result.summary;
  const main = people.reduce((best, person) => (person.frames_with_pose > best.frames_with_pose ? person : best));
  const place = h("div", { class: "stack" });
  const fill = (person: PersonSummary): void => replace(place, ...numbers(person, player), curves(view, result, person, player));
  fill(main);
  if (people.length < 2) return [place];
  const options = people.map((person): [string, string] => [String(person.id), t("result.person", { n: person.id })]);
  const chosen = select(options, String(main.id), (id) => fill(people.find((person) => String(person.id) === id) ?? main));
  return [h("label", { class: "row" }, h("span", {}, t("result.choose_person")), chosen), place];
}
