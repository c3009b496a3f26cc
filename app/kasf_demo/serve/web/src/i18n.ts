// Texts by key in the language of the reader; plural forms are KEY.one, KEY.other, by the rules of the language.
import { tables } from "all-messages";
import { h } from "./dom";
import type { Key, Messages } from "./messages/en";

const STORED = "kasf.language";
const FALLBACK = "en";
let language = FALLBACK;
let table: Messages = tables[FALLBACK]!;
let plural = new Intl.PluralRules(FALLBACK);
let point = "."; // between whole numbers and their parts

/** The languages there are, with their own names. */
export function languages(): [string, string][] {
  return Object.entries(tables).map(([code, messages]) => [code, messages.texts["language.name"]]);
}

export function currentLanguage(): string {
  return language;
}

/** What was chosen before, else the first language of the browser that there is. */
export function startLanguage(): void {
  const wanted = [stored(STORED), ...navigator.languages.map((tag) => tag.split("-")[0]!.toLowerCase()), FALLBACK];
  use(wanted.find((code) => code && code in tables) ?? FALLBACK);
}

export function chooseLanguage(code: string): void {
  store(STORED, code);
  use(code);
}

function use(code: string): void {
  language = code;
  table = tables[code]!;
  plural = new Intl.PluralRules(code);
  point = (0.5).toLocaleString(code).charAt(1);
  document.documentElement.lang = code;
}

/** The text of `key`; {name} is replaced. With a `count`, its plural form. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return filled(table.texts[key], values);
}

/** The plural form of `key` for `count`, which stands for {count} too. */
export function tn(key: string, count: number, values: Record<string, string | number> = {}): string {
  const texts: Record<string, string> = table.texts;
  const text = texts[`${key}.${plural.select(count)}`] ?? texts[`${key}.other`] ?? key;
  return filled(text, { ...values, count: number(count, 0) });
}

/** The text of a key that is made of what the server says, such as `stage.detecting`; `otherwise` if there is none. */
export function maybe(key: string, otherwise: string): string {
  return (table.texts as Record<string, string>)[key] ?? otherwise;
}

function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A text of the program as an element: in the reader's language if its table knows the text, else marked as English. */
export function said(text: string): HTMLElement {
  for (const [pattern, replacement] of table.said) {
    if (pattern.test(text)) return h("span", {}, capital(text.replace(pattern, replacement).replace(/(\d)\.(\d)/g, `$1${point}$2`)));
  }
  return h("span", { lang: language === FALLBACK ? null : FALLBACK }, capital(text));
}

/** As `said`, as text only: for places that hold no element. */
export function saidText(text: string): string {
  return said(text).textContent ?? text;
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

/** A number with its digits, as the language writes it. */
export function number(value: number, digits = 1): string {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function bytes(value: number): string {
  const [unit, size, digits] = value >= 1e9 ? ["GB", 1e9, 1] : value >= 1e6 ? ["MB", 1e6, value < 1e7 ? 1 : 0] : ["kB", 1e3, 0];
  return `${number(Math.max(unit === "kB" ? 1 : 0, value / (size as number)), digits as number)}\u00a0${unit}`;
}

export function seconds(value: number, digits = 1): string {
  return `${number(value, digits)}\u00a0s`;
}

/** A length of time for people: "40 s", "2 min", "1 h 5 min". */
export function duration(value: number): string {
  const whole = Math.max(1, Math.round(value));
  if (whole < 100) return `${whole}\u00a0s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min`;
}

/** A date for people; `value` in seconds since 1970. */
export function when(value: number): string {
  return new Date(value * 1000).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** What this browser remembers under a name, or null: storage may be forbidden. */
export function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function store(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // then it is asked again next time
  }
}
