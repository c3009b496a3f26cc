// What every page has: its element, a signal that ends with it, and the parts that pages share.
import { ApiError, isAbort, OfflineError } from "./api";
import { type Child, h, replace } from "./dom";
import { maybe, said, saidText, t } from "./i18n";
import { icon, type Icon } from "./icons";

export interface View {
  root: HTMLElement;
  /** Ends when the reader leaves the page. */
  signal: AbortSignal;
  /** The part of the address after the page's name. */
  id: string;
  title(text: string): void;
}

const live = h("div", { class: "sr", role: "status", "aria-live": "polite" });
export function liveRegion(): HTMLElement {
  return live;
}

/** Says a text to screen readers. */
export function announce(text: string): void {
  live.textContent = text;
}

export function button(text: string, listener: (event: Event) => void, options: { kind?: string; icon?: Icon; label?: string } = {}): HTMLButtonElement {
  const name = options.label ?? null;
  return h("button", { type: "button", class: `button ${options.kind ?? ""}`, click: listener, "aria-label": name, title: text ? null : name }, options.icon && icon(options.icon), text && h("span", {}, text));
}

export function link(text: string, href: string, options: { kind?: string; icon?: Icon; blank?: boolean; label?: string; download?: boolean } = {}): HTMLAnchorElement {
  const attributes = { href, class: options.kind ?? "", "aria-label": options.label, target: options.blank ? "_blank" : null, rel: options.blank ? "noopener noreferrer" : null, download: options.download ?? null };
  return h("a", attributes, options.icon && icon(options.icon), h("span", {}, text));
}

/** A part of a page with its heading. */
export function section(heading: string, id: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "panel", id, "aria-labelledby": `${id}-h` }, h("h2", { id: `${id}-h`, tabindex: "-1" }, heading), ...children);
}

/** A line of a given weight: "ok", "warning", "problem" or "info". */
export function note(level: string, ...children: Child[]): HTMLElement {
  const name: Icon = level === "ok" ? "check" : level === "problem" ? "problem" : "warning";
  return h("div", { class: `note ${level}` }, icon(name), h("div", {}, ...children));
}

/** An error's line in the reader's language, with what to do. */
export function errorText(error: unknown): string {
  if (error instanceof OfflineError) return t("error.offline");
  if (error instanceof ApiError) return maybe(`error.${error.code}`, saidText(error.message));
  return t("error.page", { what: error instanceof Error ? error.message : String(error) });
}

/** The same as an element, which marks its language. */
export function errorNote(error: unknown): HTMLElement {
  if (!(error instanceof ApiError) || maybe(`error.${error.code}`, "")) return note("problem", errorText(error));
  return note("problem", said(error.message));
}

/** Shows an error in `place` and says it; nothing for a request that was taken back. */
export function showError(place: HTMLElement, error: unknown): void {
  if (isAbort(error)) return;
  replace(place, errorNote(error));
  announce(errorText(error));
}

/** A place for errors of an action, empty at first. */
export function errorPlace(): HTMLElement {
  return h("div", { class: "errors" });
}

/** Asks before something is lost. Resolves to whether it was confirmed. */
export function confirmed(question: string, detail: string, yes: string): Promise<boolean> {
  return new Promise((done) => {
    const before = document.activeElement;
    const no = button(t("cancel"), () => dialog.close(""));
    const dialog = h(
      "dialog",
      { class: "ask", "aria-labelledby": "ask-h", "aria-describedby": "ask-p" },
      h("h2", { id: "ask-h" }, question),
      h("p", { id: "ask-p" }, detail),
      h("div", { class: "row end" }, no, button(yes, () => dialog.close("yes"), { kind: "danger" })),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      done(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

/** A bar from 0 to 1 with a name for screen readers. */
export function bar(label: string): { node: HTMLProgressElement; set(share: number): void } {
  const node = h("progress", { max: 1, value: 0, "aria-label": label });
  return { node, set: (share) => void (node.value = Math.min(1, Math.max(0, share))) };
}

/** Short facts in a line that breaks between them only. */
export function facts(...parts: (string | null | false)[]): HTMLElement {
  return h("p", { class: "facts dim" }, ...parts.filter(Boolean).map((part) => h("span", {}, part)));
}

export function percent(share: number): string {
  return `${Math.floor(100 * share)}\u00a0%`;
}

/** A small image that may be missing. */
export function thumbnail(url: string): HTMLElement {
  const image = h("img", { src: url, alt: "", loading: "lazy", decoding: "async" });
  const frame = h("div", { class: "thumb" }, image);
  image.addEventListener("error", () => replace(frame, icon("film")));
  return frame;
}
