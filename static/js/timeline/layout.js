// Where things are on the canvas: pure arithmetic on a scene, shared by the painter and by the pointer.

/** @typedef {import("./model.js").TimelineModel} TimelineModel */
/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./group.js").Row} Row */
/** @typedef {import("./tracks.js").Track} Track */
/** @typedef {import("./viewport.js").Viewport} Viewport */
/** @typedef {import("../trace/fold.js").Flow} Flow */
/** @typedef {{flow: Flow, group: Group}} Arrow a flow, and whose run it belongs to */

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
 * @property {{key: string, span: number} | null} selection a row's key
 * @property {import("./range.js").Range | null} range the time that the reader chose
 * @property {number | null} rangeBeginNs its first end, while the other one is to come
 * @property {import("./paint_range.js").Mark[]} marks
 * @property {string | null} [spotlight] the key of the only row that is not dimmed
 * @property {Arrow | null} arrow the flow under the pointer, or chosen
 */

/**
 * Everything that a reader may choose or point at, as it is before that.
 * @returns {Pick<Scene, "scrollY" | "cursorNs" | "selection" | "range" | "rangeBeginNs" | "marks" | "arrow">}
 */
export function untouched() {
  return {
    scrollY: 0,
    cursorNs: null,
    selection: null,
    range: null,
    rangeBeginNs: null,
    marks: [],
    arrow: null,
  };
}

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

/** The height of a heading; 0 where a single run needs none. @param {Scene} scene */
export function headingHeight({ model, size }) {
  return model.hasHeadings ? size.heading : 0;
}

/**
 * How far below the first heading's top a group begins, with its own heading.
 * @param {Scene} scene
 * @param {number} index of the group; one past the last: where the lanes end
 */
export function groupOffset(scene, index) {
  const { groups, rows } = scene.model;
  const first = index < groups.length ? groups[index].first : rows.length;
  const below = groups.slice(0, index).reduce((sum, group) => sum + tracksHeight(scene, group), 0);
  return first * pitch(scene) + index * (headingHeight(scene) + tail(scene)) + below;
}

/** The room of what is below a group's lanes. @param {Scene} scene @param {Group} group */
function tracksHeight(scene, { tracks }) {
  return tracks.length ? tracks.length * pitch(scene) + tracksGap(scene) : 0;
}

/** Between the lanes and what is below them. @param {Scene} scene */
export function tracksGap({ size }) {
  return size.gap;
}

/**
 * The top of the bar of a group's track number `at`.
 * @param {Scene} scene
 * @param {number} index of the group
 * @param {number} at
 */
export function trackTop(scene, index, at) {
  const above = groupOffset(scene, index) + headingHeight(scene) + tracksGap(scene);
  const within = (scene.model.groups[index].rows.length + at) * pitch(scene);
  return headHeight(scene) + above + within + scene.size.gap - scene.scrollY;
}

/**
 * The track at a height of the canvas.
 * @param {Scene} scene
 * @param {number} y
 * @returns {Track | undefined}
 */
export function trackAt(scene, y) {
  if (y < headHeight(scene)) return undefined;
  for (const [index, { tracks }] of scene.model.groups.entries()) {
    const at = Math.floor((y - trackTop(scene, index, 0) + scene.size.gap / 2) / pitch(scene));
    if (tracks[at]) return tracks[at];
  }
  return undefined;
}

/** The room below the lanes of a group, before the next one's heading. @param {Scene} scene */
function tail({ model, size }) {
  return model.hasHeadings ? size.gap : 0;
}

/**
 * Where a group is on the canvas, from its heading's top to the next one's; the last one reaches to the foot.
 * @param {Scene} scene
 * @param {number} index
 */
export function groupBand(scene, index) {
  const origin = headHeight(scene) - scene.scrollY;
  if (scene.model.overlaid) return { top: origin, bottom: scene.height };
  const isLast = index === scene.model.groups.length - 1;
  const end = origin + groupOffset(scene, index + 1);
  return {
    top: origin + groupOffset(scene, index),
    bottom: isLast ? Math.max(end, scene.height) : end,
  };
}

/**
 * How far below the first heading's top a row begins.
 * @param {Scene} scene
 * @param {number} position
 */
export function rowOffset(scene, position) {
  const group = scene.model.rows[position]?.group;
  if (!group || !scene.model.hasHeadings) return position * pitch(scene);
  const within = position - group.first;
  return groupOffset(scene, scene.model.groups.indexOf(group)) + headingHeight(scene) + within * pitch(scene);
}

/**
 * The top of a lane's full-height bar.
 * @param {Scene} scene
 * @param {number} position
 */
