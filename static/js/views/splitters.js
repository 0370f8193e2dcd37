// The bars between the timeline and the docks: dragged, or moved with arrow keys; this browser remembers where they are.

import { byId } from "./dom.js";

const STEP = 2;
const KEPT = "lab.split";
/** @typedef {"columns" | "rows"} Axis */
/**
 * What a bar moves: the share of the lab, in per cent, that the dock behind it takes.
 * @type {Record<Axis, {dock: string, property: string, least: number, most: number, grow: string, shrink: string}>}
 */
const AXES = {
  columns: {
    dock: "dock-side",
    property: "--side-share",
    least: 20,
    most: 70,
    grow: "ArrowLeft",
    shrink: "ArrowRight",
  },
  rows: {
    dock: "dock-below",
    property: "--below-share",
    least: 8,
    most: 75,
    grow: "ArrowUp",
    shrink: "ArrowDown",
  },
};

export class Splitters {
  /** @param {HTMLElement} lab the grid that the docks are in */
  constructor(lab) {
    this.lab = lab;
    /** Each layout has sizes of its own: the projector's print needs other ones. */
    this.layout = "page";
    /** @type {Record<string, number>} "layout axis" -> per cent; what the reader left alone is not in it */
    this.shares = read();
    for (const axis of /** @type {Axis[]} */ (Object.keys(AXES))) this.#bind(axis);
    new ResizeObserver(() => this.#tell()).observe(lab);
  }

  /** @param {string} layout */
  use(layout) {
    this.layout = layout;
    this.#apply();
  }

  /** @param {Axis} axis */
  #bind(axis) {
    const bar = byId(`split-${axis}`);
    bar.addEventListener("keydown", (event) => this.#onKey(event, axis));
    bar.addEventListener("dblclick", () => this.#set(axis, null));
    bar.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      bar.focus();
      bar.setPointerCapture(event.pointerId);
    });
    bar.addEventListener("pointermove", (event) => {
      if (bar.hasPointerCapture(event.pointerId)) this.#set(axis, this.#shareAt(axis, event));
    });
  }

  /** @param {Axis} axis @param {PointerEvent} event */
  #shareAt(axis, event) {
    const box = this.lab.getBoundingClientRect();
    return axis === "columns"
      ? ((box.right - event.clientX) / box.width) * 100
      : ((box.bottom - event.clientY) / box.height) * 100;
  }

  /** @param {KeyboardEvent} event @param {Axis} axis */
  #onKey(event, axis) {
    const { grow, shrink, least, most } = AXES[axis];
    const now = this.#measure(axis);
    /** @type {Record<string, number | null>} */
    const wanted = { [grow]: now + STEP, [shrink]: now - STEP, Home: least, End: most, Enter: null };
    if (!(event.key in wanted)) return;
    event.preventDefault();
    this.#set(axis, wanted[event.key]);
  }

  /** @param {Axis} axis @param {number | null} share null: as the page has it */
  #set(axis, share) {
    const { least, most } = AXES[axis];
    const key = `${this.layout} ${axis}`;
    if (share === null) delete this.shares[key];
    else this.shares[key] = Math.round(Math.max(least, Math.min(most, share)) * 10) / 10;
    write(this.shares);
    this.#apply();
  }

  #apply() {
    for (const [axis, { property }] of Object.entries(AXES)) {
      const share = this.shares[`${this.layout} ${axis}`];
      if (share === undefined) this.lab.style.removeProperty(property);
      else this.lab.style.setProperty(property, `${share}%`);
    }
    this.#tell();
  }

  /** What assistive technology reads of the bars. */
  #tell() {
    for (const axis of /** @type {Axis[]} */ (Object.keys(AXES))) {
      const bar = byId(`split-${axis}`);
      const { least, most, dock } = AXES[axis];
      bar.hidden = byId(dock).hidden;
      bar.setAttribute("aria-valuemin", String(least));
      bar.setAttribute("aria-valuemax", String(most));
      bar.setAttribute("aria-valuenow", String(Math.round(this.#measure(axis))));
    }
  }

  /** @param {Axis} axis */
  #measure(axis) {
    const dock = byId(AXES[axis].dock);
    const { lab } = this;
    const share =
      axis === "columns" ? dock.offsetWidth / lab.clientWidth : dock.offsetHeight / lab.clientHeight;
    return (share || 0) * 100;
  }
}

// Storage may be denied or hold what somebody else wrote: then the page's own sizes are taken.

/** @returns {Record<string, number>} */
function read() {
  try {
    const kept = Object.entries(JSON.parse(localStorage.getItem(KEPT) ?? "{}"));
    return Object.fromEntries(kept.flatMap(([key, value]) => (Number.isFinite(value) ? [[key, value]] : [])));
  } catch {
    return {};
  }
}

/** @param {Record<string, number>} shares */
function write(shares) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(shares));
  } catch {
    // They hold until the page is left.
  }
}
