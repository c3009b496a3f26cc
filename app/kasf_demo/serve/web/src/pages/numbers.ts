// Tables of numbers with their intervals; a time leads to its moment in the video.
import { type Child, h } from "../dom";
import { maybe, number, said, seconds, t } from "../i18n";
import type { AngleRange, AssessedValue, FullResult, PersonSummary } from "../types";
import { note, section } from "../view";
import type { Screen } from "./screen";

const JUMP_NUMBERS: [string, string, number, string?][] = [
  ["air_s", "s", 2, "air_interval_s"], ["height_time_m", "m", 2, "height_interval_m"], ["height_path_m", "m", 2],
  ["distance_m", "m", 2], ["turns", "", 2, "turns_interval"], ["peak_spin_deg_per_s", "°/s", 0], ["speed_in_m_per_s", "m/s", 1],
  ["speed_out_m_per_s", "m/s", 1], ["landing_knee_deg", "°", 0],
];
const SPIN_NUMBERS: [string, string, number, string?][] = [["turns", "", 2, "turns_interval"], ["mean_spin_deg_per_s", "°/s", 0], ["peak_spin_deg_per_s", "°/s", 0], ["travel_m", "m", 2]];

function value(v: unknown, unit: string, digits: number): string {
  return typeof v === "number" && Number.isFinite(v) ? `${number(v, digits)}${unit && (unit === "°" ? unit : `\u00a0${unit}`)}` : "–";
}

/** A value with its interval below it. */
function measured(v: unknown, unit: string, digits: number, interval: unknown): HTMLElement {
  const known = Array.isArray(interval) && typeof interval[0] === "number" && typeof interval[1] === "number";
  const between = known && t("numbers.between", { low: number(interval[0], digits), high: number(interval[1], digits) });
  return h("span", {}, value(v, unit, digits), between && h("span", { class: "interval" }, h("span", { class: "sr" }, `, ${t("numbers.interval")}: `), between));
}

function moment(time_s: unknown, player: Screen): Child {
  if (typeof time_s !== "number") return "";
  return h("button", { type: "button", class: "time", click: () => player.seek(time_s), "aria-label": t("numbers.go", { time: number(time_s, 2) }) }, seconds(time_s, 2));
}

/** A table in a box that can be scrolled sideways, by keys too. */
export function table(caption: string, heads: string[], rows: Child[][]): HTMLElement {
  const cell = (child: Child, n: number): HTMLElement => (n ? h("td", {}, child) : h("th", { scope: "row" }, child));
  const made = h("table", {}, h("caption", { class: "sr" }, caption), h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell)))));
  return h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": caption }, made);
}

const INTERVALS = (): HTMLElement => h("p", { class: "dim" }, t("numbers.intervals"));

/** What the tests of coaches measured. */
export function assessments(all: FullResult["summary"]["assessments"], player: Screen): HTMLElement[] {
  return all.map(({ test, values, notes }) => {
    const heads = [t("numbers.number"), t("numbers.value"), t("numbers.trust"), t("numbers.time")];
    const rows = values.map((one) => assessed(one, player));
    const heading = maybe(`test.${test}`, test);
    return section(heading, `test-${test}`, ...notes.map((text) => note("info", said(text))), table(heading, heads, rows), INTERVALS());
  });
}

function assessed(one: AssessedValue, player: Screen): Child[] {
  const digits = one.unit === "s" || one.unit === "m" || one.unit === "m/s" ? 2 : one.unit === "°" || one.unit === "%" ? 0 : 2;
  const side = one.side ? `, ${maybe(`side.${one.side}`, one.side)}` : "";
  const about = [one.definition, one.note].filter(Boolean);
  const name = h("span", {}, said(one.label), side);
  const details = about.length ? h("details", { class: "about" }, h("summary", {}, name), ...about.map((text) => h("p", { class: "dim" }, said(text)))) : name;
  const trust = h("span", { class: `tag trust-${one.trust}` }, maybe(`trust.${one.trust}`, one.trust));
  return [details, measured(one.value, one.unit, digits, one.interval), trust, moment(one.time_s, player)];
}

/** Jumps, spins, a strike, flights and contacts, angles, speeds of one person. */
export function numbers(person: PersonSummary, player: Screen): HTMLElement[] {
  return [events(person, player), ranges(person)].filter((part): part is HTMLElement => part !== null);
}

