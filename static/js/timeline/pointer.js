// Mouse, wheel and touch on the canvas, as calls to the timeline. The keyboard is the page's.

/**
 * What a pointer can ask for; x and y are CSS pixels from the canvas's corner.
 * @typedef {object} PointerTarget
 * @property {(dx: number) => void} panPx
 * @property {(dy: number) => boolean} scrollLanes false when there was nothing to scroll
 * @property {(factor: number, x: number) => void} zoomAt
 * @property {(x: number, y: number, clientX: number, clientY: number) => void} hoverAt
 * @property {(clientX: number, clientY: number) => void} leave
 * @property {(x: number, y: number) => void} clickAt
 */

const DRAG_THRESHOLD_PX = 4;
const WHEEL_ZOOM = 0.002;
const LINE_PX = 16;

export class PointerInput {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {PointerTarget} target
   * @param {import("./gestures.js").Gestures} gestures
   */
  constructor(canvas, target, gestures) {
    this.canvas = canvas;
    this.target = target;
    this.gestures = gestures;
    /** @type {Map<number, {x: number, y: number}>} */
    this.down = new Map();
    this.dragged = false;
    /** @type {import("./gestures.js").DragKind} what the drag under way does */
    this.kind = "pan";
    this.pinch = 0;
    this.abort = new AbortController();
    const { signal } = this.abort;
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ listener) =>
      canvas.addEventListener(type, listener, { signal, passive: false });
    on("pointerdown", (event) => this.onDown(event));
    on("pointermove", (event) => this.onMove(event));
    on("pointerup", (event) => this.onUp(event));
    on("pointercancel", (event) => this.forget(event));
    on("pointerleave", (event) => this.target.leave(event.clientX, event.clientY));
    on("wheel", (event) => this.onWheel(event));
    on("dblclick", (event) => this.onDouble(event));
  }

  destroy() {
    this.abort.abort();
  }

  /** @param {MouseEvent} event */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    if (event.button !== 0) return;
    const { x, y } = this.place(event);
    this.down.set(event.pointerId, { x, y });
    this.dragged = this.down.size > 1;
    const kind = this.dragged ? "pan" : this.gestures.begin(x, y, event.shiftKey);
    // A finger on a label scrolls.
    this.kind = kind === "lane" && event.pointerType === "touch" ? "pan" : kind;
    this.pinch = this.pinchWidth();
  }

  /** @param {PointerEvent} event */
  onMove(event) {
    const now = this.place(event);
    const before = this.down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") this.target.hoverAt(now.x, now.y, event.clientX, event.clientY);
      return;
    }
    const dx = now.x - before.x;
    const dy = now.y - before.y;
    if (!this.dragged && Math.hypot(dx, dy) < DRAG_THRESHOLD_PX) return;
    if (!this.dragged) {
      this.dragged = true;
      // Only a drag takes the pointer: a plain click must stay a click for the page.
      this.canvas.setPointerCapture(event.pointerId);
      this.target.leave(event.clientX, event.clientY);
    }
    this.down.set(event.pointerId, now);
    if (this.down.size === 2) {
      this.onPinch(dx / 2);
    } else if (this.kind === "range") {
      this.gestures.dragRange(now.x, false);
    } else if (this.kind === "lane") {
      this.gestures.dragLane(now.y);
    } else {
      this.target.panPx(-dx);
      this.target.scrollLanes(-dy);
    }
  }

  /** @param {number} dx how far the middle of the two fingers moved */
  onPinch(dx) {
    const width = this.pinchWidth();
    const [a, b] = [...this.down.values()];
    this.target.panPx(-dx);
    if (width > 0 && this.pinch > 0) this.target.zoomAt(width / this.pinch, (a.x + b.x) / 2);
    this.pinch = width;
  }

  pinchWidth() {
    if (this.down.size !== 2) return 0;
    const [a, b] = [...this.down.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  }

  /** @param {PointerEvent} event */
  onUp(event) {
    if (!this.down.has(event.pointerId)) return;
    const { x, y } = this.place(event);
    const clicked = !this.dragged;
    const { kind } = this;
    this.forget(event);
    if (clicked) this.target.clickAt(x, y);
    else if (kind === "range") this.gestures.dragRange(x, true);
  }

  /** @param {MouseEvent} event */
  onDouble(event) {
    const { x, y } = this.place(event);
    this.gestures.doubleClickAt(x, y);
  }

  /** @param {PointerEvent} event */
  forget(event) {
    this.down.delete(event.pointerId);
    this.pinch = this.pinchWidth();
  }

  /** @param {WheelEvent} event */
  onWheel(event) {
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.target.zoomAt(Math.exp(-dy * WHEEL_ZOOM), this.place(event).x);
    } else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
      event.preventDefault();
      this.target.panPx(dx || dy);
    } else if (this.target.scrollLanes(dy)) {
      // Otherwise the page scrolls: the timeline never traps it.
      event.preventDefault();
    }
  }
}
