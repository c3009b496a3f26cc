// The bar: scrubbing, the moments on it, playing, speed, the time.

import { element, byId } from "./dom";
import { type Mark, nearest, type PageData, type Take } from "./data";
import { spansOf } from "./spans";
import { markLabel } from "./plot";
import { type Player, RATES } from "./player";

export class Bar {
  private readonly scrub = byId<HTMLInputElement>("scrub");
  private readonly rate = byId<HTMLSelectElement>("rate");

  constructor(
    private readonly data: PageData,
    private readonly player: Player,
    private readonly go: (frame: number) => void,
  ) {
    this.scrub.max = String(data.times.length - 1);
    this.scrub.addEventListener("input", () => go(Number(this.scrub.value)));
    byId("play").addEventListener("click", () => player.toggle());
    byId("back").addEventListener("click", () => player.step(-1));
    byId("forward").addEventListener("click", () => player.step(1));
    byId("loop").addEventListener("click", () => player.setLoop(!player.loop));
    byId("picture").addEventListener("click", () => player.toggle());
    for (const value of RATES) this.rate.append(element("option", { value: String(value) }, `${value}×`));
    this.rate.addEventListener("change", () => player.setRate(Number(this.rate.value)));
  }

  marks(marks: Mark[], ghost: number | null): void {
    const nodes: HTMLElement[] = marks.map((mark) => {
      const text = `${markLabel(mark)}, ${mark.time_s.toFixed(2)} s`;
      const button = element("button", { type: "button", class: "mark", title: text, "aria-label": text });
      button.addEventListener("click", () => {
        this.player.pause();
        this.go(nearest(this.data.times, mark.time_s));
      });
      return this.placed(button, mark.time_s);
    });
    for (const time of this.data.cuts) nodes.push(this.placed(element("i", { class: "cut", title: `start of a shot, ${time.toFixed(2)} s` }), time));
    if (ghost !== null) nodes.push(this.placed(element("i", { class: "ghost", title: "the ghost" }), ghost));
    byId("marks").replaceChildren(...nodes);
  }

  // Where the chosen one has no pose, is filled in, or is in a place that is not certain.
  spans(take: Take | null): void {
    const last = this.data.times.length - 1 || 1;
    const nodes = (take ? spansOf(take, this.data.times) : []).map(({ kind, first, end }) => {
      const node = element("i", { class: kind });
      const [from, to] = [Math.max(first - 0.5, 0) / last, Math.min(end - 0.5, last) / last];
      node.style.setProperty("--from", String(from));
      node.style.setProperty("--long", String(to - from));
      return node;
    });
    byId("spans").replaceChildren(...nodes);
  }

  time(): void {
    const { frame } = this.player;
    const last = this.data.times.length - 1;
    this.scrub.value = String(frame);
    this.scrub.style.setProperty("--share", String(last ? frame / last : 0));
    byId("time").replaceChildren(
      element("b", {}, `${this.data.times[frame].toFixed(2)} s`),
      element("span", {}, `frame ${frame}`, element("i", {}, ` / ${last}`)),
    );
  }

  state(): void {
    const { playing, rate, loop } = this.player;
    document.body.classList.toggle("playing", playing);
    byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    byId("play").title = playing ? "Pause (space)" : "Play (space)";
    this.rate.value = String(rate);
    byId("loop").setAttribute("aria-pressed", String(loop));
  }

  private placed(node: HTMLElement, time: number): HTMLElement {
    const { times } = this.data; // the bar counts frames, also where they are not evenly spaced
    node.style.setProperty("--at", String(nearest(times, time) / (times.length - 1 || 1)));
    return node;
  }
}
