// Asks again and again: often while something goes on, ever more seldom if nothing changes, not at all in a hidden tab or without a server.
import { isAbort, OfflineError } from "./api";
import { connected, onConnection } from "./connection";
import { wait } from "./dom";

const GROWTH = 1.4;

export interface Poll {
  /** Ask now, and often for a while. */
  kick(): void;
}

/** `ask` returns what it heard as a text that changes if something did; errors other than a missing server end in `failed`. */
export function poll(ask: () => Promise<string>, failed: (error: unknown) => void, signal: AbortSignal, fast_ms = 700, slow_ms = 10_000): Poll {
  let kicked = new AbortController();
  const kick = (): void => kicked.abort();
  document.addEventListener("visibilitychange", kick, { signal });
  onConnection(kick, signal);
  void (async () => {
    let heard = "";
    let pause = fast_ms;
    while (!signal.aborted) {
      try {
        const now = await ask();
        pause = now === heard ? Math.min(pause * GROWTH, slow_ms) : fast_ms;
        heard = now;
      } catch (error) {
        if (isAbort(error) || signal.aborted) return;
        if (!(error instanceof OfflineError)) {
          failed(error);
          pause = slow_ms;
        }
      }
      await connected(signal);
      do {
        kicked = new AbortController();
        const stop = kicked;
        signal.addEventListener("abort", () => stop.abort(), { once: true, signal: stop.signal });
        await wait(document.hidden ? 3_600_000 : pause, stop.signal);
        if (stop.signal.aborted) pause = fast_ms;
      } while (document.hidden && !signal.aborted);
    }
  })();
  return { kick };
}
