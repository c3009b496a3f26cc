// What the page is doing: which person, which frame, what is switched on. Keys, buttons and the player end up here.

import { element, byId } from "./dom";
import { Bar } from "./bar";
import { Cards } from "./cards";
import { jointLabel, type Mark, nearest, type PageData, rowAt, type Take } from "./data";
import { FilmedButtons } from "./filmed";
import { errorTable, infoNodes } from "./info";
import { bindKeys, keyTable } from "./keys";
import { Overlay } from "./overlay";
import { type Player, RATES } from "./player";
import { Plots } from "./plots";
import { Space } from "./space";
import { stateAt } from "./spans";
import { CHIPS, type Switches } from "./switches";
import type { ViewName } from "./views";

export class App {
  readonly on: Switches;
  active: Take | null;
  ghost: number | null = null; // the time of the ghost
  private readonly bar: Bar;
  private readonly space: Space | null;
  private readonly overlay: Overlay;
  private readonly plots: Plots | null;
  private readonly cards: Cards;
  private readonly filmedButtons: FilmedButtons;
  private readonly chips = new Map<keyof Switches, HTMLButtonElement>();
  private readonly marks: Mark[] = [];

  constructor(
    readonly data: PageData,
    readonly player: Player,
  ) {
    const { takes } = data;
    this.active = takes[0] ?? null;
    this.on = {
      overlay: true, joints: true, names: false, trails: true, angles: true, errors: takes.some((t) => t.error), others: true, follow: true, ghost: false,
      ghostMoved: false,
    };
    this.bar = new Bar(data, player, (frame) => this.go(frame));
    this.space = this.makeSpace();
    this.overlay = new Overlay(byId<HTMLCanvasElement>("overlay"), byId("frame"), player.picture?.canvas ?? null, data, () => this.draw());
    this.plots = takes.some((t) => t.curves) ? new Plots(byId("plots"), data) : null;
    byId("plots").hidden = !this.plots;
    if (this.plots) {
      this.plots.onScrub = (time) => this.go(nearest(data.times, time));
      this.plots.onChoice = () => this.draw();
    }
    this.cards = new Cards(byId("cards"), byId("tocards"));
    this.cards.onTime = (time) => {
      this.go(nearest(data.times, time));
      byId("views").scrollIntoView({ behavior: "smooth" });
    };
    this.filmedButtons = new FilmedButtons(data.views, byId("filmed"), (number) => this.filmed(number));
    this.filmed(0);
    this.makePeople();
    this.makeChips();
    this.makePresets();
    this.makeDialogs();
    bindKeys(this);
    player.onFrame = () => this.draw();
    player.onPicture = () => this.drawPicture();
    player.onState = () => this.drawState();
    this.choose(this.active);
    player.show(0);
    this.drawState();
    this.space?.view("start", true);
    document.documentElement.dataset.ready = "yes";
  }

  get time(): number {
    return this.data.times[this.player.frame];
  }

  go(frame: number): void {
    this.player.show(frame);
    this.draw();
  }

  choose(take: Take | null): void {
    this.active = take;
    const select = byId<HTMLSelectElement>("person");
    select.value = String(take ? this.data.takes.indexOf(take) : "");
    this.marks.splice(0, Infinity, ...(take?.marks ?? []));
    this.bar.marks(this.marks, this.ghost);
    this.bar.spans(take);
    if (take) this.plots?.take(take, this.data.takes, this.marks);
    this.space?.choose(take, this.ghost);
    this.cards.take(take);
    this.draw();
  }

  nextPerson(): void {
    const { takes } = this.data;
    if (this.active) this.choose(takes[(takes.indexOf(this.active) + 1) % takes.length]);
  }

  person(number: number): void {
    if (this.data.takes[number]) this.choose(this.data.takes[number]);
  }

  // The image of one of several cameras.
  filmed(number: number): void {
    const view = this.data.views[number];
    if (!view) return;
    this.overlay.view = number;
    document.body.style.setProperty("--aspect", String(view.width_px / view.height_px));
    this.filmedButtons.show(number);
    this.space?.filmed(number);
    this.draw();
  }

  nextFilmed(): void {
    if (this.data.views.length) this.filmed((this.overlay.view + 1) % this.data.views.length);
  }

  flip(name: keyof Switches): void {
    if (this.chips.get(name)?.hidden ?? true) return;
    this.on[name] = !this.on[name];
    if (name === "ghost") this.setGhost(this.on.ghost ? this.time : null);
    this.draw();
    this.drawState();
  }

  moveGhost(): void {
    this.on.ghost = true;
    this.setGhost(this.time);
    this.draw();
    this.drawState();
  }

