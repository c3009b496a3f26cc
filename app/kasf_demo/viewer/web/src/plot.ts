// One plot over time: right and left curves with a band of one sigma, the clip's moments, a cursor that follows; dragging on it scrubs.

import { type Choice, UNITS, type Value, valueAt } from "./curves";
import { type Mark, type PageData, rowAt, type Take } from "./data";
import { ticks, trimmed } from "./ticks";

const LEFT_PX = 46;
const RIGHT_PX = 10;
const TOP_PX = 14;
const BOTTOM_PX = 18;
const DIM = "#8a95a4";
const GRID = "#2a323d";
const CURSOR = "#f0e442";
const BAND_ALPHA = 0.16; // of the band of one sigma, in the curve's colour
const CUT = "#7d8998"; // where a shot begins

export interface Drawn {
  take: Take;
  reference: boolean; // drawn thin, in its own colour
}

export class Plot {
  readonly canvas = document.createElement("canvas");
  onScrub: (time: number) => void = () => {};
  private readonly context: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private range: [number, number] = [0, 1];
  private still = document.createElement("canvas"); // all but the cursor
  private last: { time: number; ghost: number | null } = { time: 0, ghost: null };

  constructor(
    private readonly data: PageData,
    public choice: Choice,
    private drawn: Drawn[],
    private marks: Mark[],
  ) {
    this.context = this.canvas.getContext("2d")!;
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.scrub(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.canvas.hasPointerCapture(event.pointerId)) this.scrub(event);
    });
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  set(choice: Choice, drawn: Drawn[], marks: Mark[]): void {
    [this.choice, this.drawn, this.marks] = [choice, drawn, marks];
    this.redraw();
  }

  // Puts the cursor at a time of the page.
  cursor(time: number, ghost: number | null): void {
    this.last = { time, ghost };
    const c = this.context;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.canvas.width || !this.still.width) return;
    c.drawImage(this.still, 0, 0);
    c.scale(devicePixelRatio, devicePixelRatio);
    if (ghost !== null) this.upright(c, ghost, "#8a95a4", [3, 3]);
    this.upright(c, time, CURSOR, []);
    for (const { take, reference } of this.drawn) {
      const row = rowAt(take, time);
      if (row === null) continue;
      for (const line of this.choice.lines) {
        const { value } = valueAt(take, this.data, this.choice.kind, line.column, row);
        if (!Number.isFinite(value)) continue;
        c.fillStyle = this.colour(take, line.side);
        c.beginPath();
        c.arc(this.x(time), this.y(value), reference ? 2.5 : 4, 0, 2 * Math.PI);
        c.fill();
      }
    }
  }

  colour(take: Take, side: "r" | "l" | null): string {
    const { left, right, centre } = this.data.skeleton.colours;
    return take.colour ?? (side === "l" ? left : side === "r" ? right : centre);
  }

  private scrub(event: PointerEvent): void {
    const { times } = this.data;
    const share = (event.clientX - this.canvas.getBoundingClientRect().left - LEFT_PX) / (this.width - LEFT_PX - RIGHT_PX);
    this.onScrub(times[0] + Math.min(Math.max(share, 0), 1) * (times[times.length - 1] - times[0]));
  }

  private resize(): void {
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * devicePixelRatio);
    this.canvas.height = Math.round(this.height * devicePixelRatio);
    this.redraw();
  }

  private redraw(): void {
    if (!this.width || !this.height) return;
    const still = document.createElement("canvas");
    [still.width, still.height] = [this.canvas.width, this.canvas.height];
    const c = still.getContext("2d")!;
    c.scale(devicePixelRatio, devicePixelRatio);
    c.font = "11px system-ui, sans-serif";
    this.range = this.fit();
    this.axes(c);
    this.moments(c);
    c.save();
    c.beginPath();
    c.rect(LEFT_PX, 0, this.width - LEFT_PX, this.height);
    c.clip();
    for (const { take, reference } of this.drawn) if (!reference) for (const line of this.choice.lines) this.band(c, take, line);
    for (const { take, reference } of [...this.drawn].reverse()) for (const line of this.choice.lines) this.line(c, take, line, reference);
    c.restore();
    this.still = still;
    this.cursor(this.last.time, this.last.ghost);
  }

  // The values' range with some room: of those that are certain, where there are any.
  private fit(): [number, number] {
    const [low, high] = [this.extent(false), this.extent(true)].find(([a, b]) => a <= b) ?? [NaN, NaN];
    if (Number.isNaN(low)) return [0, 1];
    const room = Math.max(0.06 * (high - low), this.choice.kind === "m_per_s" ? 0.1 : 2);
    return [low - room, high + room];
  }

  private extent(withDoubtful: boolean): [number, number] {
    let [low, high] = [Infinity, -Infinity];
    for (const { take, reference } of this.drawn) {
      for (let row = 0; row < take.frames; row++) {
        for (const line of this.choice.lines) {
          const at = valueAt(take, this.data, this.choice.kind, line.column, row);
          if (!Number.isFinite(at.value) || (at.doubtful && !withDoubtful)) continue;
          const [bottom, top] = reference ? [at.value, at.value] : this.bounds(at);
          low = Math.min(low, bottom);
          high = Math.max(high, top);
        }
      }
    }
    return [low, high];
  }

  private axes(c: CanvasRenderingContext2D): void {
    const { times } = this.data;
    c.fillStyle = DIM;
    c.strokeStyle = GRID;
    c.lineWidth = 1;
    c.textBaseline = "middle";
    c.textAlign = "right";
    for (const tick of ticks(...this.range, Math.max(2, Math.floor((this.height - TOP_PX - BOTTOM_PX) / 28)))) {
      const y = Math.round(this.y(tick)) + 0.5;
      line(c, LEFT_PX, y, this.width - RIGHT_PX, y);
      c.fillText(`${trimmed(tick)}${UNITS[this.choice.kind] === "°" ? "°" : ""}`, LEFT_PX - 6, y);
    }
    c.textAlign = "center";
    c.textBaseline = "alphabetic";
    for (const tick of ticks(times[0], times[times.length - 1], Math.max(2, Math.floor(this.width / 90)))) {
      const x = Math.round(this.x(tick)) + 0.5;
      if (x < LEFT_PX || x > this.width - RIGHT_PX - 8) continue;
      line(c, x, TOP_PX, x, this.height - BOTTOM_PX);
      c.fillText(`${trimmed(tick)} s`, x, this.height - 5);
    }
  }

  private moments(c: CanvasRenderingContext2D): void {
    for (const time of this.data.cuts) this.upright(c, time, CUT, []);
    c.textAlign = "center";
    for (const mark of this.marks) this.upright(c, mark.time_s, "#5b6878", [2, 3]);
    const taken: [number, number][] = []; // where names stand; those of feet come last, as there are many
    const feetLast = [...this.marks].sort((a, b) => Number(a.name.startsWith("Foot")) - Number(b.name.startsWith("Foot")));
    c.fillStyle = DIM;
    for (const mark of feetLast) {
      const text = markLabel(mark);
      const half = c.measureText(text).width / 2;
      const x = Math.min(Math.max(this.x(mark.time_s), LEFT_PX + half), this.width - RIGHT_PX - half);
      if (taken.some(([from, to]) => x - half < to + 6 && x + half + 6 > from)) continue;
      c.fillText(text, x, 10);
      taken.push([x - half, x + half]);
    }
  }

  private line(c: CanvasRenderingContext2D, take: Take, { side, column }: Choice["lines"][number], reference: boolean): void {
    c.strokeStyle = this.colour(take, side);
    c.lineJoin = "round";
    for (const doubtfulPart of [true, false]) {
      c.lineWidth = reference ? 1.2 : doubtfulPart ? 1 : 2;
      c.globalAlpha = doubtfulPart ? 0.5 : 1;
      c.setLineDash(doubtfulPart ? [2, 3] : take.colour && side === "l" ? [6, 3] : []);
      c.beginPath();
      let [pen, last] = [false, NaN];
      for (let row = 0; row < take.frames; row++) {
        const { value, doubtful } = valueAt(take, this.data, this.choice.kind, column, row);
        const before = row > 0 && valueAt(take, this.data, this.choice.kind, column, row - 1).doubtful;
        const part = doubtful || before;
        if (!Number.isFinite(value)) pen = false;
        else {
          const [x, y] = [this.x(take.times[row]), this.y(value)];
          if (pen && part === doubtfulPart && !this.wraps(last, value)) c.lineTo(x, y);
          else c.moveTo(x, y);
          [pen, last] = [true, value];
        }
      }
      c.stroke();
    }
    c.globalAlpha = 1;
    c.setLineDash([]);
  }

  // What is one sigma below and above a value; a speed is never negative.
  private bounds({ value, sigma }: Value): [number, number] {
    const half = Number.isFinite(sigma) ? sigma : 0;
    return [this.choice.kind === "m_per_s" ? Math.max(0, value - half) : value - half, value + half];
  }

  // Runs of rows with a sigma, each filled as one polygon, so that no seams show.
  private band(c: CanvasRenderingContext2D, take: Take, { side, column }: Choice["lines"][number]): void {
    c.fillStyle = this.colour(take, side);
    c.globalAlpha = BAND_ALPHA;
    let [run, last]: [[number, Value][], number] = [[], NaN];
    const fill = () => {
      c.beginPath();
      for (const [x, at] of run) c.lineTo(x, this.y(this.bounds(at)[1]));
      for (const [x, at] of run.reverse()) c.lineTo(x, this.y(this.bounds(at)[0]));
      c.fill();
      run = [];
    };
    for (let row = 0; row < take.frames; row++) {
      const at = valueAt(take, this.data, this.choice.kind, column, row);
      if (!Number.isFinite(at.value + at.sigma) || this.wraps(last, at.value)) fill();
      if (Number.isFinite(at.value + at.sigma)) run.push([this.x(take.times[row]), at]);
      last = at.value;
    }
    fill();
    c.globalAlpha = 1;
  }

  // An angle that goes on from 180 to -180 degrees is no motion.
  private wraps(from: number, to: number): boolean {
    return this.choice.kind === "deg" && Math.abs(to - from) > 180;
  }

  private upright(c: CanvasRenderingContext2D, time: number, colour: string, dash: number[]): void {
    c.strokeStyle = colour;
    c.lineWidth = 1.5;
    c.setLineDash(dash);
    line(c, this.x(time), TOP_PX, this.x(time), this.height - BOTTOM_PX);
    c.setLineDash([]);
  }

  private x(time: number): number {
    const { times } = this.data;
    const length = times[times.length - 1] - times[0] || 1;
    return LEFT_PX + ((time - times[0]) / length) * (this.width - LEFT_PX - RIGHT_PX);
  }

  private y(value: number): number {
    const [low, high] = this.range;
    return TOP_PX + ((high - value) / (high - low)) * (this.height - TOP_PX - BOTTOM_PX);
  }
}

export function markLabel(mark: Mark): string {
  return mark.side ? `${mark.name} ${mark.side.toUpperCase()}` : mark.name;
}

function line(c: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  c.beginPath();
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
  c.stroke();
}
