// One analysis: a bar for each stage, what is left, its end.
import { ApiError, get, remove } from "../api";
import { h, keyed, replace, type Row, setText } from "../dom";
import { said, t } from "../i18n";
import { poll } from "../poll";
import { moveOn } from "../router";
import type { Job } from "../types";
import { announce, bar, button, errorPlace, link, note, percent, showError, type View } from "../view";
import { jobState, stageName } from "./job_state";

const SAID_STEP = 0.25; // of the progress, between two announcements
type Stage = Job["stages"][number];

export function jobPage(view: View): void {
  view.title(t("job.title"));
  const name = h("p", { class: "lead name" });
  const state = h("p", { class: "state" });
  const whole = bar(t("job.whole"));
  const stages = h("ul", { class: "stages", "aria-label": t("job.stages") });
  const rows = new Map<string, Row<Stage>>();
  const errors = errorPlace();
  const outcome = h("div");
  const actions = h("div", { class: "row" });
  const stay = h("p", { class: "dim" }, t("job.stay"));
  const panel = h("div", { class: "panel" }, name, state, whole.node, stages, outcome, errors, stay, actions);
  view.root.append(panel);
  let before = "";
  let heard = -1;

  const show = (job: Job): void => {
    const goesOn = job.state === "queued" || job.state === "running";
    setText(name, job.clip_name);
    setText(state, jobState(job));
    whole.set(job.progress);
    whole.node.hidden = !goesOn;
    stay.hidden = !goesOn;
    keyed(stages, rows, goesOn ? expected(job) : [], (stage) => stage.name, stageRow);
    document.title = `${job.state === "running" ? percent(job.progress) : jobState(job)} · ${job.clip_name} - kasf-demo`;
    if (job.state === "running" && job.progress >= heard + SAID_STEP) {
      heard = Math.floor(job.progress / SAID_STEP) * SAID_STEP;
      announce(`${percent(job.progress)}, ${jobState(job)}`);
    }
    if (job.state === before) return;
    before = job.state;
    if (!goesOn) announce(jobState(job));
    replace(outcome, job.state === "failed" && note("problem", said(job.error ?? "")), job.state === "cancelled" && note("info", t("job.cancelled_text")));
    replace(actions, ...(goesOn ? [cancel] : [link(t("job.change"), `#/clip/${job.clip}`, { kind: "button primary", icon: "again" }), link(t("to_home"), "#/", { kind: "button" })]));
    if (job.state === "done" && job.result) moveOn(`#/result/${job.result}`);
  };
  const cancel = button(t("job.cancel"), () => {
    cancel.disabled = true;
    void remove(`/api/jobs/${view.id}`).then(
      () => polling.kick(),
      (error: unknown) => ((cancel.disabled = false), showError(errors, error)),
    );
  });
  const failed = (error: unknown): void => {
    if (!(error instanceof ApiError) || error.status !== 404) return showError(errors, error);
    replace(view.root, note("warning", t("job.gone")), link(t("to_home"), "#/", { kind: "button" }));
  };
  const polling = poll(
    async () => {
      const job = await get<Job>(`/api/jobs/${view.id}`, view.signal);
      replace(errors);
      show(job);
      return JSON.stringify(job);
    },
    failed,
    view.signal,
    500,
    5000,
  );
}

/** Every stage that is to be expected; what was reached beyond that is in its place. */
function expected(job: Job): Stage[] {
  const order = ["starting", "detecting", "detecting again", "looking for feet", "drawing", "assessing"];
  const reached = new Map(job.stages.map((stage) => [stage.name, stage.share]));
  const wanted = new Set(["starting", "detecting", "drawing", ...(job.request.test ? ["assessing"] : []), ...reached.keys()]);
  return [...wanted].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map((name) => ({ name, share: reached.get(name) ?? 0 }));
}

function stageRow(stage: Stage): Row<Stage> {
  const progress = bar(stageName(stage.name));
  const share = h("span", { class: "dim" });
  return {
    node: h("li", {}, h("span", {}, stageName(stage.name)), progress.node, share),
    update(now) {
      progress.set(now.share);
      setText(share, percent(now.share));
    },
  };
}
