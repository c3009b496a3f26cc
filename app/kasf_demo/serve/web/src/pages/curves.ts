// Angles and speeds over time from the result's table, with a pale band of one sigma; a click goes to the moment in the video.
import { text } from "../api";
import { h, replace, svg } from "../dom";
import { number, seconds, t } from "../i18n";
import type { FullResult, PersonSummary } from "../types";
import { errorPlace, section, showError, type View } from "../view";
import { field, select } from "./fields";
import { angleName } from "./numbers";
import type { Screen } from "./screen";
import { type Column, columnOf, readTable, type Table } from "./table_file";

const WIDTH = 720;
const HEIGHT = 260;
const PAD = { left: 46, right: 10, top: 12, bottom: 26 };

export function curves(view: View, result: FullResult, person: PersonSummary, player: Screen): HTMLElement {
  const file = result.files.find((one) => one.kind === "angles");
  const plots = result.files.filter((one) => one.kind === "plot" && one.name.endsWith(".png") && (one.person === null || one.person === person.id));
  const images = plots.map((plot) => h("a", { href: plot.url, target: "_blank", rel: "noopener noreferrer" }, h("img", { src: plot.url, alt: t("curves.image", { name: plot.name }), loading: "lazy" })));
  const place = h("div");
  const errors = errorPlace();
  if (file) {
    text(file.url, view.signal).then(
      (content) => chooser(place, readTable(content, person.id), person, player),
      (error: unknown) => showError(errors, error),
    );
  }
  return section(t("curves.heading"), "curves", file ? place : h("p", { class: "dim" }, t("curves.none")), errors, h("div", { class: "plots" }, ...images));
}

function chooser(place: HTMLElement, table: Table, person: PersonSummary, player: Screen): void {
  const keys = choices(table);
  if (!keys.length) return replace(place, h("p", { class: "dim" }, t("curves.none")));
  const plot = h("div", { class: "plot" });
  const draw = (key: string): void => replace(plot, figure(key, table, person, player));
  const start = keys.find(([key]) => key === "knee_flexion")?.[0] ?? keys[0]![0];
  replace(place, field(t("curves.choose"), select(keys, start, draw), t("curves.hint")), plot);
  draw(start);
}

/** What can be drawn: an angle or speed of both sides together, or one that has no sides. */
function choices(table: Table): [string, string][] {
  const found = new Map<string, string>();
  for (const name of table.names) {
    const own = name.replace(/^[lr]_/, "").replace(/_(deg|m_per_s)$/, "");
    if (/_(deg|m_per_s)$/.test(name) && !/_(sigma_deg|sigma_m_per_s|deg_per_s)$/.test(name)) found.set(own, angleName(own) + (name.endsWith("_m_per_s") ? `, ${t("curves.speed")}` : ""));
  }
  return [...found].sort((a, b) => a[1].localeCompare(b[1]));
}

function sides(key: string, table: Table): [string, Column][] {
  return ["l_", "r_", ""].flatMap((side): [string, Column][] => {
    const column = columnOf(table, side + key);
    return column ? [[side[0] ?? "m", column]] : [];
  });
}

