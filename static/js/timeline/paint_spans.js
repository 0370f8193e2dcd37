// Spans, lock holders' bars and pool tasks' brackets.

import { callText } from "../lib/format.js";
import { BLOCKED, LOOKS, REASONS, SOURCES, STATES } from "../trace/constants.js";
import { LOOK_DEAD, LOOK_NEW, LOOK_SLEEPING, lookOf } from "../trace/looks.js";
import { barTop, plotWidth } from "./layout.js";
import { cut, fontOf, mayFit, plate, PLATE_EXTRA, widthOf } from "./text.js";
import { SHAPES } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./group.js").Row} Row */
/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

const INFERRED = SOURCES.indexOf("inferred");
const OUTLINED_PX = 8;
/** Rectangles far outside are cut: a canvas is slow with huge coordinates. */
const OVERHANG = 8;

/**
 * Draw the wide spans of the rows in sight, one batch per look.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {import("./patterns.js").Patterns} patterns
 * @param {[number, number]} range
 */
export function paintSpans(context, scene, patterns, range) {
  const { observed, inferred } = collect(scene, range);
  LOOKS.forEach((_, look) => {
    paintLook(context, scene, patterns, look, observed[look]);
    if (inferred[look].length) {
      context.globalAlpha = 0.45;
      paintLook(context, scene, patterns, look, inferred[look]);
      context.globalAlpha = 1;
      outline(context, inferred[look], scene.theme.looks[look], [3, 3]);
    }
  });
}

/**
 * The rectangles per look, four numbers for each: x, y, width, height. There can be thousands on every frame.
 * @param {Scene} scene
 * @param {[number, number]} range
 */
function collect(scene, [first, end]) {
  /** @type {number[][]} */
  const observed = LOOKS.map(() => []);
  /** @type {number[][]} */
  const inferred = LOOKS.map(() => []);
  for (let position = first; position < end; position += 1) {
    const { columns, lane } = scene.model.rows[position];
    const foot = barTop(scene, position) + scene.size.lane;
    for (const span of columns.wide) {
      const look = lookOf(lane.state.data[span], lane.reason.data[span]);
      const list = lane.source.data[span] === INFERRED ? inferred : observed;
      const [left, right] = edges(scene, columns, span);
      const height = heightOf(scene, look);
      list[look].push(left, foot - height, right - left, height);
    }
  }
  return { observed, inferred };
}

/**
 * @param {Scene} scene
 * @param {number} look
 */
function heightOf({ size }, look) {
  return Math.max(2, Math.round(SHAPES[look].height * size.lane));
}

/**
 * Where a wide span begins and ends on the canvas.
 * @param {Scene} scene
 * @param {import("./columns.js").LaneColumns} columns
 * @param {number} span
 * @returns {[left: number, right: number]}
 */
function edges(scene, columns, span) {
  const { labels } = scene.size;
  return [
    labels + Math.max(columns.firstColumn(span) - columns.origin, -OVERHANG),
    labels + Math.min(columns.endColumn(span) - columns.origin, plotWidth(scene) + OVERHANG),
  ];
}

/**
 * @param {Scene} scene
 * @param {number} position
 * @param {number} span
 * @param {number} look
 * @returns {Rect}
 */
