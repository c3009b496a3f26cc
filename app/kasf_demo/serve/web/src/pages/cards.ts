// Clips, jobs and results as items of the first page's lists.
import { remove } from "../api";
import { h, replace, type Row, setText } from "../dom";
import { bytes, maybe, number, said, seconds, t, tn, when } from "../i18n";
import type { Clip, Job, Result } from "../types";
import { bar, button, confirmed, facts, link, percent, showError, thumbnail } from "../view";
import { keepDraft } from "./draft";
import { jobState } from "./job_state";

export function jobRow(changed: () => void): (job: Job) => Row<Job> {
  return (first) => {
    const state = h("span", { class: "dim" });
    const progress = bar(t("job.progress", { name: first.clip_name }));
    const why = h("p", { class: "why" });
    const errors = h("div");
    const actions = h("div", { class: "row" });
    const name = h("a", { class: "name", href: `#/job/${first.id}` }, first.clip_name);
    const node = h("li", { class: "item" }, h("div", { class: "grow" }, h("div", { class: "line" }, name, state), progress.node, why, errors), actions);
    const end = (): void => void remove(`/api/jobs/${first.id}`).then(changed, (error: unknown) => showError(errors, error));
    let shown = "";
    return {
      node,
      update(job) {
        const goesOn = job.state === "queued" || job.state === "running";
        setText(state, jobState(job) + (job.state === "running" ? ` · ${percent(job.progress)}` : ""));
        progress.set(job.progress);
        progress.node.hidden = job.state !== "running";
        if (job.state === shown) return;
        shown = job.state;
        replace(why, job.state === "failed" && said(job.error ?? ""));
        replace(
          actions,
          goesOn ? button(t("cancel"), end, { label: t("job.cancel_named", { name: job.clip_name }) }) : link(t("again"), `#/clip/${job.clip}`, { kind: "button" }),
          !goesOn && button("", end, { icon: "cross", label: t("job.remove_named", { name: job.clip_name }) }),
        );
      },
    };
  };
}

export function resultCard(changed: () => void): (result: Result) => Row<Result> {
  return (first) => {
    const name = h("a", { class: "name cover", href: `#/result/${first.id}` }, first.folder ? `${first.folder}/${first.name}` : first.name);
    const about = h("div");
    const errors = h("div");
    const trash = button("", () => void ask(), { icon: "trash", label: t("result.delete_named", { name: first.name }), kind: "quiet" });
    const tags = h("p", { class: "tags" });
    const ask = async (): Promise<void> => {
      if (!(await confirmed(t("result.delete_question", { name: first.name }), t("result.delete_detail"), t("delete")))) return;
      await remove(`/api/results/${first.id}`).then(changed, (error: unknown) => showError(errors, error));
    };
    const node = h("li", { class: "card result" }, thumbnail(first.thumbnail), h("div", { class: "text" }, name, about, tags, errors), trash);
    return {
      node,
      update(result) {
        replace(about, facts(when(result.created), seconds(result.duration_s), tn("people", result.people)));
        replace(tags, result.test && h("span", { class: "tag" }, maybe(`test.${result.test}`, result.test)), result.warnings > 0 && h("span", { class: "tag warning" }, tn("warnings", result.warnings)));
      },
    };
  };
}

export function clipCard(changed: () => void): (clip: Clip) => Row<Clip> {
  return (first) => {
    const errors = h("div");
    const ask = async (): Promise<void> => {
      if (!(await confirmed(t("clip.delete_question", { name: first.name }), t("clip.delete_detail"), t("delete")))) return;
      await remove(`/api/clips/${first.id}`).then(() => (keepDraft(first.id, null), changed()), (error: unknown) => showError(errors, error));
    };
    const about = facts(seconds(first.duration_s), `${first.width} × ${first.height}`, `${number(first.frame_rate, 0)} ${t("unit.rate")}`, bytes(first.bytes));
    const name = h("a", { class: "name cover", href: `#/clip/${first.id}` }, first.name);
    const trash = button("", () => void ask(), { icon: "trash", label: t("clip.delete_named", { name: first.name }), kind: "quiet" });
    const node = h("li", { class: "card" }, thumbnail(first.thumbnail), h("div", { class: "text" }, name, about, errors), trash);
    return { node, update: () => undefined };
  };
}
