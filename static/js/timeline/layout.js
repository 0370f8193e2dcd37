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

/**
 * The ends of a flow's arrow, from lane edge to lane edge; undefined when a lane is not shown.
 * @param {Scene} scene
 * @param {Flow} flow
 * @returns {[x1: number, y1: number, x2: number, y2: number] | undefined}
 */
export function arrowOf(scene, flow) {
  const { model, viewport, size } = scene;
  const from = model.positions.get(flow[1]);
  const to = model.positions.get(flow[3]);
  if (from === undefined || to === undefined) return undefined;
  const x1 = size.labels + viewport.xForT(flow[2]);
  const x2 = size.labels + viewport.xForT(flow[4]);
  const down = to > from;
  const y1 = barTop(scene, from) + (down ? size.lane : 0);
  const y2 = barTop(scene, to) + (down || to === from ? 0 : size.lane);
  return [x1, y1, x2, y2];
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
