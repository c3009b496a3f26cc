// Who is to be analysed, as a group of choices beside the image.
import { h, replace } from "../dom";
import { seconds, t } from "../i18n";
import type { Athlete } from "../types";
import { button } from "../view";
import { radio } from "./fields";

/** Fills `group` anew; the focus stays on the choice. goTo: shows a time in the preview. */
export function showAthlete(group: HTMLFieldSetElement, athlete: Athlete, choose: (athlete: Athlete) => void, goTo: (time_s: number) => void): void {
  const point = typeof athlete === "object" ? athlete : null;
  const had = group.contains(document.activeElement);
  replace(
    group,
    h("legend", {}, t("set.athlete")),
    radio("athlete", t("set.athlete.auto"), athlete === "auto", () => choose("auto")),
    point && radio("athlete", t("set.athlete.point", { time: seconds(point.time_s, 2) }), true, () => choose(point)),
    point && h("p", { class: "indent" }, button(t("set.athlete.show"), () => goTo(point.time_s), { kind: "small" })),
    !point && h("p", { class: "dim indent" }, t("set.athlete.click")),
    radio("athlete", t("set.athlete.all"), athlete === "all", () => choose("all")),
  );
  if (had) group.querySelector<HTMLInputElement>("input:checked")?.focus();
}
