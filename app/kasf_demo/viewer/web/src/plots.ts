// The plots below: each with its choice of curve and the values at the cursor. At least one.

import { type Choice, GROUPS, type Kind, UNITS, choices, opening, valueAt } from "./curves";
import { type Mark, type PageData, rowAt, type Take } from "./data";
import { Plot, type Drawn } from "./plot";
import { element } from "./dom";

const MOST = 6;

interface Panel {
  plot: Plot;
  box: HTMLElement;
  values: HTMLElement;
  shownFor: string;
}

export class Plots {
  onScrub: (time: number) => void = () => {};
  onChoice: () => void = () => {};
  private readonly choices: Choice[];
  private readonly panels: Panel[] = [];
  private drawn: Drawn[] = [];
  private marks: Mark[] = [];
  private readonly more = element("button", { class: "chip", type: "button", title: "Another plot" }, "+ plot");

  constructor(
    private readonly box: HTMLElement,
    private readonly data: PageData,
  ) {
    this.choices = choices(data);
    this.more.addEventListener("click", () => this.add(this.choices[0].key));
    box.append(this.more);
  }

  // Draws the curves of `active`, and, thin, of those others that are references or compared with it.
  take(active: Take, all: Take[], marks: Mark[]): void {
    const compared = all.some((t) => t.colour);
    const others = compared ? all.filter((t) => t !== active && t.curves) : [];
    this.drawn = [{ take: active, reference: false }, ...others.map((take) => ({ take, reference: true }))].filter((d) => d.take.curves);
    this.marks = marks;
    if (!this.panels.length) for (const key of opening([active])) this.add(key);
    for (const panel of this.panels) panel.plot.set(panel.plot.choice, this.drawn, marks);
  }

  // The names of the angles that are plotted, for the 3D view.
  angles(): string[] {
    return [...new Set(this.panels.flatMap((p) => (p.plot.choice.kind === "m_per_s" ? [] : p.plot.choice.lines.map((l) => l.name))))];
  }

  cursor(time: number, ghost: number | null): void {
    for (const panel of this.panels) {
      panel.plot.cursor(time, ghost);
      this.values(panel, time);
    }
  }

  private add(key: string): void {
    const choice = this.choices.find((c) => c.key === key) ?? this.choices[0];
    const plot = new Plot(this.data, choice, this.drawn, this.marks);
    plot.onScrub = (time) => this.onScrub(time);
    const select = this.select(choice);
    const values = element("span", { class: "values", title: "± and the band: 68 % of the values are so close to the truth" });
    const close = element("button", { class: "icon", type: "button", title: "Remove this plot", "aria-label": "Remove this plot" }, "×");
    const box = element("section", { class: "plot" }, element("header", {}, select, values, close), plot.canvas);
    plot.canvas.setAttribute("role", "img");
    plot.canvas.setAttribute("aria-label", `${choice.label} over time`);
    const panel: Panel = { plot, box, values, shownFor: "" };
    select.addEventListener("change", () => {
      plot.set(this.choices.find((c) => c.key === select.value)!, this.drawn, this.marks);
      plot.canvas.setAttribute("aria-label", `${plot.choice.label} over time`);
      panel.shownFor = "";
      this.onChoice();
    });
    close.addEventListener("click", () => this.remove(panel));
    this.panels.push(panel);
    this.box.insertBefore(box, this.more);
    this.changed();
  }

  private remove(panel: Panel): void {
    panel.box.remove();
    this.panels.splice(this.panels.indexOf(panel), 1);
    this.changed();
  }

  private changed(): void {
    this.box.classList.toggle("one", this.panels.length === 1);
    this.more.hidden = this.panels.length >= MOST;
    this.onChoice();
  }

  private select(chosen: Choice): HTMLSelectElement {
    const select = element("select", { "aria-label": "What is plotted" });
    for (const kind of Object.keys(GROUPS) as Kind[]) {
      const group = element("optgroup", { label: `${GROUPS[kind]}, ${UNITS[kind]}` });
      for (const c of this.choices.filter((c) => c.kind === kind)) {
        const text = kind === "deg_per_s" ? `${c.label} velocity` : kind === "m_per_s" ? `${c.label} speed` : c.label;
        group.append(element("option", { value: c.key, ...(c === chosen ? { selected: "" } : {}) }, text));
      }
      select.append(group);
    }
    return select;
  }

  private values(panel: Panel, time: number): void {
    const { choice } = panel.plot;
    const digits = choice.kind === "m_per_s" ? 1 : 0;
    const texts: [string, string][] = [];
    for (const { take } of this.drawn) {
      const row = rowAt(take, time);
      for (const line of choice.lines) {
        const at = row === null ? null : valueAt(take, this.data, choice.kind, line.column, row);
        const number = at && Number.isFinite(at.value) ? at.value.toFixed(digits) : "–";
        const sigma = at && Number.isFinite(at.value + at.sigma) ? ` ± ${at.sigma.toFixed(digits)}` : "";
        const unit = UNITS[choice.kind] + (at?.doubtful ? "?" : "");
        const space = unit.startsWith("°") ? "" : " ";
        texts.push([panel.plot.colour(take, line.side), `${line.side?.toUpperCase() ?? ""} ${number}${sigma}${space}${unit}`.trim()]);
      }
    }
    const key = JSON.stringify(texts);
    if (key === panel.shownFor) return;
    panel.shownFor = key;
    panel.values.replaceChildren(
      ...texts.map(([colour, text]) => {
        const span = element("span", {}, text);
        span.style.color = colour;
        return span;
      }),
    );
  }
}
