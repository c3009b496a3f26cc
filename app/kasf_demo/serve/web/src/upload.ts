// Uploads, two at a time. They go on while the reader looks at other pages; a reload ends them, and the browser asks before.
import { ApiError, errorFrom, getSession, isAbort, remove } from "./api";
import { connectionLost } from "./connection";
import { t } from "./i18n";
import type { Clip } from "./types";

const AT_ONCE = 2;
const METADATA_MS = 4000;

export interface Upload {
  key: string;
  name: string;
  bytes: number;
  sent: number;
  state: "waiting" | "sending" | "checking" | "done" | "failed";
  error: unknown;
  clip: Clip | null;
  file: File;
  stop: AbortController;
  unwanted: boolean;
}

const events = new EventTarget();
let uploads: Upload[] = [];
let count = 0;

export function allUploads(): Upload[] {
  return uploads;
}

export function onUploads(listener: () => void, signal: AbortSignal): void {
  events.addEventListener("change", listener, { signal });
}

function changed(): void {
  events.dispatchEvent(new Event("change"));
}

export function addUploads(files: Iterable<File>): Upload[] {
  const added = [...files].map((file): Upload => ({ key: `u${count++}`, name: file.name, bytes: file.size, sent: 0, state: "waiting", error: null, clip: null, file, stop: new AbortController(), unwanted: false }));
  uploads = [...uploads, ...added];
  next();
  return added;
}

/** Takes an upload back, or one that has ended from the list. What has arrived already is removed once it is stored. */
export function dropUpload(upload: Upload): void {
  if (upload.state === "checking") upload.unwanted = true;
  else upload.stop.abort();
  uploads = uploads.filter((other) => other !== upload);
  next();
}

export function retryUpload(upload: Upload): void {
  Object.assign(upload, { state: "waiting", error: null, sent: 0, stop: new AbortController() });
  next();
}

function active(upload: Upload): boolean {
  return upload.state === "sending" || upload.state === "checking";
}

function next(): void {
  for (const upload of uploads) {
    if (uploads.filter(active).length >= AT_ONCE) break;
    if (upload.state === "waiting") void run(upload);
  }
  changed();
}

async function run(upload: Upload): Promise<void> {
  upload.state = "sending";
  try {
    const { csrf, limits } = await getSession();
    if (upload.bytes === 0) throw new ApiError(400, "empty", t("error.empty"));
    if (upload.bytes > limits.bytes) throw new ApiError(413, "too_large", t("error.too_large"));
    const length_s = await lengthOf(upload.file);
    if (length_s !== null && length_s > limits.seconds + 1) throw new ApiError(413, "too_long", t("error.too_long"));
    upload.clip = await send(upload, csrf).catch(async (error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
      Object.assign(upload, { state: "sending", sent: 0 });
      return send(upload, (await getSession(true)).csrf); // the server was started anew with other secrets
    });
    if (upload.unwanted) await remove(`/api/clips/${upload.clip.id}`);
    upload.state = "done";
  } catch (error) {
    if (isAbort(error)) return;
    upload.state = "failed";
    upload.error = error;
  }
  next();
}

/** Seconds of a clip as far as this browser can play it, else null: the server looks again. */
function lengthOf(file: File): Promise<number | null> {
  return new Promise((done) => {
    const url = URL.createObjectURL(file);
    const video = document.createElement("video");
    const end = (seconds: number | null): void => {
      clearTimeout(timer);
      URL.revokeObjectURL(url);
      video.removeAttribute("src");
      done(seconds !== null && Number.isFinite(seconds) ? seconds : null);
    };
    const timer = setTimeout(() => end(null), METADATA_MS);
    video.preload = "metadata";
    video.onloadedmetadata = () => end(video.duration);
    video.onerror = () => end(null);
    video.src = url;
  });
}

function send(upload: Upload, csrf: string): Promise<Clip> {
  const request = new XMLHttpRequest();
  return new Promise((done, fail) => {
    request.open("POST", `/api/clips?name=${encodeURIComponent(shortened(upload.name))}`);
    request.setRequestHeader("X-KASF-CSRF", csrf);
    request.setRequestHeader("Content-Type", upload.file.type.startsWith("video/") ? upload.file.type : "application/octet-stream");
    request.upload.onprogress = (event) => ((upload.sent = event.loaded), changed());
    request.upload.onload = () => ((upload.sent = upload.bytes), (upload.state = "checking"), changed());
    request.onload = () => (request.status === 201 ? done(JSON.parse(request.responseText) as Clip) : fail(errorFrom(request.status, request.responseText)));
    request.onerror = () => void cutOff().then(fail);
    request.onabort = () => fail(new DOMException("taken back", "AbortError"));
    upload.stop.signal.addEventListener("abort", () => request.abort(), { once: true });
    if (upload.stop.signal.aborted) request.abort();
    else request.send(upload.file);
  });
}

/** A server that refuses an upload in the middle closes the connection, and the browser does not show its answer. */
async function cutOff(): Promise<Error> {
  try {
    await fetch("/api/health", { cache: "no-store" });
    return new ApiError(0, "cut_off", t("error.cut_off"));
  } catch {
    connectionLost();
    return new ApiError(0, "lost", t("error.lost"));
  }
}

/** The server takes 500 characters; the end of a long name has the suffix. */
function shortened(name: string): string {
  const characters = [...(name || "clip")];
  return characters.length <= 200 ? characters.join("") : [...characters.slice(0, 150), "...", ...characters.slice(-40)].join("");
}

window.addEventListener("beforeunload", (event) => {
  if (uploads.some((upload) => upload.state === "sending" || upload.state === "waiting")) event.preventDefault();
});
