// The page's data as FORMAT.md describes it, decoded. Names and units are those of the file.

export type Side = "r" | "l";

export interface Mark {
  time_s: number;
  side: Side | null;
  name: string;
}

export interface Curves {
  deg: Float32Array;
  deg_per_s: Float32Array;
  doubtful: Uint8Array;
  m_per_s: Float32Array;
  doubtful_points: Uint8Array;
  sigma_deg: Float32Array | null; // as deg, NaN where unknown: 68 % of the values are so close to the truth
  sigma_m_per_s: Float32Array | null;
  feet_deg: Float32Array | null; // (T, F), NaN where unknown
  feet_sigma_deg: Float32Array | null; // as feet_deg: 68 % of the values are so close to the truth
  feet_doubtful: Uint8Array; // (T,)
}

export interface Take {
  name: string;
  colour: string | null;
  cameraHeight: number | null;
  frames: number;
  times: Float64Array; // (T,) seconds of the page's time line
  xyz: Float32Array; // (T, 17, 3) m, z up
  score: Uint8Array; // (T, 17)
  valid: Uint8Array; // (T,)
  interpolated: Uint8Array; // (T,)
  doubtful: Uint8Array | null; // (T, 17)
  reliable: Uint8Array | null; // (T,) 0 where the ground position is not certain
  uv: Float32Array | null; // (T, 17, 2) px of the image
  error: Float32Array | null; // (T, 17) m
  spread: Float32Array | null; // (T, 17) m: of the lifting network's hypotheses
  feet: Float32Array | null; // (T, 4, 3) m: l_heel, l_toe, r_heel, r_toe; NaN where unknown
  feetUv: Float32Array | null; // (T, 4, 2) px of the image
  curves: Curves | null;
  cards: Card[];
  marks: Mark[];
  viewsUv: Float32Array[]; // (T, 17, 2) px of each view's image; none unless several cameras filmed
  viewsFeetUv: Float32Array[]; // (T, 4, 2)
}

// One of several cameras: its part of the video, where it stands and how it is turned (rows: right, down, ahead).
export interface FilmedView {
  name: string;
  tile_px: [number, number, number, number];
  width_px: number;
  height_px: number;
  position_m: [number, number, number];
  rotation: [number, number, number][];
  focal_px: number;
}

export interface CardMoment {
  time_s: number;
  name: string;
  jpeg: string | null; // base64
}

// A jump or spin: numbers are [label, value with unit, sure, why not].
export interface Card {
  title: string;
  span: [number, number];
  numbers: [string, string, boolean, string][];
  moments: CardMoment[];
  curve: { label: string; unit: string; times: Float64Array; values: Float32Array; sure: boolean } | null;
  whyNoCurve: string;
}

export interface Skeleton {
  joints: string[];
  bones: [number, number][];
  radius_m: number[];
  head_radius_m: number;
  colours: { left: string; right: string; centre: string };
}

export interface PageData {
  title: string;
  notes: string[];
  skeleton: Skeleton;
  angles: string[];
  points: string[];
  footAngles: string[]; // F names, none without feet
  times: Float64Array; // (P,)
  picture: { width: number; height: number; media: Float64Array } | null;
  lens: { focal_px: number; tilt_deg: number } | null;
  cuts: number[]; // when shots begin, but the first
  takes: Take[];
  views: FilmedView[];
}

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

const f32 = (text: string) => new Float32Array(bytes(text).buffer);
const f64 = (text: string) => new Float64Array(bytes(text).buffer);
const hundredths = (text: string) => Float32Array.from(new Uint16Array(bytes(text).buffer), (n) => (n === 65535 ? NaN : n / 100));
const maybe = <T>(text: string | null, decode: (text: string) => T) => (text === null ? null : decode(text));

/* eslint-disable @typescript-eslint/no-explicit-any */
export function decode(json: any): PageData {
  if (json.format !== "kasf-page" || json.version !== 1) throw new Error("not a page of this version");
  return {
    title: json.title,
    notes: json.notes,
    skeleton: json.skeleton,
    angles: json.angles,
    points: json.points,
    footAngles: json.foot_angles ?? [],
    times: f64(json.times_s),
    picture: json.picture && { width: json.picture.width_px, height: json.picture.height_px, media: f64(json.picture.media_s) },
    lens: json.lens,
    cuts: json.cuts_s ?? [],
    takes: json.takes.map(take),
    views: json.views ?? [],
  };
}

