// Whether the server answers. While it does not, it is asked again at growing intervals, and at once when the page comes back.
import { wait } from "./dom";

const FIRST_MS = 1000;
const LONGEST_MS = 10_000;
const events = new EventTarget();
let lost = false;

export function isLost(): boolean {
  return lost;
}

export function onConnection(listener: (lost: boolean) => void, signal?: AbortSignal): void {
  events.addEventListener("change", () => listener(lost), { signal });
}

/** Resolves when the server answers. */
export function connected(signal?: AbortSignal): Promise<void> {
  if (!lost) return Promise.resolve();
  return new Promise((done) => {
    const stop = new AbortController();
    const end = (): void => (stop.abort(), done());
    onConnection((now) => !now && end(), stop.signal);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** A request found no server. */
export function connectionLost(): void {
  if (lost) return;
  lost = true;
  events.dispatchEvent(new Event("change"));
  void probe();
}

async function probe(): Promise<void> {
  for (let pause = FIRST_MS; lost; pause = Math.min(pause * 1.5, LONGEST_MS)) {
    const woken = new AbortController();
    const wake = (): void => void (document.visibilityState === "visible" && woken.abort());
    document.addEventListener("visibilitychange", wake, { signal: woken.signal });
    window.addEventListener("online", wake, { signal: woken.signal });
    await wait(pause, woken.signal);
    woken.abort();
    try {
      const answer = await fetch("/api/health", { cache: "no-store" });
      if (answer.status >= 500) continue;
    } catch {
      continue;
    }
    lost = false;
    events.dispatchEvent(new Event("change"));
  }
}
