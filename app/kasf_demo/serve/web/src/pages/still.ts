// A frame of a clip as an image, asked for again if it does not come: the server was busy or away.
import { connected } from "../connection";
import { h, wait } from "../dom";
import type { Clip } from "../types";

const [RETRY_MS, MAX_TRIES] = [2000, 5];
const MAX_WIDTH = 1920;

/** `show` loads the frame at a time, as wide as it is drawn, until `signal` ends. */
export function still(clip: Clip): { node: HTMLImageElement; show(time_s: number, signal: AbortSignal): void } {
  const node = h("img", { alt: "", decoding: "async" });
  let tries = 0;
  let wanted: AbortSignal | null = null;
  node.addEventListener("error", async () => {
    const [url, signal] = [node.src, wanted];
    if (!url || !signal || ++tries > MAX_TRIES) return;
    await wait(RETRY_MS, signal);
    await connected(signal);
    if (!signal.aborted) node.src = `${url}#${tries}`; // another text, so that the browser asks again
  });
  return {
    node,
    show(time_s, signal) {
      tries = 0;
      wanted = signal;
      const width = Math.min(MAX_WIDTH, Math.ceil((node.clientWidth || 640) * Math.min(2, devicePixelRatio)));
      node.src = `/api/clips/${clip.id}/frame.jpg?time_s=${time_s.toFixed(4)}&width=${width}`;
    },
  };
}
