// A comparison with another result: the page of `kasf-demo compare`.
import { get, post } from "../api";
import { h, replace } from "../dom";
import { seconds, t, when } from "../i18n";
import type { FullResult, Result } from "../types";
import { announce, button, errorPlace, link, section, showError, type View } from "../view";
import { field, select } from "./fields";
import { sandboxed } from "./screen";

export function comparison(view: View, result: FullResult): HTMLElement {
  const place = h("div", {}, h("p", { class: "dim" }, t("loading")));
  const errors = errorPlace();
  const page = h("div");
  get<Result[]>("/api/results", view.signal).then(
    (all) => {
      const others = all.filter((other) => other.id !== result.id && other.people > 0);
      if (!others.length || !result.people) return replace(place, h("p", { class: "dim" }, t("compare.none")));
      const options = others.map((other): [string, string] => [other.id, [other.folder ? `${other.folder}/${other.name}` : other.name, when(other.created), seconds(other.duration_s)].join(" · ")]);
      let chosen = options[0]![0];
      const people = result.summary.people.map(({ id }): [string, string] => [String(id), t("result.person", { n: id })]);
      let person = Number(people[0]?.[0]);
      const who = select(people, String(person), (id) => void (person = Number(id)));
      const run = button(t("compare.start"), () => void compare(), { kind: "primary", icon: "compare" });
      const compare = async (): Promise<void> => {
        run.disabled = true;
        replace(errors);
        replace(page, h("p", { class: "dim busy" }, t("compare.running")));
        try {
          const made = await post<{ page: string }>("/api/compare", { result: result.id, reference: chosen, ...(people.length > 1 && { person }) }, view.signal);
          replace(page, sandboxed(made.page, t("compare.page")), h("p", { class: "row end" }, link(t("compare.open"), made.page, { icon: "open", blank: true })));
          announce(t("compare.done"));
        } catch (error) {
          replace(page);
          showError(errors, error);
        }
        run.disabled = false;
      };
      replace(place, field(t("compare.with"), select(options, chosen, (id) => void (chosen = id)), t("compare.hint")), people.length > 1 && field(t("compare.person"), who), run);
    },
    (error: unknown) => showError(place, error),
  );
  return section(t("compare.heading"), "compare", place, errors, page);
}
