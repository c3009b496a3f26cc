// What stands behind the (i): notes, what was measured of whom, and, in a comparison, the errors joint by joint.

import { element } from "./dom";
import type { PageData } from "./data";
import { markLabel } from "./plot";

export function infoNodes(data: PageData): HTMLElement[] {
  const list = element("ul", {}, ...data.notes.map((note) => element("li", {}, note)));
  const rows = data.takes.map((take) => {
    const seen = take.valid.reduce((n, v) => n + v, 0);
    const filled = take.interpolated.reduce((n, v) => n + v, 0);
    const marks = take.marks.map((m) => `${markLabel(m)} ${m.time_s.toFixed(2)} s`).join(", ");
    const loose = take.reliable ? String(take.reliable.reduce((n, v) => n + 1 - v, 0)) : "–";
    return [take.name, `${seen} of ${take.frames}`, String(filled), loose, marks || "none"];
  });
  return [list, table(["", "frames with a pose", "filled in", "position uncertain", "moments"], rows)];
}

export function errorTable(data: PageData, label: (joint: string) => string): HTMLElement[] {
  const takes = data.takes.filter((t) => t.error);
  if (!takes.length) return [];
  const means = takes.map((take) =>
    data.skeleton.joints.map((_, j) => {
      const values = [...Array(take.frames).keys()].map((r) => take.error![17 * r + j]).filter(Number.isFinite);
      return values.length ? values.reduce((a, b) => a + b, 0) / values.length : NaN;
    }),
  );
  const order = data.skeleton.joints.map((_, j) => j).sort((a, b) => (means[0][b] || 0) - (means[0][a] || 0));
  const cell = (mean: number) => (Number.isFinite(mean) ? `${(100 * mean).toFixed(1)} cm` : "–");
  const rows = order.map((j) => [label(data.skeleton.joints[j]), ...means.map((m) => cell(m[j]))]);
  return [element("h3", {}, "Mean distance per joint"), table(["joint", ...takes.map((t) => t.name)], rows)];
}

function table(head: string[], rows: string[][]): HTMLElement {
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, text))))),
  );
}
