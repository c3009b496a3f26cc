// An address that leads nowhere.
import { t } from "../i18n";
import { link, note, type View } from "../view";

export function missing(view: View): void {
  view.title(t("missing.title"));
  view.root.append(note("warning", t("missing.text")), link(t("to_home"), "#/", { kind: "button" }));
}
