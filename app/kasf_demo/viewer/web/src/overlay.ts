// The clip's image with the 2D skeletons over it. The video is drawn here together with them and with the 3D view, in one go: shown by
// itself it would run ahead wherever drawing takes longer than a frame.

import { rowAt, type PageData, type Take } from "./data";
import { footPoint, footSides } from "./feet";

export class Overlay {
  on = true;
  view = 0; // which of several cameras' image
  private readonly context: CanvasRenderingContext2D;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly box: HTMLElement,
    private readonly picture: HTMLCanvasElement | null,
    private readonly data: PageData,
    private readonly redraw: () => void,
  ) {
    this.context = canvas.getContext("2d")!;
    new ResizeObserver(() => this.resize()).observe(box);
  }

  draw(takes: Take[], active: Take | null, time: number): void {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    if (!this.data.picture) return;
    const view = this.data.views[this.view];
    const size = view ? { width: view.width_px, height: view.height_px } : this.data.picture;
    const scale = Math.min(width / size.width, height / size.height);
    const [left, top] = [(width - scale * size.width) / 2, (height - scale * size.height) / 2];
    const [wide, tall] = [scale * size.width, scale * size.height];
    if (this.picture?.width) {
      const [x, y, w, h] = view?.tile_px ?? [0, 0, this.picture.width, this.picture.height];
      this.context.drawImage(this.picture, x, y, w, h, left, top, wide, tall);
    }
    for (const take of this.on ? takes : []) {
      const row = rowAt(take, time);
      const uv = view ? take.viewsUv[this.view] : take.uv;
      if (row === null || !uv) continue;
      this.context.globalAlpha = (take.interpolated[row] ? 0.6 : 1) * (active === null || take === active ? 1 : 0.45);
      const scaled = (x: number, y: number): [number, number] => [left + scale * x, top + scale * y];
      this.feet(take, row, uv, (view ? take.viewsFeetUv[this.view] : take.feetUv) ?? null, scaled);
      this.skeleton(take, row, (j) => scaled(uv[34 * row + 2 * j], uv[34 * row + 2 * j + 1]));
    }
    this.context.globalAlpha = 1;
  }

  // Heel, toe and ankle of each foot as a triangle.
  private feet(take: Take, row: number, uv: Float32Array, feetUv: Float32Array | null, scaled: (x: number, y: number) => [number, number]): void {
    if (!take.feet || !feetUv) return;
    for (const { ankle, heel, toe } of footSides(this.data.skeleton.joints)) {
      const ends = [footPoint(feetUv, row, heel, 2), footPoint(feetUv, row, toe, 2)];
      if (!ends[0] || !ends[1] || !footPoint(take.feet, row, toe, 3)) continue;
      const c = this.context;
      c.beginPath();
      c.moveTo(...scaled(uv[34 * row + 2 * ankle], uv[34 * row + 2 * ankle + 1]));
      for (const [x, y] of ends as number[][]) c.lineTo(...scaled(x, y));
      c.closePath();
      c.lineJoin = "round";
      c.lineWidth = 3 * devicePixelRatio;
      c.strokeStyle = "#0c0e12";
      c.stroke();
      c.fillStyle = this.colourOf(take, ankle);
      c.fill();
    }
  }

  private skeleton(take: Take, row: number, at: (joint: number) => [number, number]): void {
    const { bones, joints } = this.data.skeleton;
    const ys = joints.map((_, j) => at(j)[1]);
    const tall = Math.max(...ys) - Math.min(...ys);
    const thick = Math.max(1.2 * devicePixelRatio, Math.min(0.014 * tall, 0.009 * this.canvas.height));
    const c = this.context;
    c.lineCap = "round";
    const whole = c.globalAlpha;
    const pale = (...of: number[]) => (c.globalAlpha = whole * (of.some((j) => take.doubtful?.[17 * row + j]) ? 0.3 : 1));
    for (const [extra, colour] of [[0.8 * thick + 1, "#0c0e12"], [0, null]] as const) {
      for (const [a, b] of bones) {
        pale(a, b);
        c.strokeStyle = colour ?? this.colourOf(take, b);
        c.lineWidth = thick + extra;
        c.beginPath();
        c.moveTo(...at(a));
        c.lineTo(...at(b));
        c.stroke();
      }
    }
    joints.forEach((_, j) => {
      if (take.score[17 * row + j] < 26) return; // a guess
      pale(j);
      c.fillStyle = this.colourOf(take, j);
      c.beginPath();
      c.arc(...at(j), 0.95 * thick, 0, 2 * Math.PI);
      c.fill();
    });
    c.globalAlpha = whole;
  }

  private colourOf(take: Take, joint: number): string {
    if (take.colour) return take.colour;
    const { joints, colours } = this.data.skeleton;
    return joints[joint].startsWith("l_") ? colours.left : joints[joint].startsWith("r_") ? colours.right : colours.centre;
  }

  private resize(): void {
    const ratio = window.devicePixelRatio;
    this.canvas.width = Math.round(this.box.clientWidth * ratio);
    this.canvas.height = Math.round(this.box.clientHeight * ratio);
    this.redraw();
  }
}