export function spanRect(scene, position, span, look) {
  const [left, right] = edges(scene, scene.model.rows[position].columns, span);
  const height = heightOf(scene, look);
  return { x: left, y: barTop(scene, position) + scene.size.lane - height, width: right - left, height };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {import("./patterns.js").Patterns} patterns
 * @param {number} look
 * @param {number[]} rects
 */
function paintLook(context, scene, patterns, look, rects) {
  if (!rects.length) return;
  const colour = scene.theme.looks[look];
  if (look === LOOK_NEW) {
    outline(context, rects, colour, [4, 3]);
    return;
  }
  fill(context, rects, colour);
  const pattern = patterns.at(look, scene.size.labels - scene.viewport.originColumn, -scene.scrollY);
  if (!pattern) return;
  fill(context, rects, pattern);
  outline(context, rects, colour, []);
}

/**
 * One by one: a single path of thousands of rectangles costs ten times as much.
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} rects
 * @param {string | CanvasPattern} style
 */
function fill(context, rects, style) {
  context.fillStyle = style;
  for (let i = 0; i < rects.length; i += 4) {
    context.fillRect(rects[i], rects[i + 1], rects[i + 2], rects[i + 3]);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} rects
 * @param {string} colour
 * @param {number[]} dash
 */
function outline(context, rects, colour, dash) {
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (let i = 0; i < rects.length; i += 4) {
    const width = rects[i + 2];
    if (width < OUTLINED_PX && !dash.length) continue;
    context.strokeRect(rects[i] + 0.5, rects[i + 1] + 0.5, width - 1, rects[i + 3] - 1);
  }
  context.setLineDash([]);
}

/**
 * Name the spans that have room for a name.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintSpanLabels(context, scene, [first, end]) {
  const { size } = scene;
  const right = scene.width;
  context.font = fontOf(size.small, 600);
  for (let position = first; position < end; position += 1) {
    const row = scene.model.rows[position];
    const { columns, lane, tasks } = row;
    for (const span of columns.wide) {
      const look = lookOf(lane.state.data[span], lane.reason.data[span]);
      if (look === LOOK_DEAD) continue;
      if (columns.endColumn(span) - columns.firstColumn(span) < size.small) continue;
      const rect = spanRect(scene, position, span, look);
      const x = Math.max(rect.x, size.labels);
      const room = Math.min(rect.x + rect.width, right) - x - 6 - PLATE_EXTRA;
      const text = labelFor(context, scene, row, span, look, room);
      if (!text) continue;
      const height = size.small + 4;
      const foot = rect.y + rect.height - height / 2 - 2;
      // The name of a pool's task is at the head of the lane: the state's goes to its foot, if both have room.
      if (tasks.length && size.lane < 2 * height) continue;
      if (tasks.length) plate(context, scene, text, x + 3, foot + 1);
      // A sleeper's bar is lower than a plate: its name stands on it.
      else if (look === LOOK_SLEEPING) plate(context, scene, text, x + 1, rect.y - height / 2);
      else plate(context, scene, text, x + 3, Math.min(rect.y + rect.height / 2, foot));
    }
  }
}

/**
 * The fullest name of a span that fits: why and what for, why, how it looks; nothing when none does.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Row} row
 * @param {number} span
 * @param {number} look
 * @param {number} room
 */
function labelFor(context, scene, { lane, group }, span, look, room) {
  // No name in any language is narrower.
  if (room < scene.size.small) return "";
  const { strings, size } = scene;
  const state = lane.state.data[span];
  const reason = strings.reasonNames[REASONS[lane.reason.data[span]]];
  const fits = (/** @type {string} */ text) =>
    mayFit(text, size.small, room) && widthOf(context, text) <= room;
  if (reason && mayFit(reason, size.small, room)) {
    const name = state === BLOCKED && group.nameOf(lane.texts.byIndex[lane.obj.data[span]]);
    const full = name ? `${reason}: ${name}` : "";
    if (full && fits(full)) return full;
    if (fits(reason)) return reason;
  }
  const plain = strings.lookNames[LOOKS[look]] ?? STATES[state];
  return fits(plain) ? plain : "";
}

/**
 * A bar above a lane while it holds a lock.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintHolds(context, scene, [first, end]) {
  const { size, theme, viewport, model } = scene;
  const height = Math.max(3, Math.round(size.lane * 0.11));
  context.fillStyle = theme.ink;
  for (let position = first; position < end; position += 1) {
    const y = barTop(scene, position) - height - 1;
    const { holds: held, group } = model.rows[position];
    for (const holds of held.values()) {
      forEachInSight(
        holds,
        viewport,
        (hold) => hold[1],
        (hold) => {
          const left = Math.max(viewport.xForT(hold[1]), -OVERHANG);
          const right = viewport.xForT(hold[2] ?? group.fold.endNs);
          context.fillRect(size.labels + left, y, Math.max(1, Math.min(right, scene.width) - left), height);
          return right;
        },
      );
    }
  }
}

/**
 * A bracket over a worker's lane while it works on a pool's task, with the task's name.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintTasks(context, scene, [first, end]) {
  const { size, theme, viewport, model } = scene;
  context.font = fontOf(size.small, 600);
  for (let position = first; position < end; position += 1) {
    const row = model.rows[position];
    const y = barTop(scene, position) - 2.5;
    forEachInSight(
      row.tasks,
      viewport,
      (task) => task[0],
      (task) => {
        const endNs = task[5] ?? Math.min(row.endedNs ?? Infinity, row.group.fold.endNs);
        const left = size.labels + Math.max(viewport.xForT(task[0]), -OVERHANG);
        const right = size.labels + viewport.xForT(endNs);
        const colour = task[6] === false ? theme.alarm : theme.ink;
        bracket(context, left, Math.min(right, scene.width + OVERHANG), y, size.stroke, colour, size.gap / 2);
        const from = Math.max(left, size.labels) + 3;
        const room = Math.min(right, scene.width) - from - 4 - PLATE_EXTRA;
        if (room > size.small * 2) {
          const text = cut(context, callText(task[3], task[4]), room);
          plate(context, scene, text, from, y + size.small / 2 + 4, { ink: colour });
        }
        return viewport.xForT(endNs);
      },
    );
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} right
 * @param {number} y
 * @param {number} weight
 * @param {string} colour
 * @param {number} tick
 */
function bracket(context, left, right, y, weight, colour, tick) {
  context.strokeStyle = colour;
  context.lineWidth = weight;
  context.beginPath();
  if (right - left > 4) {
    context.moveTo(left + 1, y + tick);
    context.lineTo(left + 1, y);
    context.lineTo(right - 1, y);
    context.lineTo(right - 1, y + tick);
  } else {
    context.moveTo(left, y);
    context.lineTo(Math.max(right, left + 1), y);
  }
  context.stroke();
}

/**
 * Visit the intervals in sight of an ascending list without overlaps; of those that share a pixel, one.
 * @template T
 * @param {T[]} list
 * @param {import("./viewport.js").Viewport} viewport
 * @param {(item: T) => number} startOf
 * @param {(item: T) => number} draw returns the x where it ended
 */
export function forEachInSight(list, viewport, startOf, draw) {
  const toNs = viewport.toNs;
  let at = Math.max(0, firstAfter(list, viewport.fromNs, startOf, 0) - 1);
  while (at < list.length && startOf(list[at]) < toNs) {
    const endX = draw(list[at]);
    const nextNs = viewport.tForX(Math.max(endX, viewport.xForT(startOf(list[at])) + 1));
    at = Math.max(at + 1, firstAfter(list, nextNs, startOf, at) - 1);
  }
}

/**
 * @template T
 * @param {T[]} list
 * @param {number} ns
 * @param {(item: T) => number} startOf
 * @param {number} low
 */
function firstAfter(list, ns, startOf, low) {
  let below = low - 1;
  let above = list.length;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (startOf(list[middle]) <= ns) below = middle;
    else above = middle;
  }
  return above;
}
