// What can be plotted: angles, with those of the feet after the others, velocities and speeds; right and left together.

import type { PageData, Side, Take } from "./data";

export type Kind = "deg" | "deg_per_s" | "m_per_s";
export const UNITS: Record<Kind, string> = { deg: "°", deg_per_s: "°/s", m_per_s: "m/s" };
export const GROUPS: Record<Kind, string> = { deg: "Angles", deg_per_s: "Angular velocities", m_per_s: "Speeds" };

export interface Choice {
  key: string;
  label: string;
  kind: Kind;
  lines: { side: Side | null; column: number; name: string }[];
}

export function choices(data: PageData): Choice[] {
  const found: Choice[] = [];
  for (const kind of ["deg", "deg_per_s", "m_per_s"] as const) {
    const names = kind === "m_per_s" ? data.points : kind === "deg" ? [...data.angles, ...data.footAngles] : data.angles;
    const groups = new Map<string, Choice["lines"]>();
    names.forEach((name, column) => {
      const side = name.startsWith("r_") ? "r" : name.startsWith("l_") ? "l" : null;
      const base = side ? name.slice(2) : name;
      groups.set(base, [...(groups.get(base) ?? []), { side, column, name }]);
    });
    for (const [base, lines] of groups) found.push({ key: `${kind}:${base}`, label: worded(base), kind, lines });
  }
  return found;
}

function worded(base: string): string {
  const plain = base.replaceAll("_", " ");
  return plain[0].toUpperCase() + plain.slice(1);
}

// What a page opens with: what the clip's event is about.
export function opening(takes: Take[]): string[] {
  const names = new Set(takes.flatMap((t) => t.marks.map((m) => m.name)));
  if (names.has("Kick")) return ["deg:knee_flexion", "m_per_s:ankle"];
  if (names.has("Throw")) return ["deg:elbow_flexion", "m_per_s:wrist"];
  if (names.has("Take-off")) return ["deg:knee_flexion", "deg:hip_flexion"];
  return ["deg:knee_flexion", "deg:elbow_flexion"];
}

export interface Value {
  value: number;
  doubtful: boolean;
  sigma: number; // NaN if unknown
}

export function valueAt(take: Take, data: PageData, kind: Kind, column: number, row: number): Value {
  const curves = take.curves!;
  const foot = kind === "deg" ? column - data.angles.length : -1;
  if (foot >= 0) {
    const at = row * data.footAngles.length + foot;
    return { value: curves.feet_deg?.[at] ?? NaN, doubtful: curves.feet_doubtful[row] === 1, sigma: curves.feet_sigma_deg?.[at] ?? NaN };
  }
  const n = kind === "m_per_s" ? data.points.length : data.angles.length;
  const doubtful = kind === "m_per_s" ? curves.doubtful_points : curves.doubtful;
  const sigmas = kind === "deg_per_s" ? null : curves[`sigma_${kind}`];
  const at = row * n + column;
  return { value: curves[kind][at], doubtful: doubtful[at] === 1, sigma: sigmas?.[at] ?? NaN };
}
