// One clip: choose the athlete on a still, set what is known, look at what the check says, start.
import { ApiError, get, post, remove } from "../api";
import { h, replace } from "../dom";
import { number, seconds, t } from "../i18n";
import { go } from "../router";
import type { Clip, Job, Result, Session } from "../types";
import { getSession } from "../api";
import { button, confirmed, errorPlace, facts, link, note, section, showError, type View } from "../view";
import { captureCheck } from "./check";
import { keepDraft } from "./draft";
import { type Finder, preview } from "./preview";
import { settings } from "./settings";
import { jobState } from "./job_state";

export function clipPage(view: View): void {
  view.title(t("clip.title"));
  const waiting = h("p", { class: "dim" }, t("loading"));
  view.root.append(waiting);
  void Promise.all([get<Clip>(`/api/clips/${view.id}`, view.signal), getSession()]).then(
    ([clip, session]) => (waiting.remove(), show(view, clip, session)),
    (error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 404) return showError(view.root, error);
      replace(view.root, note("warning", t("clip.gone")), link(t("to_home"), "#/", { kind: "button" }));
    },
  );
}

function show(view: View, clip: Clip, session: Session): void {
  view.title(clip.name);
  const errors = errorPlace();
  const form = settings(clip, session);
  const finder = (): Finder => {
    const { detector, quality } = form.draft;
    const other = detector === "mediapipe" && session.detectors.some(({ id }) => id === "yolo");
    return { detector, quality, surer: other ? t("detector.yolo") : null };
  };
  const stage = preview(view, clip, form.draft.athlete, finder, (athlete) => form.setAthlete(athlete));
  form.connect(stage);
  const check = captureCheck(view, clip, () => form.draft);
  form.onTest(check.again);
  form.onDetector(() => (stage.again(), check.again()));
  const start = button(t("clip.start"), () => void begin(), { kind: "primary big", icon: "play" });
  const begin = async (): Promise<void> => {
    const request = form.request();
    if (!request) return;
    start.disabled = true;
    try {
      const job = await post<Job>("/api/jobs", request);
      go(`#/job/${job.id}`);
    } catch (error) {
      start.disabled = false;
      showError(errors, error);
    }
  };
  form.node.addEventListener("submit", (event) => (event.preventDefault(), void begin()));
  const erase = async (): Promise<void> => {
    if (!(await confirmed(t("clip.delete_question", { name: clip.name }), t("clip.delete_detail"), t("delete")))) return;
    await remove(`/api/clips/${clip.id}`).then(
      () => (keepDraft(clip.id, null), go("#/")),
      (error: unknown) => showError(errors, error),
    );
  };
  const trash = button(t("clip.delete"), () => void erase(), { icon: "trash", kind: "quiet" });
  view.root.append(
    facts(seconds(clip.duration_s), `${clip.width} × ${clip.height}`, `${number(clip.frame_rate, 0)} ${t("unit.rate")}`),
    h("div", { class: "split" }, h("div", { class: "left" }, stage.node, check.node), h("div", { class: "side" }, form.node, h("div", { class: "start" }, errors, start))),
    h("div", { class: "row end" }, trash),
  );
  view.root.dataset.loaded = "true";
  void earlier(view, clip);
}

/** What was done with this clip before. */
async function earlier(view: View, clip: Clip): Promise<void> {
  try {
    const [jobs, results] = await Promise.all([get<Job[]>("/api/jobs", view.signal), get<Result[]>("/api/results", view.signal)]);
    const running = jobs.filter((job) => job.clip === clip.id && (job.state === "queued" || job.state === "running"));
    const own = results.filter((result) => result.clip === clip.id);
    if (!running.length && !own.length) return;
    const items = [
      ...running.map((job) => h("li", {}, h("a", { href: `#/job/${job.id}` }, jobState(job)))),
      ...own.map((result) => h("li", {}, h("a", { href: `#/result/${result.id}` }, result.name))),
    ];
    view.root.append(section(t("clip.earlier"), "earlier", h("ul", { class: "plain" }, ...items)));
  } catch {
    // the page does without
  }
}
