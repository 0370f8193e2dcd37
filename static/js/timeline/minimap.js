// The whole run in small, below the timeline: the viewport is a frame on it, to drag, to resize, to jump with.

import { CanvasView } from "./canvas_view.js";
import { MinimapRaster } from "./minimap_raster.js";
import { dragged, keyMove, MinimapScale, zoneAt } from "./minimap_range.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./minimap_range.js").Range} Range */
/** @typedef {import("./minimap_range.js").Zone} Zone */

/** While a run is live its picture is made anew so often: it is for orientation. */
const REFRESH_MS = 400;
const REACH_PX = 6;
const TOUCH_REACH_PX = 18;
const LEAST_VIEW_PX = 2;
const CURSORS = { from: "ew-resize", to: "ew-resize", inside: "grab", outside: "pointer" };

export class Minimap {
  /**
   * @param {HTMLElement} host a slider, for whoever does not see it
   * @param {Timeline} timeline
   * @param {(range: Range, whole: boolean) => string} describe what is in sight, in words
   */
  constructor(host, timeline, describe) {
    this.host = host;
    this.timeline = timeline;
    this.describe = describe;
    this.raster = new MinimapRaster(host.ownerDocument);
    this.scale = new MinimapScale({ fromNs: 0, toNs: 1 }, 1);
    /** @type {unknown[]} what the picture was made from */
    this.drawnFrom = [];
    /** @type {unknown[]} what stands on it */
    this.shown = [];
    this.refreshedMs = -Infinity;
    this.timer = 0;
    this.slice = 0;
    /** @type {{zone: Zone, x: number, range: Range} | null} */
    this.drag = null;
    this.view = new CanvasView(host, {
      resize: () => this.look(),
      paint: (ratio) => this.paint(ratio),
    });
    this.view.canvas.setAttribute("aria-hidden", "true");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.view.canvas.getContext("2d"));
    this.#bind();
    timeline.afterPaint.push(() => this.look());
    this.look();
  }

  /** What the whole of it stands for; while the run is live it grows in steps, as the timeline does. */
  get run() {
    const { beginNs, endNs, ended } = this.timeline.model;
    const spanNs = ended ? endNs - beginNs : this.timeline.viewport.followSpan();
    return { fromNs: beginNs, toNs: beginNs + Math.max(spanNs, 1) };
  }

  /** @returns {Range} */
  get range() {
    const { viewport } = this.timeline;
    return { fromNs: viewport.tForX(0), toNs: viewport.tForX(viewport.widthPx) };
  }

  get #showsWhole() {
    const { fromNs, toNs } = this.range;
    return fromNs <= this.run.fromNs && toNs >= this.timeline.model.endNs;
  }

  /** The timeline was painted: is there anything new for us? */
  look() {
    // The view tells its size while it is made.
    if (!this.view) return;
    const { model, scene } = this.timeline;
    this.host.classList.toggle("nothing", model.spans === 0);
    this.scale = new MinimapScale(this.run, this.view.width);
    const { nsPerPx, widthPx } = this.scale;
    const source = [
      model.rows,
      model.spans,
      model.endNs,
      nsPerPx,
      widthPx,
      this.view.height,
      scene.theme,
      scene.hiddenLooks,
    ];
    if (differ(source, this.drawnFrom)) this.#refreshSoon(source);
    const { fromNs, toNs } = this.range;
    const shown = [fromNs, toNs, nsPerPx, widthPx, scene.theme, scene.cursorNs, this.#findings().length];
    if (!differ(shown, this.shown)) return;
    this.shown = shown;
    this.view.request();
    this.#say();
  }

  destroy() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.slice);
    this.view.destroy();
  }

  // -- the picture ---------------------------------------------------------------------------------------

  /** @param {unknown[]} source */
  #refreshSoon(source) {
    if (this.timer || this.slice) return;
    const live = !this.timeline.model.ended && source[0] === this.drawnFrom[0];
    const waitMs = live ? this.refreshedMs + REFRESH_MS - performance.now() : 0;
    if (waitMs > 0) {
      this.timer = window.setTimeout(() => {
        this.timer = 0;
        this.look();
      }, waitMs);
      return;
    }
    this.drawnFrom = source;
    this.refreshedMs = performance.now();
    const { model, scene } = this.timeline;
    this.raster.begin({
      rows: [...model.rows],
      scale: this.scale,
      height: Math.max(1, Math.floor(this.view.height)),
      hiddenLooks: scene.hiddenLooks,
      colours: scene.theme.looks,
    });
    this.#continue();
  }

  #continue() {
    this.slice = 0;
    if (!this.raster.step()) {
      this.slice = requestAnimationFrame(() => this.#continue());
      return;
    }
    this.view.request();
    // What came while the picture was made.
    this.look();
  }

  /** When something went wrong: what was found, and what the trace warns of. */
  #findings() {
    return this.timeline.model.groups.flatMap(({ fold }) => [
      ...fold.findings.map((finding) => ({ ns: finding[0], bad: true })),
      ...fold.warnings.map((warning) => ({ ns: warning[0], bad: false })),
    ]);
  }

  /** @param {number} ratio */
  paint(ratio) {
    if (!this.context) return;
    const { context, scale } = this;
    const { theme, cursorNs } = this.timeline.scene;
    const { width, height } = this.view;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    this.#picture();
    const { left, right } = scale.frameOf(this.range);
    this.#shade(left, right);
    for (const { ns, bad } of this.#findings()) this.#tick(scale.xOf(ns), bad ? theme.alarm : theme.muted);
    if (cursorNs !== null) {
      context.fillStyle = theme.accent;
      context.fillRect(Math.round(scale.xOf(cursorNs)), 0, 1, height);
    }
    this.#frame(Math.round(left), Math.round(right));
  }

  /** The newest picture, which may be of a scale that was: it stands where it belongs until the next one is done. */
  #picture() {
    const { canvas, scale } = this.raster;
    if (!scale) return;
    const left = this.scale.xOf(scale.nsOf(0));
    const right = this.scale.xOf(scale.nsOf(canvas.width));
    this.context.drawImage(canvas, left, 0, right - left, canvas.height);
  }

  /** What is not in sight steps back. @param {number} left @param {number} right */
  #shade(left, right) {
    const { context } = this;
    context.globalAlpha = 0.6;
    context.fillStyle = this.timeline.scene.theme.labels;
    context.fillRect(0, 0, left, this.view.height);
    context.fillRect(right, 0, this.view.width - right, this.view.height);
    context.globalAlpha = 1;
  }

  /** @param {number} left @param {number} right */
  #frame(left, right) {
    const { context } = this;
    const { height } = this.view;
    const { theme } = this.timeline.scene;
    // With all in sight there is nothing to choose: it stays in the background.
    context.strokeStyle = context.fillStyle = this.#showsWhole ? theme.border : theme.accent;
    context.lineWidth = 2;
    context.strokeRect(left + 1, 1, right - left - 2, height - 2);
    // The grips say that the edges can be taken.
    const grip = Math.min(14, height * 0.45);
    for (const x of [left, right - 4]) context.fillRect(x, (height - grip) / 2, 4, grip);
  }

  /** A small triangle that points at the instant: a shape, not only a colour. @param {number} x @param {string} colour */
  #tick(x, colour) {
    const { context } = this;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 4, 0);
    context.lineTo(x, 7);
    context.fill();
    context.fillRect(Math.round(x), 0, 1, this.view.height);
  }

  /** What the slider says of itself. */
  #say() {
    const { run, range, host } = this;
    const lengthNs = run.toNs - run.fromNs;
    const middle = (range.fromNs + range.toNs) / 2 - run.fromNs;
    const percent = Math.round(Math.max(0, Math.min(1, middle / lengthNs)) * 100);
    const text = this.describe(range, this.#showsWhole);
    if (host.getAttribute("aria-valuetext") === text) return;
    host.setAttribute("aria-valuenow", String(percent));
    host.setAttribute("aria-valuetext", text);
  }

  // -- pointer and keys ----------------------------------------------------------------------------------

  #bind() {
    const { host } = this;
    host.addEventListener("pointerdown", (event) => this.#onDown(event));
    host.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      host.addEventListener(end, () => (this.drag = null));
    }
    host.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {PointerEvent} event */
  #place(event) {
    const x = event.clientX - this.host.getBoundingClientRect().left;
    const reach = event.pointerType === "touch" ? TOUCH_REACH_PX : REACH_PX;
    return { x, zone: zoneAt(this.scale.frameOf(this.range), x, reach) };
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.button !== 0) return;
    const { x, zone } = this.#place(event);
    if (zone === "outside") {
      const { fromNs, toNs } = this.range;
      this.#moveTo(this.scale.nsOf(x) - (toNs - fromNs) / 2);
    }
    // Who jumped can go on and drag.
    const held = zone === "outside" ? "inside" : zone;
    this.drag = { zone: held, x, range: held === "inside" ? this.range : this.scale.clip(this.range) };
    this.host.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const { x, zone } = this.#place(event);
    this.host.style.cursor = this.drag?.zone === "inside" ? "grabbing" : CURSORS[this.drag?.zone ?? zone];
    if (!this.drag) return;
    const movedNs = (x - this.drag.x) * this.scale.nsPerPx;
    const next = dragged(this.drag.zone, this.drag.range, movedNs, LEAST_VIEW_PX * this.scale.nsPerPx);
    if (this.drag.zone === "inside") this.#moveTo(next.fromNs);
    else this.#show(next);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const movedNs = keyMove(event.key, this.range, this.run);
    if (movedNs === undefined) return;
    event.preventDefault();
    this.#moveTo(this.range.fromNs + movedNs);
  }

  /** Move the viewport at its scale, by whole columns: what is computed stays right. @param {number} fromNs */
  #moveTo(fromNs) {
    const { viewport } = this.timeline;
    this.timeline.panPx(Math.round(fromNs / viewport.nsPerPx) - viewport.originColumn);
  }

  /** @param {Range} range */
  #show({ fromNs, toNs }) {
    this.timeline.setFollow(false);
    this.timeline.viewport.show(fromNs, toNs);
    this.timeline.view.request();
  }
}

/** @param {unknown[]} one @param {unknown[]} other */
function differ(one, other) {
  return one.length !== other.length || one.some((value, at) => value !== other[at]);
}
