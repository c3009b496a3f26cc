// The cards of jumps and spins below the plots: images of the moments, numbers with sure or not sure, the rate of turning.

import { bytes, type Card, type CardMoment, type Take } from "./data";
import { element } from "./dom";
import { ticks, trimmed } from "./ticks";

const LEFT_PX = 44;
const BOTTOM_PX = 18;
const TOP_PX = 8;
const RIGHT_PX = 8;
const LEAST = 90; // °/s shown either way at least, so that noise does not look like turning

export class Cards {
  onTime: (time: number) => void = () => {};
  private curves: [HTMLCanvasElement, Card][] = [];

  constructor(
    private readonly box: HTMLElement,
    private readonly jump: HTMLElement, // the button above that leads here
  ) {
    new ResizeObserver(() => this.redraw()).observe(box);
    jump.addEventListener("click", () => box.scrollIntoView({ behavior: "smooth" }));
  }

  take(take: Take | null): void {
    const cards = take?.cards ?? [];
    this.curves = [];
    this.box.hidden = this.jump.hidden = !cards.length;
    document.body.classList.toggle("carded", cards.length > 0);
    this.jump.textContent = cards.map((card) => card.title.split(",")[0]).join(", ");
    this.box.replaceChildren(...cards.map((card) => this.card(card)));
    this.redraw();
  }

  private card(card: Card): HTMLElement {
    const strip = element("div", { class: "strip" }, ...card.moments.map((moment) => this.moment(moment)));
    const rows = card.numbers.map(([label, text, sure, why]) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, label),
        element("td", { class: "number" }, text),
        element("td", { class: sure ? "sure" : "unsure" }, sure ? "sure" : `not sure: ${why}`),
      ),
    );
    return element(
      "article",
      { class: "card" },
      element("h2", {}, card.title),
      strip,
      element("div", { class: "both" }, element("table", {}, element("tbody", {}, ...rows)), this.curve(card)),
    );
  }

  private moment(moment: CardMoment): HTMLElement {
    const label = `${moment.name}, ${moment.time_s.toFixed(2)} s`;
    const button = element("button", { type: "button", class: "moment", title: `Go to: ${label}` });
    button.addEventListener("click", () => this.onTime(moment.time_s));
    if (moment.jpeg) button.append(picture(moment.jpeg, label));
    button.append(element("span", {}, label));
    return button;
  }

  private curve(card: Card): HTMLElement {
    if (!card.curve) return element("p", { class: "nocurve" }, card.whyNoCurve);
    const canvas = element("canvas", { role: "img", "aria-label": `${card.curve.label} over time` });
    this.curves.push([canvas, card]);
    const doubt = card.curve.sure ? "" : ", not sure";
    return element("figure", {}, element("figcaption", {}, `${card.curve.label}, ${card.curve.unit}${doubt}`), canvas);
  }

  private redraw(): void {
    for (const [canvas, card] of this.curves) draw(canvas, card);
  }
}

// Drawn on a canvas: the page's policy loads no image, not even its own.
function picture(jpeg: string, label: string): HTMLCanvasElement {
  const canvas = element("canvas", { role: "img", "aria-label": label });
  void createImageBitmap(new Blob([bytes(jpeg)], { type: "image/jpeg" })).then((image) => {
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    canvas.dataset.drawn = "yes";
  });
  return canvas;
}

function draw(canvas: HTMLCanvasElement, { curve, span }: Card): void {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!curve || !width || !height) return;
  [canvas.width, canvas.height] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  const c = canvas.getContext("2d")!;
  c.scale(devicePixelRatio, devicePixelRatio);
  const { times, values } = curve;
  const known = [...values].filter(Number.isFinite);
  if (times.length < 2 || !known.length) return;
  const [first, last] = [times[0], times[times.length - 1]];
  const [low, high] = [Math.min(-LEAST, ...known), Math.max(LEAST, ...known)];
  const room = 0.06 * (high - low) || 1;
  const x = (time: number) => LEFT_PX + ((Math.min(Math.max(time, first), last) - first) / (last - first)) * (width - LEFT_PX - RIGHT_PX);
  const y = (value: number) => TOP_PX + ((high + room - value) / (high - low + 2 * room)) * (height - TOP_PX - BOTTOM_PX);
  c.fillStyle = "#28323e";
  c.fillRect(x(span[0]), TOP_PX, x(span[1]) - x(span[0]), height - TOP_PX - BOTTOM_PX);
  c.font = "11px system-ui, sans-serif";
  c.fillStyle = "#8a95a4";
  c.strokeStyle = "#3a4553";
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const tick of ticks(low - room, high + room, 4)) {
    c.beginPath();
    c.moveTo(LEFT_PX, y(tick));
    c.lineTo(width - RIGHT_PX, y(tick));
    c.stroke();
    c.fillText(trimmed(tick), LEFT_PX - 6, y(tick));
  }
  c.textAlign = "center";
  for (const tick of ticks(first, last, Math.max(2, Math.floor(width / 90)))) c.fillText(`${trimmed(tick)} s`, Math.min(x(tick), width - 16), height - 7);
  c.strokeStyle = curve.sure ? "#4fd1a5" : "#9aa4b2";
  c.lineWidth = 2;
  c.setLineDash(curve.sure ? [] : [4, 4]);
  c.beginPath();
  let pen = false;
  for (let i = 0; i < times.length; i++) {
    const seen = Number.isFinite(values[i]);
    if (seen && pen) c.lineTo(x(times[i]), y(values[i]));
    else if (seen) c.moveTo(x(times[i]), y(values[i]));
    pen = seen;
  }
  c.stroke();
}