function figure(key: string, table: Table, person: PersonSummary, player: Screen): HTMLElement {
  const drawn = sides(key, table);
  const all = drawn.flatMap(([, { values, sigmas }]) => values.flatMap((v, n) => (v === null ? [] : [v - (sigmas[n] ?? 0), v + (sigmas[n] ?? 0)])));
  const [low, high, step] = nice(Math.min(...all), Math.max(...all));
  const [t0, t1] = [table.times[0] ?? 0, Math.max(table.times.at(-1) ?? 1, (table.times[0] ?? 0) + 0.01)];
  const x = (time_s: number): number => PAD.left + ((time_s - t0) / (t1 - t0)) * (WIDTH - PAD.left - PAD.right);
  const y = (v: number): number => HEIGHT - PAD.bottom - ((v - low) / (high - low)) * (HEIGHT - PAD.top - PAD.bottom);
  const unit = drawn[0]?.[1].unit ?? "°";
  const made = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curves", role: "img", "aria-label": described(key, drawn, unit) });
  for (let v = low; v <= high + step / 2; v += step) made.append(svg("line", { class: "grid", x1: PAD.left, x2: WIDTH - PAD.right, y1: y(v), y2: y(v) }), svg("text", { x: PAD.left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v, step < 1 ? 1 : 0)));
  const [, , every] = nice(t0, t1);
  for (let at = Math.ceil(t0 / every) * every; at <= t1 + 1e-9; at += every) made.append(svg("text", { x: x(at), y: HEIGHT - 8, "text-anchor": at > t1 - every / 4 ? "end" : "middle" }, seconds(at, every < 1 ? 1 : 0)));
  for (const contact of person.events?.contacts ?? []) made.append(svg("rect", { class: `contact ${contact.side}`, x: x(contact.start_s), width: Math.max(1, x(contact.end_s) - x(contact.start_s)), y: HEIGHT - PAD.bottom - (contact.side === "l" ? 4 : 8), height: 3 }));
  for (const [side, column] of drawn) made.append(svg("path", { class: `band ${side}`, d: band(table.times, column, x, y) }), svg("path", { class: `line ${side}`, d: line(table.times, column.values, x, y) }));
  const cursor = svg("line", { class: "cursor", y1: PAD.top, y2: HEIGHT - PAD.bottom, visibility: "hidden" });
  made.append(cursor);
  player.onTime((time_s) => {
    cursor.setAttribute("visibility", time_s < t0 || time_s > t1 ? "hidden" : "visible");
    cursor.setAttribute("x1", String(x(time_s)));
    cursor.setAttribute("x2", String(x(time_s)));
  });
  made.addEventListener("click", (event) => {
    const box = made.getBoundingClientRect();
    const inside = (((event.clientX - box.left) / box.width) * WIDTH - PAD.left) / (WIDTH - PAD.left - PAD.right);
    player.seek(t0 + Math.min(1, Math.max(0, inside)) * (t1 - t0));
  });
  const legend = drawn.length > 1 ? h("p", { class: "legend" }, h("span", { class: "l" }, t("side.l")), h("span", { class: "r" }, t("side.r")), h("span", { class: "dim" }, t("curves.legend"))) : h("p", { class: "dim" }, t("curves.legend"));
  return h("figure", {}, h("figcaption", {}, `${angleName(key)} (${unit})`), made, legend);
}

/** For screen readers: what the curve spans. */
function described(key: string, drawn: [string, Column][], unit: string): string {
  const parts = drawn.map(([side, { values }]) => {
    const known = values.filter((v): v is number => v !== null);
    const name = side === "m" ? "" : `${t(side === "l" ? "side.l" : "side.r")}: `;
    return name + t("curves.from_to", { low: number(Math.min(...known), 0), high: number(Math.max(...known), 0), unit });
  });
  return `${angleName(key)}. ${parts.join("; ")}`;
}

function line(times: number[], values: (number | null)[], x: (t: number) => number, y: (v: number) => number): string {
  let path = "";
  let pen = "M";
  values.forEach((v, n) => {
    if (v === null) return void (pen = "M");
    path += `${pen}${x(times[n]!).toFixed(1)} ${y(v).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function band(times: number[], { values, sigmas }: Column, x: (t: number) => number, y: (v: number) => number): string {
  let path = "";
  let run: number[] = [];
  const close = (): void => {
    if (run.length > 1) {
      const edge = (n: number, sign: number): string => `${x(times[n]!).toFixed(1)} ${y(values[n]! + sign * sigmas[n]!).toFixed(1)}`;
      path += `M${run.map((n) => edge(n, 1)).join("L")}L${[...run].reverse().map((n) => edge(n, -1)).join("L")}Z`;
    }
    run = [];
  };
  values.forEach((v, n) => (v === null || sigmas[n] == null ? close() : run.push(n)));
  close();
  return path;
}

/** Round ends and a round step around a range. */
function nice(low: number, high: number): [number, number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1, 0.5];
  const rough = Math.max(high - low, 1e-3) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step, step];
}