function events(person: PersonSummary, player: Screen): HTMLElement | null {
  const parts: HTMLElement[] = [];
  const jumps = person.jumps ?? [];
  const spins = person.spins ?? [];
  jumps.forEach((jump, n) => parts.push(...card(t("events.jump", { n: n + 1 }), jump, JUMP_NUMBERS, [["events.takeoff", jump.takeoff_s], ["events.landing", jump.landing_s]], player)));
  spins.forEach((spin, n) => parts.push(...card(t("events.spin", { n: n + 1 }), spin, SPIN_NUMBERS, [["events.start", spin.start_s], ["events.end", spin.end_s]], player)));
  const rows: Child[][] = [];
  const strike = person.events?.strike;
  if (strike) rows.push([`${maybe(`strike.${strike.kind}`, strike.kind)}, ${maybe(`side.${strike.side}`, strike.side)}${doubt(strike.doubtful)}`, moment(strike.time_s, player), "", measured(strike.m_per_s, "m/s", 1, strike.interval_m_per_s)]);
  for (const flight of jumps.length ? [] : (person.events?.flights ?? [])) rows.push([t("events.flight") + doubt(flight.doubtful), moment(flight.takeoff_s, player), moment(flight.landing_s, player), measured(flight.height_time_m, "m", 2, flight.height_interval_m)]);
  for (const contact of person.events?.contacts ?? []) rows.push([t("events.contact", { side: maybe(`side.${contact.side}`, contact.side) }) + doubt(contact.doubtful), moment(contact.start_s, player), moment(contact.end_s, player), value(contact.end_s - contact.start_s, "s", 2)]);
  if (rows.length) parts.push(table(t("events.heading"), [t("events.event"), t("events.start"), t("events.end"), t("numbers.value")], rows));
  return parts.length ? section(t("events.heading"), "events", ...parts) : null;
}

function doubt(doubtful: boolean): string {
  return doubtful ? ` (${t("events.doubtful")})` : "";
}

function card(heading: string, own: Record<string, unknown>, keys: [string, string, number, string?][], times: ["events.takeoff" | "events.landing" | "events.start" | "events.end", unknown][], player: Screen): HTMLElement[] {
  const rows = keys
    .filter(([key]) => typeof own[key] === "number")
    .map(([key, unit, digits, interval]): Child[] => [maybe(`jump.${key}`, key), measured(own[key], unit, digits, interval ? own[interval] : null)]);
  const when = times.filter(([, time_s]) => typeof time_s === "number").flatMap(([key, time_s]) => [`${t(key)} `, moment(time_s, player), " "]);
  return [h("h3", {}, heading), h("p", {}, ...when), table(heading, [t("numbers.number"), t("numbers.value")], rows)];
}

function ranges(person: PersonSummary): HTMLElement | null {
  const angles = Object.entries({ ...person.angles, ...person.foot_angles }).filter(([, range]) => range.min_deg !== null);
  const speeds = Object.entries(person.speeds ?? {}).filter(([, speed]) => speed.peak_m_per_s !== null);
  if (!angles.length && !speeds.length) return null;
  const bothSides = (entry: [string, AngleRange]): Child[] => {
    const [key, range] = entry;
    const name = angleName(key) + doubt(Boolean(range.doubtful_frames && range.doubtful_frames > range.frames / 2));
    return [name, measured(range.min_deg, "°", 0, range.min_interval_deg), measured(range.max_deg, "°", 0, range.max_interval_deg), value(range.range_deg, "°", 0)];
  };
  const angleHeads = [t("angles.angle"), t("angles.least"), t("angles.greatest"), t("angles.range")];
  const speedRows = speeds.map(([key, speed]): Child[] => [angleName(key), measured(speed.peak_m_per_s, "m/s", 1, speed.peak_interval_m_per_s)]);
  const more = h("details", {}, h("summary", {}, t("angles.all")), table(t("angles.heading"), angleHeads, angles.map(bothSides)));
  return section(t("angles.heading"), "angles", table(t("angles.speeds"), [t("angles.point"), t("angles.fastest")], speedRows), more, INTERVALS());
}

/** "r_knee_flexion" in words: "knee flexion, right". */
export function angleName(key: string): string {
  const side = /^[lr]_/.test(key) ? key[0]! : "";
  const name = maybe(`angle.${side ? key.slice(2) : key}`, (side ? key.slice(2) : key).replaceAll("_", " "));
  return side ? `${name}, ${maybe(`side.${side}`, side)}` : name;
}
