// Icons as paths of 24 by 24; they carry no meaning of their own and are hidden from screen readers.
import { svg } from "./dom";

const PATHS = {
  upload: "M12 16V4m0 0 5 5m-5-5L7 9M4 16v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
  camera: "M3 8a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM16 11l5-3v8l-5-3",
  download: "M12 4v12m0 0 5-5m-5 5-5-5M4 18v1a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-1",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  play: "M8 5v14l11-7z",
  cross: "M6 6l12 12M18 6 6 18",
  check: "M5 13l4 4L19 7",
  warning: "M12 4 2.5 20h19zM12 10v5M12 17.5v.5",
  problem: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 8v5M12 16v.5",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  compare: "M8 4v16M8 8H3m5 8H3M16 4v16m0-12h5m-5 8h5",
  open: "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
  again: "M20 12a8 8 0 1 1-2.3-5.6M20 3v4h-4",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9h4M4 15h4M16 9h4M16 15h4",
  language: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  offline: "M4 4l16 16M9 9a7 7 0 0 0-4 3m14 0a9 9 0 0 0-6-3.5M8 16a5.6 5.6 0 0 1 7 0M12 19.5v.5",
};
export type Icon = keyof typeof PATHS;

export function icon(name: Icon): SVGSVGElement {
  return svg("svg", { viewBox: "0 0 24 24", class: `icon ${name}-icon`, "aria-hidden": "true", focusable: "false" }, svg("path", { d: PATHS[name] }));
}
