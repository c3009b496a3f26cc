// The first page: add a clip; what is being worked on; results; clips.
import { get } from "../api";
import { h, keyed, replace, type Row } from "../dom";
import { t } from "../i18n";
import { poll } from "../poll";
import type { Clip, Job, Result } from "../types";
import { errorPlace, note, section, showError, type View } from "../view";
import { clipCard, jobRow, resultCard } from "./cards";
import { dropZone } from "./dropzone";

export function home(view: View): void {
  view.title(t("home.title"));
  const errors = errorPlace();
  const jobs = list<Job>("jobs", t("home.jobs"), jobRow(() => polling.kick()), "ul");
  const results = list<Result>("results", t("home.results"), resultCard(() => polling.kick()), "cards");
  const clips = list<Clip>("clips", t("home.clips"), clipCard(() => polling.kick()), "cards");
  const empty = note("info", h("p", {}, t("home.empty")), h("ol", {}, ...(["home.step1", "home.step2", "home.step3"] as const).map((key) => h("li", {}, t(key)))));
  empty.hidden = true;
  const drop = dropZone(view, () => polling.kick());
  view.root.append(drop, errors, empty, jobs.node, results.node, clips.node);
  const ask = async (): Promise<string> => {
    const [c, j, r] = await Promise.all([get<Clip[]>("/api/clips", view.signal), get<Job[]>("/api/jobs", view.signal), get<Result[]>("/api/results", view.signal)]);
    replace(errors);
    const shown = j.filter((job) => job.state !== "done");
    jobs.show(shown);
    results.show(r);
    clips.show(c);
    drop.classList.toggle("compact", Boolean(c.length || shown.length || r.length));
    empty.hidden = Boolean(c.length || shown.length || r.length);
    view.root.dataset.loaded = "true";
    return JSON.stringify([c, j, r]);
  };
  const polling = poll(ask, (error) => showError(errors, error), view.signal, 1000, 15_000);
}

/** A section with a list that is hidden while it is empty. */
function list<T extends { id: string }>(id: string, heading: string, make: (item: T) => Row<T>, kind: string): { node: HTMLElement; show(items: T[]): void } {
  const inner = h("ul", { class: kind === "cards" ? "cards" : "rows" });
  const node = section(heading, id, inner);
  const rows = new Map<string, Row<T>>();
  node.hidden = true;
  return {
    node,
    show(items) {
      node.hidden = items.length === 0;
      keyed(inner, rows, items, (item) => item.id, make);
    },
  };
}
