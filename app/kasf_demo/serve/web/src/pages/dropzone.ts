// Where clips are dropped, chosen or recorded, and the uploads that are under way.
import { getSession } from "../api";
import { h, keyed, replace, type Row, setText } from "../dom";
import { bytes, duration, t } from "../i18n";
import { icon } from "../icons";
import { go } from "../router";
import { addUploads, allUploads, dropUpload, onUploads, retryUpload, type Upload } from "../upload";
import { announce, bar, button, errorNote, link, percent, type View } from "../view";

export function dropZone(view: View, uploaded: () => void): HTMLElement {
  const touch = navigator.maxTouchPoints > 0 || matchMedia("(any-pointer: coarse)").matches;
  const take = (files: FileList | null): void => {
    const added = files?.length ? addUploads(files) : [];
    if (added.length === 1) openWhenDone(added[0]!, view.signal);
  };
  const zone = h(
    "section",
    { class: "drop", "aria-labelledby": "drop-h" },
    icon("upload"),
    h("h2", { id: "drop-h", tabindex: "-1" }, t(touch ? "drop.heading_touch" : "drop.heading")),
    h("div", { class: "row middle" }, picker(t("drop.choose"), "upload", false, take), touch && picker(t("drop.record"), "camera", true, take)),
    h("p", { class: "dim", id: "drop-hint" }, t("drop.hint")),
    limits(),
    uploadList(view, uploaded),
  );
  dragging(zone, view.signal, take);
  return zone;
}

/** A button with a file input behind it; a phone opens its camera if `capture`. */
function picker(text: string, name: "upload" | "camera", capture: boolean, take: (files: FileList | null) => void): HTMLElement {
  const input = h("input", { type: "file", accept: "video/*,.mkv,.mov,.avi,.mts,.webm", capture: capture ? "environment" : null, multiple: !capture, class: "sr", "aria-label": text, "aria-describedby": "drop-hint" });
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  return h("label", { class: `button ${capture ? "" : "primary"}` }, icon(name), h("span", {}, text), input);
}

function limits(): HTMLElement {
  const line = h("p", { class: "dim small" });
  void getSession().then(({ limits: most }) => setText(line, t("drop.limits", { size: bytes(most.bytes), length: duration(most.seconds) })), () => undefined);
  return line;
}

/** Files may be dropped anywhere on the page; elsewhere the browser would open them and leave it. */
function dragging(zone: HTMLElement, signal: AbortSignal, take: (files: FileList | null) => void): void {
  let depth = 0;
  const mark = (): void => void zone.classList.toggle("over", depth > 0);
  const has = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragenter", (event) => has(event) && (event.preventDefault(), depth++, mark()), { signal });
  window.addEventListener("dragleave", (event) => has(event) && ((depth = Math.max(0, depth - 1)), mark()), { signal });
  window.addEventListener("dragover", (event) => has(event) && event.preventDefault(), { signal });
  window.addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    take(event.dataTransfer!.files);
  }, { signal });
}

/** A single clip is opened when it has arrived, if the reader is still here. */
function openWhenDone(upload: Upload, signal: AbortSignal): void {
  const own = new AbortController();
  signal.addEventListener("abort", () => own.abort(), { once: true });
  onUploads(() => {
    if (upload.state === "failed" || !allUploads().includes(upload)) own.abort();
    if (upload.state !== "done") return;
    own.abort();
    dropUpload(upload);
    go(`#/clip/${upload.clip!.id}`);
  }, own.signal);
}

function uploadList(view: View, uploaded: () => void): HTMLElement {
  const list = h("ul", { class: "rows uploads" });
  const rows = new Map<string, Row<Upload>>();
  let done = 0;
  const show = (): void => {
    keyed(list, rows, allUploads(), (upload) => upload.key, uploadRow);
    list.hidden = allUploads().length === 0;
    const now = allUploads().filter((upload) => upload.state === "done").length;
    if (now > done) uploaded();
    done = now;
  };
  onUploads(show, view.signal);
  show();
  return list;
}

function uploadRow(upload: Upload): Row<Upload> {
  const state = h("span", { class: "dim" });
  const progress = bar(t("upload.progress", { name: upload.name }));
  const errors = h("div");
  const actions = h("div", { class: "row" });
  const node = h("li", { class: "item" }, h("div", { class: "grow" }, h("div", { class: "line" }, h("strong", { class: "name" }, upload.name), state), progress.node, errors), actions);
  let shown = "";
  const update = (): void => {
    const share = upload.bytes ? upload.sent / upload.bytes : 0;
    progress.set(share);
    progress.node.hidden = upload.state !== "sending" && upload.state !== "waiting";
    setText(state, upload.state === "sending" ? t("upload.sent", { sent: bytes(upload.sent), size: bytes(upload.bytes), percent: percent(share) }) : t(`upload.${upload.state}`));
    if (upload.state === shown) return;
    shown = upload.state;
    replace(errors, upload.state === "failed" && errorNote(upload.error));
    const drop = (): void => dropUpload(upload);
    if (upload.state === "done") replace(actions, link(t("clip.open"), `#/clip/${upload.clip!.id}`, { kind: "button" }), button("", drop, { icon: "cross", label: t("upload.remove", { name: upload.name }) }));
    else if (upload.state === "failed") replace(actions, button(t("again"), () => retryUpload(upload)), button("", drop, { icon: "cross", label: t("upload.remove", { name: upload.name }) }));
    else replace(actions, button(t("cancel"), drop));
    if (upload.state !== "waiting") announce(`${upload.name}: ${t(`upload.${upload.state}`)}`);
  };
  return { node, update };
}
