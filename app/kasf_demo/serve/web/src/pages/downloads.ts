// The files of a result, and those that can be made from it.
import { errorFrom, get } from "../api";
import { h, replace } from "../dom";
import { bytes, maybe, t } from "../i18n";
import type { FullResult, ResultFile } from "../types";
import { announce, button, errorPlace, link, section, showError, type View } from "../view";

const ORDER = ["video", "page", "report", "assessment", "joints", "angles", "jumps", "feet"];

export function downloads(view: View, first: FullResult): HTMLElement {
  const place = h("ul", { class: "rows files" });
  const make = h("div", { class: "row" });
  const errors = errorPlace();
  const show = (result: FullResult): void => {
    replace(place, ...sorted(result.files).map(fileRow));
    const missing = result.exports.filter((format) => !result.files.some((file) => file.kind === format));
    replace(make, ...missing.map((format) => maker(format)));
    make.hidden = !missing.length;
  };
  const maker = (format: string): HTMLElement => {
    const name = maybe(`export.${format}`, format.toUpperCase());
    const made = button(name, () => void write(format, name, made), { icon: "download", label: t("downloads.make_one", { name }) });
    return made;
  };
  const write = async (format: string, name: string, pressed: HTMLButtonElement): Promise<void> => {
    pressed.disabled = true;
    replace(errors);
    announce(t("downloads.making", { name }));
    try {
      const answer = await fetch(`/api/results/${view.id}/export/${format}`, { signal: view.signal });
      if (!answer.ok) throw errorFrom(answer.status, await answer.text());
      await answer.body?.cancel();
      const result = await get<FullResult>(`/api/results/${view.id}`, view.signal);
      show(result);
      const file = result.files.find((one) => one.kind === format);
      if (file) save(file);
    } catch (error) {
      pressed.disabled = false;
      showError(errors, error);
    }
  };
  show(first);
  return section(t("downloads.heading"), "downloads", place, h("h3", {}, t("downloads.more")), h("p", { class: "dim" }, t("downloads.more_hint")), make, errors);
}

function sorted(files: ResultFile[]): ResultFile[] {
  const rank = (file: ResultFile): number => (ORDER.includes(file.kind) ? ORDER.indexOf(file.kind) : ORDER.length);
  return [...files].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function fileRow(file: ResultFile): HTMLElement {
  const person = file.person === null ? "" : `, ${t("result.person", { n: file.person })}`;
  const format = ["assessment", "report", "plot"].includes(file.kind) ? ` (${file.name.split(".").pop()!.toUpperCase()})` : "";
  const label = maybe(`file.${file.kind}`, file.label) + format + person;
  const saved = link(t("downloads.save"), `${file.url}?download=1`, { kind: "button", icon: "download", download: true, label: t("downloads.save_named", { name: file.name }) });
  return h("li", { class: "item" }, h("div", { class: "grow" }, h("strong", {}, label), h("p", { class: "dim name" }, `${file.name} · ${bytes(file.bytes)}`)), saved);
}

function save(file: ResultFile): void {
  const anchor = h("a", { href: `${file.url}?download=1`, download: file.name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}