export function barTop(scene, position) {
  return headHeight(scene) + rowOffset(scene, position) + scene.size.gap - scene.scrollY;
}

/** Where a row's label begins. @param {Scene} scene @param {Row} row */
export function labelLeft({ size }, row) {
  return 10 + row.depth * size.indent;
}

/** What the triangle of a row with others below it takes of its label. @param {Scene} scene */
export function triangleRoom({ size }) {
  return size.font;
}

/** The top of the bar of a row or a track; NaN where it is not shown. @param {Scene} scene @param {string} key */
export function topOf(scene, key) {
  const position = scene.model.positions.get(key);
  if (position !== undefined) return barTop(scene, position);
  for (const [index, { tracks }] of scene.model.groups.entries()) {
    const at = tracks.findIndex((track) => track.key === key);
    if (at >= 0) return trackTop(scene, index, at);
  }
  return NaN;
}

/** @param {Scene} scene */
export function contentHeight(scene) {
  return groupOffset(scene, scene.model.groups.length) + scene.size.gap - tail(scene);
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
  const top = scene.scrollY - scene.size.gap;
  const bottom = scene.scrollY + scene.height - headHeight(scene);
  let first = scene.model.rows.length;
  let end = 0;
  scene.model.groups.forEach((group, index) => {
    const begin = groupOffset(scene, index) + headingHeight(scene);
    const from = clampTo(Math.floor((top - begin) / pitch(scene)), group.rows.length);
    const to = clampTo(Math.ceil((bottom - begin) / pitch(scene)), group.rows.length);
    if (from >= to) return;
    first = Math.min(first, group.first + from);
    end = Math.max(end, group.first + to);
  });
  return [Math.min(first, end), end];
}

/**
 * The row at a height of the canvas.
 * @param {Scene} scene
 * @param {number} y
 * @returns {Row | undefined}
 */
export function rowAt(scene, y) {
  if (y < headHeight(scene)) return undefined;
  const down = y - headHeight(scene) + scene.scrollY - scene.size.gap / 2;
  for (const [index, group] of scene.model.groups.entries()) {
    const within = down - groupOffset(scene, index) - headingHeight(scene);
    if (within < 0) return undefined;
    const row = group.rows[Math.floor(within / pitch(scene))];
    if (row) return row;
  }
  return undefined;
}

/** @param {number} value @param {number} most */
function clampTo(value, most) {
  return Math.max(0, Math.min(value, most));
}

/** A flow that takes longer than this runs along its lane and then across: long diagonals hide what they cross. */
const STRAIGHT_PX = 24;
/** Beyond this far outside, an arrow's x does not matter, and a canvas is slow with huge numbers. */
const OUTSIDE_PX = 100;

/**
 * The corners of a flow's arrow, from lane edge to lane edge; undefined when a lane is not shown.
 * @param {Scene} scene
 * @param {Arrow} arrow
 * @returns {[x: number, y: number][] | undefined}
 */
export function arrowOf(scene, { flow, group }) {
  const { model, viewport, size } = scene;
  const from = model.places.get(group.keyOf(flow[1]));
  const to = model.places.get(group.keyOf(flow[3]));
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

/** Beside a lane in the spotlight, only its own arrows. @param {Scene} scene @param {Group} group @param {Flow} flow */
function isLit({ spotlight }, group, flow) {
  return !spotlight || group.keyOf(flow[1]) === spotlight || group.keyOf(flow[3]) === spotlight;
}

export const MOST_ARROWS = 400;

/**
 * The flows to draw as arrows, and how many there are; no list when they are too many.
 * @param {Scene} scene
 * @returns {{count: number, arrows: Arrow[] | null}}
 */
export function visibleFlows(scene) {
  const { model, viewport } = scene;
  /** @type {Arrow[]} */
  const arrows = [];
  let count = 0;
  for (const group of model.groups) {
    group.flows.forEachBetween(viewport.fromNs, viewport.toNs, (flow) => {
      if (!isDrawn(model, group, flow)) return;
      if (!isLit(scene, group, flow)) return;
      count += 1;
      if (count <= MOST_ARROWS) arrows.push({ flow, group });
    });
  }
  return { count, arrows: count <= MOST_ARROWS ? arrows : null };
}

/**
 * Whether both ends of a flow are to be seen, and not in the same collapsed row.
 * @param {TimelineModel} model
 * @param {Group} group
 * @param {Flow} flow
 */
export function isDrawn({ places }, group, flow) {
  const from = places.get(group.keyOf(flow[1]));
  const to = places.get(group.keyOf(flow[3]));
  return from !== undefined && to !== undefined && (from !== to || flow[1] === flow[3]);
}
