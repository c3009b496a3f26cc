// The keyboard: one table for what keys do and for the help that lists them.

import type { App } from "./app";
import { element } from "./dom";
import type { Switches } from "./switches";

interface Key {
  keys: string[]; // KeyboardEvent.key, letters in lower case
  shown: string;
  what: string;
  run: (app: App, event: KeyboardEvent) => void;
}

const flip = (key: string, name: keyof Switches, what: string): Key => ({ keys: [key], shown: key.toUpperCase(), what, run: (app) => app.flip(name) });

const KEYS: Key[] = [
  { keys: [" ", "k"], shown: "space", what: "play, pause", run: (app) => app.player.toggle() },
  { keys: ["arrowleft", "arrowright"], shown: "← →", what: "previous, next frame; with shift 10 frames", run: (app, e) => app.player.step((e.key === "ArrowLeft" ? -1 : 1) * (e.shiftKey ? 10 : 1)) },
  { keys: ["home", "end"], shown: "home end", what: "first, last frame", run: (app, e) => app.go(e.key === "Home" ? 0 : app.data.times.length - 1) },
  { keys: ["arrowup", "arrowdown"], shown: "↑ ↓", what: "faster, slower", run: (app, e) => app.faster(e.key === "ArrowUp" ? 1 : -1) },
  { keys: ["[", "]"], shown: "[ ]", what: "previous, next event", run: (app, e) => app.event(e.key === "[" ? -1 : 1) },
  { keys: ["l"], shown: "L", what: "loop", run: (app) => app.player.setLoop(!app.player.loop) },
  { keys: ["1"], shown: "1", what: "view from the front of the athlete", run: (app) => app.view("front") },
  { keys: ["2"], shown: "2", what: "from the right of the athlete", run: (app) => app.view("side") },
  { keys: ["3"], shown: "3", what: "from above", run: (app) => app.view("top") },
  { keys: ["4"], shown: "4", what: "from the camera position", run: (app) => app.view("camera") },
  { keys: ["5"], shown: "5", what: "all cameras (several views)", run: (app) => app.view("cameras") },
  { keys: ["v"], shown: "V", what: "image of the next camera (several views)", run: (app) => app.nextFilmed() },
  { keys: ["0"], shown: "0", what: "initial view", run: (app) => app.view("start") },
  { keys: ["+", "=", "-"], shown: "+ −", what: "nearer, farther", run: (app, e) => app.zoom(e.key === "-" ? 1.15 : 1 / 1.15) },
  { keys: ["p"], shown: "P", what: "next person", run: (app) => app.nextPerson() },
  flip("x", "others", "other people"),
  flip("o", "overlay", "skeleton over the video"),
  flip("j", "joints", "joints"),
  flip("n", "names", "names of the joints"),
  flip("t", "trails", "trails"),
  flip("a", "angles", "angles at the joints"),
  flip("e", "errors", "errors (in a comparison)"),
  flip("f", "follow", "follow the athlete"),
  flip("g", "ghost", "keep the current pose as a ghost; remove it"),
  { keys: ["h"], shown: "H", what: "ghost from here", run: (app) => app.moveGhost() },
  flip("b", "ghostMoved", "ghost at the athlete's position"),
  { keys: ["i"], shown: "I", what: "about this result", run: (app) => app.dialog("infobox") },
  { keys: ["?"], shown: "?", what: "this help", run: (app) => app.dialog("helpbox") },
];

export function bindKeys(app: App): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = KEYS.find((k) => k.keys.includes(event.key.toLowerCase()));
    if (!key || taken(event)) return;
    event.preventDefault();
    key.run(app, event);
  });
}

// Whether the element with the focus, or an open dialog, needs the key itself.
function taken(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (document.querySelector("dialog[open]")) return key !== "?" && key.toLowerCase() !== "i";
  if (target instanceof HTMLSelectElement) return key !== "?";
  return target instanceof HTMLButtonElement && key === " ";
}

export function keyTable(): HTMLElement {
  return element("dl", {}, ...KEYS.flatMap((k) => [element("dt", {}, ...k.shown.split(" ").map((text) => element("kbd", {}, text))), element("dd", {}, k.what)]));
}
