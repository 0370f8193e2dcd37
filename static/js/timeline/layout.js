// Where things are on the canvas: pure arithmetic on a scene, shared by the painter and by the pointer.

/** @typedef {import("./model.js").TimelineModel} TimelineModel */
/** @typedef {import("./model.js").Row} Row */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("../trace/fold.js").Flow} Flow */

/**
 * Everything a picture is made of. All in CSS pixels and nanoseconds.
 * @typedef {object} Scene
 * @property {TimelineModel} model
 * @property {Viewport} viewport
 * @property {import("./tokens.js").Theme} theme
 * @property {import("./tokens.js").Size} size
 * @property {import("./strings.js").TimelineStrings} strings
 * @property {string} locale
 * @property {number} width
 * @property {number} height
 * @property {number} scrollY
 * @property {number} hiddenLooks a bit per look
 * @property {number | null} cursorNs
 * @property {{laneKey: string, span: number} | null} selection
 * @property {Flow | null} flow the flow under the pointer, or chosen
 */

/** @param {Scene} scene */
export function headHeight({ size }) {
  return size.ruler + size.strip;
}

/** @param {Scene} scene */
export function pitch({ size }) {
  return size.lane + size.gap;
}

/** @param {Scene} scene */
export function plotWidth({ width, size }) {
  return Math.max(1, width - size.labels);
}

/**
 * The top of a lane's full-height bar.
 * @param {Scene} scene
 * @param {number} position
 */
export function barTop(scene, position) {
  return headHeight(scene) + position * pitch(scene) + scene.size.gap - scene.scrollY;
}

/** @param {Scene} scene */
export function contentHeight(scene) {
  return scene.model.rows.length * pitch(scene) + scene.size.gap;
}

/** @param {Scene} scene how far down the lanes can be scrolled; 0 when they fit */
export function scrollLimit(scene) {
  return Math.max(0, contentHeight(scene) - (scene.height - headHeight(scene)));
}

/**
 * The positions of the rows in sight: [first, end).
 * @param {Scene} scene
 * @returns {[number, number]}
 */
export function visibleRows(scene) {
  const step = pitch(scene);
  const first = Math.max(0, Math.floor((scene.scrollY - scene.size.gap) / step));
  const end = Math.ceil((scene.scrollY + scene.height - headHeight(scene)) / step);
  return [Math.min(first, scene.model.rows.length), Math.min(end, scene.model.rows.length)];
}

/**
 * The row at a height of the canvas.
 * @param {Scene} scene
 * @param {number} y
 * @returns {Row | undefined}
 */
export function rowAt(scene, y) {
  if (y < headHeight(scene)) return undefined;
  const position = Math.floor((y - headHeight(scene) + scene.scrollY - scene.size.gap / 2) / pitch(scene));
  return scene.model.rows[position];
}

/** A flow that takes longer than this runs along its lane and then across: long diagonals hide what they cross. */
const STRAIGHT_PX = 24;
/** Beyond this far outside, an arrow's x does not matter, and a canvas is slow with huge numbers. */
const OUTSIDE_PX = 100;

/**
 * The corners of a flow's arrow, from lane edge to lane edge; undefined when a lane is not shown.
 * @param {Scene} scene
 * @param {Flow} flow
 * @returns {[x: number, y: number][] | undefined}
 */
export function arrowOf(scene, flow) {
  const { model, viewport, size } = scene;
  const from = model.positions.get(flow[1]);
  const to = model.positions.get(flow[3]);
  if (from === undefined || to === undefined) return undefined;
  const xOf = (/** @type {number} */ ns) =>
    size.labels + Math.max(-OUTSIDE_PX, Math.min(viewport.xForT(ns), plotWidth(scene) + OUTSIDE_PX));
  const x1 = xOf(flow[2]);
  const x2 = xOf(flow[4]);
  const down = to > from;
  const edge = barTop(scene, from) + (down ? size.lane : 0);
  const inwards = down ? -size.lane : size.lane;
  // The gap alone is too low for an arrow: it begins and ends within the lanes.
  const y1 = edge + inwards * 0.25;
  const y2 = barTop(scene, to) + size.lane * (down || to === from ? 0.12 : 0.88);
  if (x2 - x1 < STRAIGHT_PX && from !== to) return [[x1, y1], [x2, y2]]; // prettier-ignore
  // Clear of the lock holder's bar, which is in the same gap, next to the lane below it.
  const along = down ? edge + size.gap * 0.25 : edge - size.gap * 0.75;
  return [[x1, y1], [x1, along], [x2, along], [x2, y2]]; // prettier-ignore
}

export const MOST_ARROWS = 400;

/**
 * The flows to draw as arrows, and how many there are; no list when they are too many.
 * @param {Scene} scene
 * @returns {{count: number, flows: Flow[] | null}}
 */
export function visibleFlows(scene) {
  const { model, viewport } = scene;
  /** @type {Flow[]} */
  const flows = [];
  let count = 0;
  model.flows.forEachBetween(viewport.fromNs, viewport.toNs, (flow) => {
    if (!model.positions.has(flow[1]) || !model.positions.has(flow[3])) return;
    count += 1;
    if (count <= MOST_ARROWS) flows.push(flow);
  });
  return { count, flows: count <= MOST_ARROWS ? flows : null };
}
