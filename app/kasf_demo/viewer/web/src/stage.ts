// The 3D view: scene, light, camera that can be turned, and a target that goes along with the athlete.

import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Take } from "./data";
import { extentOf, makeFloor } from "./floor";
import { reach, smoothPath } from "./paths";
import type { View } from "./views";

const BACKGROUND = "#12161c";
const EASE_MS = 350;
const SLOW_MS = 60;

export class Stage {
  readonly scene = new THREE.Scene();
  readonly camera = new THREE.PerspectiveCamera(35, 1, 0.05, 400);
  readonly controls: OrbitControls;
  following = true;
  onMoved: () => void = () => {}; // by hand
  onResize: () => void = () => {};
  afterRender: () => void = () => {};
  private readonly renderer: THREE.WebGLRenderer;
  private readonly light = new THREE.DirectionalLight("#ffffff", 2.6);
  private dirty = true;
  private ease: { from: View; to: View; start: number } | null = null;
  private turning = false;
  private plain = false;
  private lastDraw = 0;
  private readonly gaps: number[] = []; // ms between drawings, one after the other
  private readonly paths = new Map<Take, THREE.Vector3[]>();
  private readonly radii = new Map<Take, number>();

  // Throws where the browser has no WebGL.
  constructor(
    private readonly box: HTMLElement,
    takes: Take[],
  ) {
    this.renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: false });
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = THREE.PCFShadowMap;
    this.renderer.domElement.tabIndex = -1;
    box.prepend(this.renderer.domElement);
    this.scene.background = new THREE.Color(BACKGROUND);
    this.scene.add(makeFloor(extentOf(takes)), ...this.lights());
    for (const take of takes) this.paths.set(take, smoothPath(take));
    for (const take of takes) this.radii.set(take, reach(take, this.paths.get(take)!));
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.minDistance = 0.5;
    this.controls.maxDistance = 60;
    this.controls.enableDamping = true;
    this.controls.dampingFactor = 0.15;
    this.controls.addEventListener("change", () => this.refresh());
    this.controls.addEventListener("start", () => {
      this.ease = null;
      this.turning = true;
      this.onMoved();
    });
    this.controls.addEventListener("end", () => (this.turning = false));
    new ResizeObserver(() => this.resize()).observe(box);
    this.resize();
    requestAnimationFrame(this.loop);
  }

  get canvas(): HTMLCanvasElement {
    return this.renderer.domElement;
  }

  get aspect(): number {
    return this.camera.aspect;
  }

  // On the way to another view.
  get easing(): boolean {
    return this.ease !== null;
  }

  get short(): boolean {
    return this.box.clientHeight < 420;
  }

  refresh(): void {
    this.dirty = true;
  }

  // Of the ball around an athlete that a view shows; in a comparison both are to be seen.
  radiusOf(take: Take | null): number {
    const shown = [...this.radii.keys()].some((t) => t.colour) ? [...this.radii.keys()] : take ? [take] : [];
    return shown.length ? Math.max(...shown.map((t) => this.radii.get(t)!)) : 1.2;
  }

  // Where the camera looks when the athlete of `take` is in `row`, smoothed over time.
  targetOf(take: Take, row: number): THREE.Vector3 {
    return this.paths.get(take)![row].clone();
  }

  // Moves camera and target together, so that the view stays the same.
  follow(target: THREE.Vector3): void {
    if (!this.following) return;
    this.camera.position.add(target).sub(this.controls.target);
    this.controls.target.copy(target);
    this.light.target.position.copy(target);
    this.light.position.set(target.x - 0.8, target.y - 1.2, target.z + 5);
    this.refresh();
  }

  look(view: View, at_once = false): void {
    const from = { offset: this.camera.position.clone().sub(this.controls.target), lens_deg: this.camera.fov };
    this.ease = { from, to: view, start: at_once ? -Infinity : performance.now() };
    this.controls.enabled = false;
    this.refresh();
    if (at_once) this.step(performance.now());
  }

  zoom(by: number): void {
    const { target } = this.controls;
    this.camera.position.sub(target).multiplyScalar(by).add(target);
    this.onMoved();
    this.refresh();
  }

  // Px from the view's top left corner; null behind the camera.
  project(point: THREE.Vector3): { x: number; y: number } | null {
    const p = point.clone().project(this.camera);
    if (p.z > 1) return null;
    return { x: ((p.x + 1) / 2) * this.box.clientWidth, y: ((1 - p.y) / 2) * this.box.clientHeight };
  }

  private lights(): THREE.Object3D[] {
    const { shadow } = this.light;
    this.light.castShadow = true;
    shadow.mapSize.set(1024, 1024);
    shadow.radius = 3;
    shadow.bias = -0.002;
    Object.assign(shadow.camera, { left: -2.5, right: 2.5, top: 2.5, bottom: -2.5, near: 0.5, far: 12 });
    return [this.light, this.light.target, new THREE.HemisphereLight("#f4f7ff", "#5a6675", 2.6)];
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !height) return;
    this.renderer.setSize(width, height);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.onResize();
    this.draw(); // a resized canvas is empty until it is drawn
  }

  private readonly loop = (now: number) => {
    if (this.ease) this.step(now);
    else this.controls.update();
    if (this.dirty || this.turning) {
      this.draw();
      this.watch(now);
    }
    requestAnimationFrame(this.loop);
  };

  private step(now: number): void {
    const { from, to, start } = this.ease!;
    const t = Math.min((now - start) / EASE_MS, 1);
    const s = t * t * (3 - 2 * t);
    const [a, b] = [new THREE.Spherical(), new THREE.Spherical()].map((polar, i) => zUp(polar, (i ? to : from).offset));
    let turn = b.theta - a.theta; // the short way round
    turn -= 2 * Math.PI * Math.round(turn / (2 * Math.PI));
    const between = new THREE.Spherical(mix(a.radius, b.radius, s), mix(a.phi, b.phi, s), a.theta + s * turn);
    const offset = new THREE.Vector3().setFromSpherical(between);
    this.camera.position.set(offset.z, offset.x, offset.y).add(this.controls.target);
    this.camera.fov = mix(from.lens_deg, to.lens_deg, s);
    this.camera.updateProjectionMatrix();
    this.camera.lookAt(this.controls.target);
    this.refresh();
    if (t === 1) {
      this.ease = null;
      this.controls.enabled = true;
      this.controls.update();
    }
  }

  private draw(): void {
    this.dirty = false;
    this.renderer.render(this.scene, this.camera);
    this.afterRender();
  }

  // Where drawing is slow (no graphics card), shadows and fine pixels are given up.
  private watch(now: number): void {
    const gap = now - this.lastDraw;
    this.lastDraw = now;
    if (gap > 500 || this.plain) return; // nothing was drawn in between
    this.gaps.push(gap);
    if (this.gaps.length < 15) return;
    const usual = this.gaps.sort((a, b) => a - b)[7];
    this.gaps.length = 0;
    if (usual < SLOW_MS) return;
    this.plain = true;
    this.light.castShadow = false;
    this.renderer.setPixelRatio(1);
  }
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;

// three.js's spherical coordinates have y up: ours are turned.
function zUp(polar: THREE.Spherical, offset: THREE.Vector3): THREE.Spherical {
  return polar.setFromCartesianCoords(offset.y, offset.z, offset.x);
}
