// The 3D view's content: the bodies of all takes, the ghost, trails, angle arcs and labels.

import * as THREE from "three";
import { Arcs } from "./arcs";
import { Body } from "./body";
import { FilmedCameras } from "./filmed";
import { jointLabel, type PageData, rowAt, type Take } from "./data";
import { type Label, Labels } from "./labels";
import { Stage } from "./stage";
import type { Switches } from "./switches";
import { Trails } from "./trails";
import { presetView, startView, type ViewName } from "./views";

const WORST = 3; // joints that are labelled with their error
const RED_M = [0.03, 0.2]; // errors up to the first are white, from the second on red

export class Space {
  private readonly stage: Stage;
  private readonly bodies: Body[];
  private readonly labels: Labels;
  private readonly arcs: Arcs;
  private trails: Trails | null = null;
  private ghost: Body | null = null;
  private active: Take | null = null;
  private chosenView: ViewName | "start" | null = "start"; // until the view is turned by hand
  private readonly cameras: FilmedCameras;
  private row = 0; // the last row of the active take that had a pose

  constructor(
    box: HTMLElement,
    private readonly labelBox: HTMLElement,
    private readonly data: PageData,
  ) {
    this.stage = new Stage(box, data.takes);
    this.labels = new Labels(labelBox);
    this.stage.afterRender = () => this.labels.place(this.stage);
    this.stage.onMoved = () => (this.chosenView = null);
    this.stage.onResize = () => this.chosenView && this.view(this.chosenView, true);
    this.bodies = data.takes.map((take) => new Body(take, data.skeleton, { colour: take.colour }));
    this.arcs = new Arcs(data);
    this.cameras = new FilmedCameras(data.views);
    this.stage.scene.add(...this.bodies.map((b) => b.group), this.arcs.object, this.cameras.lines.object);
  }

  choose(take: Take | null, ghostTime: number | null): void {
    if (take !== this.active) {
      this.active = take;
      this.trails?.dispose();
      this.trails = take && new Trails(take, this.data.skeleton);
      if (this.trails) this.stage.scene.add(this.trails.group);
      if (take) this.row = Math.max(0, take.valid.indexOf(1));
      if (this.chosenView) this.view(this.chosenView, true); // made for this one
    }
    this.ghost?.dispose();
    this.ghost = take && ghostTime !== null ? new Body(take, this.data.skeleton, { ghost: true, colour: take.colour }) : null;
    if (this.ghost && ghostTime !== null) {
      this.ghost.show(rowAt(this.ghost.take, ghostTime));
      this.stage.scene.add(this.ghost.group);
    }
  }

  show(time: number, frame: number, on: Switches, angles: string[]): void {
    const row = this.active && rowAt(this.active, time);
    if (row !== null) this.row = row;
    this.stage.following = on.follow;
    if (this.active) this.stage.follow(this.stage.targetOf(this.active, this.row));
    // the real camera stays where it stood and turns: so does this one
    if (this.chosenView === "camera" && on.follow && !this.stage.easing) this.view("camera", true);
    for (const body of this.bodies) {
      const mine = body.take === this.active;
      body.show(mine || on.others ? rowAt(body.take, time) : null);
      body.dim(!mine && !body.take.colour && !this.data.takes.some((t) => t.colour));
      if (on.errors && body.take.error && body.row !== null) body.redden((j) => this.redness(body, j));
      else body.showJoints(on.joints);
    }
    const body = this.bodies.find((b) => b.take === this.active) ?? null;
    if (this.trails) {
      this.trails.group.visible = on.trails;
      this.trails.show(row);
    }
    this.moveGhost(body, on.ghostMoved);
    this.labels.labels = [
      ...this.arcs.show(on.angles ? body : null, angles),
      ...(on.names && body ? this.names(body) : []),
      ...(on.errors ? this.bodies.flatMap((b) => this.errors(b)) : []),
      ...this.people(on.others),
      ...(this.chosenView === "camera" ? [] : this.cameras.labels),
    ];
    this.cameras.lines.object.visible = this.chosenView !== "camera"; // the chosen one would be all around
    this.labelBox.classList.toggle("named", on.names);
    this.stage.canvas.dataset.frame = String(frame);
    this.stage.refresh();
  }

  view(name: ViewName | "start", atOnce = false): void {
    this.chosenView = name;
    const { aspect, short } = this.stage;
    const target = this.active ? this.stage.targetOf(this.active, this.row) : new THREE.Vector3(0, 0, 1);
    if (name === "cameras" && !this.data.views.length) return;
    const ball = name === "cameras" ? this.cameras.reach(target) : this.stage.radiusOf(this.active);
    const radius = ball * (short ? 1.12 : 1); // the buttons above the view need their place
    if (!this.stage.following || !this.active) this.stage.controls.target.copy(target);
    const start = name === "start" || !this.active;
    const view = start ? startView(radius, aspect) : presetView(name as ViewName, this.data, this.active!, this.row, target, radius, aspect, this.data.views[this.cameras.chosen]);
    this.stage.look(view, atOnce);
  }

  filmed(number: number): void {
    this.cameras.choose(number);
    if (this.chosenView === "camera") this.view("camera");
    this.stage.refresh();
  }

  zoom(by: number): void {
    this.stage.zoom(by);
  }

  private moveGhost(body: Body | null, moved: boolean): void {
    if (!this.ghost) return;
    this.ghost.group.position.set(0, 0, 0);
    if (moved && body && body.row !== null && this.ghost.row !== null) {
      this.ghost.group.position.subVectors(body.points[0], this.ghost.points[0]).setZ(0);
    }
  }

  private redness(body: Body, joint: number): number {
    const error = body.take.error![17 * body.row! + joint];
    return Number.isFinite(error) ? Math.min(Math.max((error - RED_M[0]) / (RED_M[1] - RED_M[0]), 0), 1) : 0;
  }

  private names(body: Body): Label[] {
    if (body.row === null) return [];
    return this.data.skeleton.joints.map((name, j) => ({ at: body.points[j], text: jointLabel(name), kind: "name" }));
  }

  private errors(body: Body): Label[] {
    const { take, row } = body;
    if (!take.error || row === null) return [];
    const of = (j: number) => take.error![17 * row + j];
    const worst = [...Array(17).keys()].filter((j) => Number.isFinite(of(j))).sort((a, b) => of(b) - of(a));
    return worst.slice(0, WORST).map((j) => ({
      at: body.points[j],
      text: `${jointLabel(this.data.skeleton.joints[j])} ${Math.round(100 * of(j))} cm`,
      kind: "error",
    }));
  }

  private people(others: boolean): Label[] {
    if (this.bodies.length < 2) return [];
    const head = this.data.skeleton.joints.indexOf("head");
    return [...this.bodies]
      .sort((a, b) => Number(b.take === this.active) - Number(a.take === this.active)) // of names that would cover each other the first stays
      .filter((b) => b.row !== null && (others || b.take === this.active))
      .map((b) => ({ at: b.points[head].clone().setZ(b.points[head].z + 0.16), text: b.take.name, kind: "person" }));
  }
}
