// The video and the 3D page of a result. The page is somebody's file: it runs in a sandbox, without access to the app.
import { h, replace } from "../dom";
import { t } from "../i18n";
import type { FullResult } from "../types";
import { link, note } from "../view";

export interface Screen {
  node: HTMLElement;
  /** Goes to a time of the result, seconds from the start of the clip. */
  seek(time_s: number): void;
  /** Calls with each new time while the video is shown. */
  onTime(listener: (time_s: number) => void): void;
}

/** A page of the program in a frame of its own. */
export function sandboxed(url: string, title: string): HTMLIFrameElement {
  return h("iframe", { src: url, title, sandbox: "allow-scripts", allow: "fullscreen", referrerpolicy: "no-referrer" });
}

export function screen(result: FullResult): Screen {
  const file = result.files.find((one) => one.kind === "video");
  const page = result.files.find((one) => one.kind === "page");
  const start_s = result.summary.video.start_s || 0;
  const listeners: ((time_s: number) => void)[] = [];
  const video = file && h("video", { src: file.url, controls: true, playsinline: true, preload: "metadata", "aria-label": t("screen.video_label", { name: result.name }) });
  const broken = h("div", { hidden: true }, note("warning", t("screen.cannot_play")));
  if (video) {
    video.muted = true;
    video.addEventListener("error", () => (broken.hidden = false));
    const tell = (): void => listeners.forEach((listener) => listener(video.currentTime + start_s));
    for (const event of ["timeupdate", "seeking"]) video.addEventListener(event, tell);
    video.addEventListener("loadedmetadata", () => video.style.setProperty("--ratio", String(video.videoWidth / video.videoHeight || 2)));
  }
  const parts: [string, string, () => HTMLElement][] = [];
  if (video) parts.push(["video", t("screen.video"), () => h("div", {}, video, broken)]);
  if (page) parts.push(["page", t("screen.page"), () => h("div", {}, sandboxed(page.url, t("screen.page_label", { name: result.name })), h("p", { class: "row end" }, link(t("screen.page_open"), page.url, { icon: "open", blank: true })))]);
  const tabs = tabbed(t("screen.label"), parts);
  return {
    node: tabs.node,
    seek(time_s) {
      if (!video) return;
      tabs.choose("video");
      video.currentTime = Math.max(0, time_s - start_s);
      video.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    },
    onTime: (listener) => void listeners.push(listener),
  };
}

/** Tabs after the pattern of the WAI: arrow keys move between them. A panel is made when it is first shown. */
function tabbed(label: string, parts: [string, string, () => HTMLElement][]): { node: HTMLElement; choose(id: string): void } {
  if (!parts.length) return { node: note("info", t("screen.none")), choose: () => undefined };
  const made = new Map<string, HTMLElement>();
  const panel = h("div", { class: "screen", id: "screen", role: "tabpanel" });
  const tabs = parts.map(([id, text]) => h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": "screen", click: () => choose(id) }, text));
  const choose = (wanted: string): void => {
    const n = parts.findIndex(([id]) => id === wanted);
    const [id, , make] = parts[n]!;
    if (!made.has(id)) made.set(id, make());
    tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === n));
      tab.tabIndex = other === n ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${id}`);
    if (panel.firstChild !== made.get(id)) replace(panel, made.get(id)!);
  };
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" }, ...tabs);
  list.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const now = tabs.indexOf(document.activeElement as HTMLButtonElement);
    const next = (now + by + tabs.length) % tabs.length;
    choose(parts[next]![0]);
    tabs[next]!.focus();
  });
  choose(parts[0]![0]);
  return { node: h("section", { "aria-label": label, class: "watch" }, list, panel), choose };
}