  event(direction: 1 | -1): void {
    const frames = this.marks.map((m) => nearest(this.data.times, m.time_s)).sort((a, b) => a - b);
    const next = direction > 0 ? frames.find((f) => f > this.player.frame) : frames.reverse().find((f) => f < this.player.frame);
    if (next === undefined) return;
    this.player.pause();
    this.go(next);
  }

  faster(by: 1 | -1): void {
    const at = RATES.indexOf(this.player.rate) + by;
    if (RATES[at]) this.player.setRate(RATES[at]);
  }

  view(name: ViewName | "start"): void {
    this.space?.view(name);
  }

  zoom(by: number): void {
    this.space?.zoom(by);
  }

  dialog(id: "helpbox" | "infobox"): void {
    const box = byId<HTMLDialogElement>(id);
    if (box.open) box.close();
    else box.showModal();
  }

  draw(): void {
    const time = this.time;
    this.drawPicture();
    this.plots?.cursor(time, this.ghost);
    this.space?.show(time, this.player.frame, this.on, this.plots?.angles() ?? []);
    this.bar.time();
    byId("state").textContent = this.active ? stateAt(this.active, time) : "";
    if (!this.space) return; // the message that there is no 3D view stays
    const absent = byId("absent");
    const row = this.active && rowAt(this.active, time);
    const text = this.active ? (row === null ? "no pose in this frame" : "") : "No person was found in this clip.";
    absent.hidden = !text;
    absent.textContent = text;
  }

  private drawPicture(): void {
    const takes = this.data.takes.filter((t) => t === this.active || this.on.others);
    this.overlay.on = this.on.overlay;
    this.overlay.draw(takes, this.active, this.time);
  }

  private makeSpace(): Space | null {
    try {
      if (!document.createElement("canvas").getContext("webgl2")) throw new Error("no WebGL 2");
      return new Space(byId("space"), byId("labels"), this.data);
    } catch (error) {
      console.info(error);
      byId("absent").textContent = "The 3D view needs WebGL, which this browser does not support. Video and plots work without it.";
      byId("absent").hidden = false;
      byId("presets").hidden = byId("scale").hidden = true;
      return null;
    }
  }

  private setGhost(time: number | null): void {
    this.ghost = time;
    this.space?.choose(this.active, time);
    this.bar.marks(this.marks, this.ghost);
  }

  private makePeople(): void {
    const select = byId<HTMLSelectElement>("person");
    this.data.takes.forEach((take, i) => select.append(element("option", { value: String(i) }, take.name)));
    byId("people").hidden = this.data.takes.length < 2;
    if (this.data.takes.some((t) => t.colour)) byId("people").querySelector("span")!.textContent = "Curves of";
    select.addEventListener("change", () => this.person(Number(select.value)));
  }

  private makeChips(): void {
    const { takes, picture } = this.data;
    const useless: Partial<Record<keyof Switches, boolean>> = {
      overlay: !picture || !takes.some((t) => t.uv || t.viewsUv.length),
      errors: !takes.some((t) => t.error),
      others: takes.length < 2,
      angles: !this.plots,
    };
    for (const [name, text, key, title] of CHIPS) {
      const chip = element("button", { class: "chip", type: "button", title: `${title} (${key})`, "data-switch": name }, text);
      chip.hidden = (useless[name] ?? false) || !takes.length;
      chip.addEventListener("click", () => this.flip(name));
      this.chips.set(name, chip);
      byId("chips").append(chip);
    }
    const here = element("button", { class: "chip", type: "button", id: "ghosthere", title: "Set the ghost to the current pose (H)" }, "Ghost from here");
    here.addEventListener("click", () => this.moveGhost());
    byId("chips").append(here);
  }

  private makePresets(): void {
    for (const button of byId("presets").querySelectorAll("button")) {
      if (button.dataset.view === "cameras") button.hidden = !this.data.views.length;
      button.addEventListener("click", () => this.view(button.dataset.view as ViewName | "start"));
    }
    document.addEventListener("click", (event) => {
      // a button that keeps the focus after a click would take the space bar from playing
      if (event.detail > 0 && event.target instanceof Element) event.target.closest("button")?.blur();
    });
  }

  private makeDialogs(): void {
    byId("help").addEventListener("click", () => this.dialog("helpbox"));
    byId("info").addEventListener("click", () => this.dialog("infobox"));
    byId("keys").append(keyTable());
    byId("infotext").append(...infoNodes(this.data), ...errorTable(this.data, jointLabel));
    for (const box of document.querySelectorAll("dialog")) {
      box.addEventListener("click", (event) => {
        if (event.target === box) box.close(); // on the backdrop
      });
    }
  }

  private drawState(): void {
    this.bar.state();
    for (const [name, chip] of this.chips) chip.setAttribute("aria-pressed", String(this.on[name]));
    this.chips.get("ghostMoved")!.hidden = byId("ghosthere").hidden = this.ghost === null;
  }
}
