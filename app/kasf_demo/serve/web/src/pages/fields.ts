// Parts of a form: a label above, its hint below.
import { h } from "../dom";
import { number, t } from "../i18n";

let count = 0;

/** `input` under its label; the hint and what is wrong are read with it. */
export function field(label: string, input: HTMLInputElement | HTMLSelectElement, hint = "", unit = "", beside: HTMLElement | null = null): HTMLElement {
  input.id = `f${count++}`;
  const wrong = h("p", { class: "wrong", id: `${input.id}-w`, hidden: true });
  const notes = [hint && `${input.id}-h`, wrong.id].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", notes);
  const name = unit ? h("label", { for: input.id }, label, h("span", { class: "sr" }, `, ${unit}`)) : h("label", { for: input.id }, label);
  return h(
    "div",
    { class: "field" },
    name,
    h("div", { class: "row" }, input, unit && h("span", { class: "dim", "aria-hidden": "true" }, unit), beside),
    hint && h("p", { class: "dim", id: `${input.id}-h` }, hint),
    wrong,
  );
}

export interface NumberOptions {
  value: string;
  min: number;
  max: number;
  step: number | "any";
  placeholder?: string;
  list?: string;
}

export function numberInput(options: NumberOptions, changed: (value: string) => void): HTMLInputElement {
  const input = h("input", { type: "number", inputmode: "decimal", autocomplete: "off", ...options });
  input.addEventListener("input", () => {
    mark(input, "");
    changed(input.value);
  });
  return input;
}

/** The number in an input, null if it is empty, undefined if it is none that is allowed; then the field says so. */
export function parsed(input: HTMLInputElement): number | null | undefined {
  const [low, high] = [Number(input.min), Number(input.max)];
  const value = input.valueAsNumber;
  if (!input.validity.badInput && input.value === "") return null;
  if (Number.isFinite(value) && value >= low && value <= high) return value;
  const digits = Number.isInteger(high) ? 0 : 2;
  mark(input, t("set.between", { low: number(low, 0), high: number(high, digits) }));
  return undefined;
}

function mark(input: HTMLInputElement, text: string): void {
  const wrong = document.getElementById(`${input.id}-w`);
  if (!wrong) return;
  wrong.textContent = text;
  wrong.hidden = !text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

export function select(options: [string, string][], value: string, changed: (value: string) => void): HTMLSelectElement {
  const made = h("select", {}, ...options.map(([id, text]) => h("option", { value: id, selected: id === value }, text)));
  made.addEventListener("change", () => changed(made.value));
  return made;
}

export function radio(name: string, text: string, checked: boolean, chosen: () => void): HTMLElement {
  const input = h("input", { type: "radio", name, checked });
  input.addEventListener("change", chosen);
  return h("label", { class: "choice" }, input, h("span", {}, text));
}

export function checkbox(text: string, checked: boolean, changed: (on: boolean) => void): HTMLElement {
  const input = h("input", { type: "checkbox", checked });
  input.addEventListener("change", () => changed(input.checked));
  return h("label", { class: "choice" }, input, h("span", {}, text));
}
