// Which frames of a person are not as seen: for the bar, and in words at the cursor.

import { rowAt, type Take } from "./data";

export type Kind = "nopose" | "filled" | "loose";

export interface Span {
  kind: Kind;
  first: number; // frames of the page
  end: number; // the one after the last
}

const WORDS: Record<Kind, string> = {
  nopose: "", // said in the middle of the view
  filled: "interpolated from neighbouring frames",
  loose: "ground position uncertain",
};

function kindsAt(take: Take, time: number): Kind[] {
  const row = rowAt(take, time);
  if (row === null) return ["nopose"];
  return [...(take.interpolated[row] ? (["filled"] as const) : []), ...(take.reliable?.[row] === 0 ? (["loose"] as const) : [])];
}

export function stateAt(take: Take, time: number): string {
  return kindsAt(take, time).map((kind) => WORDS[kind]).filter(Boolean).join(" · ");
}

export function spansOf(take: Take, times: Float64Array): Span[] {
  const out: Span[] = [];
  const open = new Map<Kind, Span>();
  times.forEach((time, frame) => {
    const kinds = kindsAt(take, time);
    for (const kind of open.keys()) if (!kinds.includes(kind)) open.delete(kind);
    for (const kind of kinds) {
      const span = open.get(kind) ?? { kind, first: frame, end: frame };
      if (!open.has(kind)) out.push(span);
      open.set(kind, span);
      span.end = frame + 1;
    }
  });
  return out;
}