function take(json: any): Take {
  const made = plainTake(json);
  if (made.curves) doubt(made, made.curves);
  return made;
}

// What is filled in rests on no image, and a speed where the path is not certain on no place: both are drawn and written as doubtful.
function doubt(take: Take, curves: Curves): void {
  const [angles, points] = [curves.doubtful.length / take.frames, curves.doubtful_points.length / take.frames];
  for (let row = 0; row < take.frames; row++) {
    if (take.interpolated[row]) curves.doubtful.fill(1, row * angles, (row + 1) * angles);
    if (take.interpolated[row] || take.reliable?.[row] === 0) curves.doubtful_points.fill(1, row * points, (row + 1) * points);
  }
}

function plainTake(json: any): Take {
  const c = json.curves;
  return {
    name: json.name,
    colour: json.colour,
    cameraHeight: json.camera_height_m,
    frames: json.frames,
    times: f64(json.times_s),
    xyz: f32(json.xyz_m),
    score: bytes(json.score),
    valid: bytes(json.valid),
    interpolated: bytes(json.interpolated),
    doubtful: maybe(json.doubtful ?? null, bytes),
    reliable: maybe(json.path_reliable, bytes),
    uv: maybe(json.uv_px, f32),
    error: maybe(json.error_m, f32),
    spread: maybe(json.spread_m ?? null, f32),
    feet: maybe(json.feet_m ?? null, f32),
    feetUv: maybe(json.feet_px ?? null, f32),
    curves: c && {
      deg: f32(c.deg),
      deg_per_s: f32(c.deg_per_s),
      doubtful: bytes(c.doubtful),
      m_per_s: f32(c.m_per_s),
      doubtful_points: bytes(c.doubtful_points),
      sigma_deg: maybe(c.sigma_deg ?? null, hundredths),
      sigma_m_per_s: maybe(c.sigma_m_per_s ?? null, hundredths),
      feet_deg: maybe(c.feet_deg ?? null, f32),
      feet_sigma_deg: maybe(c.feet_sigma_deg ?? null, hundredths),
      feet_doubtful: bytes(json.interpolated),
    },
    cards: (json.cards ?? []).map(card),
    marks: json.marks,
    viewsUv: (json.views_px ?? []).map(f32),
    viewsFeetUv: (json.views_feet_px ?? []).map(f32),
  };
}

function card(json: any): Card {
  const c = json.curve;
  return {
    title: json.title,
    span: json.span_s,
    numbers: json.numbers,
    moments: json.moments,
    curve: c && { label: c.label, unit: c.unit, times: f64(c.times_s), values: f32(c.values), sure: c.sure },
    whyNoCurve: json.why_no_curve,
  };
}

// The number of the value in `times` (which never fall) that is nearest to `time`.
export function nearest(times: Float64Array, time: number): number {
  const after = firstAfter(times, time);
  if (after === 0) return 0;
  if (after === times.length) return times.length - 1;
  return times[after] - time < time - times[after - 1] ? after : after - 1;
}

// The number of the last value in `times` that is not after `time`; 0 where all are.
export function lastUpTo(times: Float64Array, time: number): number {
  return Math.max(0, firstAfter(times, time) - 1);
}

function firstAfter(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Frames of a take farther in time from the page's frame than this are not shown: the take has ended, or not begun.
export function rowAt(take: Take, time: number): number | null {
  const row = nearest(take.times, time);
  const gap = take.frames > 1 ? (take.times[take.frames - 1] - take.times[0]) / (take.frames - 1) : 0;
  return Math.abs(take.times[row] - time) <= 2 * gap + 1e-3 && take.valid[row] ? row : null;
}

export function jointLabel(name: string): string {
  const side: Record<string, string> = { r_: "right ", l_: "left " };
  const start = name.slice(0, 2);
  return (side[start] ?? "") + (side[start] ? name.slice(2) : name).replaceAll("_", " ");
}
