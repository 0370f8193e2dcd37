// What stands around the spans: ruler, grid, label column, cursor, live edge, ends of processes, scroll bar.

import { formatDuration, formatTick, roundStep } from "../lib/format.js";
import { lastAtMost } from "../lib/search.js";
import { BLOCKED, DEAD } from "../trace/constants.js";
import {
  barTop,
  contentHeight,
  groupBand,
  headHeight,
  headingHeight,
  labelLeft,
  pitch,
  plotWidth,
  triangleRoom,
} from "./layout.js";
import { cut, cutName, fontOf, plate, PLATE_EXTRA, widthOf } from "./text.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./group.js").Row} Row */
/** @typedef {{x: number, text: string}} Tick */

/**
 * Background, stripes, grid, and what has not happened yet.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 * @param {Tick[]} ticks
 */
export function paintBackground(context, scene, [first, end], ticks) {
  const { theme, size, width, height, viewport, model } = scene;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  context.fillStyle = theme.stripe;
  for (let position = first; position < end; position += 1) {
    if (position % 2 === 0) {
      context.fillRect(size.labels, barTop(scene, position) - size.gap / 2, plotWidth(scene), pitch(scene));
    }
  }
  context.fillStyle = theme.beyond;
  model.groups.forEach((group, index) => {
    const endX = viewport.xForT(model.overlaid ? model.endNs : group.fold.endNs);
    if (endX >= plotWidth(scene)) return;
    const top = Math.max(headHeight(scene), groupBand(scene, index).top);
    const bottom = groupBand(scene, index).bottom;
    context.fillRect(size.labels + Math.max(0, endX), top, plotWidth(scene), Math.max(0, bottom - top));
  });
  context.fillStyle = theme.grid;
  for (const tick of ticks) {
    context.fillRect(size.labels + Math.round(tick.x), size.ruler, 1, height);
  }
}

/**
 * The ruler's ticks: round instants, as dense as their labels allow.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @returns {Tick[]}
 */
export function ticksOf(context, { viewport, size, locale }) {
  context.font = fontOf(size.small);
  const lastNs = viewport.toNs;
  let stepNs = roundStep(viewport.nsPerPx * size.small * 6);
  // A label may be wider than the usual: deep in a long run it has many digits.
  const widest = () => widthOf(context, formatTick(lastNs, stepNs, lastNs, locale)) + size.small * 1.5;
  while (stepNs / viewport.nsPerPx < widest()) stepNs = roundStep(stepNs * 1.5);
  const result = [];
  const fromStep = Math.max(0, Math.ceil(viewport.fromNs / stepNs));
  for (let step = fromStep; step * stepNs <= lastNs; step += 1) {
    const ns = step * stepNs;
    result.push({ x: viewport.xForT(ns), text: formatTick(ns, stepNs, lastNs, locale) });
  }
  return result;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Tick[]} ticks
 */
export function paintRuler(context, scene, ticks) {
  const { theme, size, width } = scene;
  context.fillStyle = theme.labels;
  context.fillRect(0, 0, width, headHeight(scene));
  context.font = fontOf(size.small);
  context.fillStyle = theme.muted;
  context.textBaseline = "middle";
  context.textAlign = "left";
  // Only the last ones may have no room: the others need no measuring.
  const roomy = width - size.small * 8;
  for (const { x, text } of ticks) {
    const left = size.labels + Math.round(x);
    context.fillRect(left, size.ruler - 6, 1, 6 + size.strip);
    if (left < roomy || left + 4 + widthOf(context, text) < width)
      context.fillText(text, left + 4, size.ruler / 2);
  }
  context.fillStyle = theme.border;
  context.fillRect(0, headHeight(scene) - 1, width, 1);
}

/**
 * The label column, drawn last so that nothing of the plot shows in it.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintLabels(context, scene, [first, end]) {
  const { theme, size, height, model } = scene;
  context.save();
  context.beginPath();
  context.rect(0, headHeight(scene), size.labels, height);
  context.clip();
  context.fillStyle = theme.labels;
  context.fillRect(0, headHeight(scene), size.labels, height);
  for (let position = first; position < end; position += 1) {
    paintLabel(context, scene, model.rows[position], barTop(scene, position));
  }
  context.restore();
  context.fillStyle = theme.border;
  context.fillRect(size.labels - 1, 0, 1, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Row} row
 * @param {number} top
 */
function paintLabel(context, scene, row, top) {
  const { theme, size } = scene;
  const edge = labelLeft(scene, row);
  const left = edge + (row.hasBelow ? triangleRoom(scene) : 0);
  const room = size.labels - left - (row.lane.findings.length ? 26 : 8);
  if (scene.selection?.key === row.key) {
    context.fillStyle = theme.accent;
    context.fillRect(0, top, 4, size.lane);
  }
  if (row.depth > 0) {
    context.fillStyle = theme.border;
    const x = edge - size.indent / 2 - 3;
    context.fillRect(x, top - size.gap / 2, 1, size.lane / 2 + size.gap / 2);
    context.fillRect(x, top + size.lane / 2, size.indent / 2, 1);
  }
  const middle = top + size.lane / 2;
  if (row.hasBelow) paintTriangle(context, scene, row, edge, middle);
  const offset = (size.font + size.small) / 4 + 0.5;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = fontOf(size.font, 600);
  context.fillStyle = theme.text;
  context.fillText(cutName(context, row.label, room), left, middle - offset);
  context.font = fontOf(size.small);
  const orphaned = row.lane.orphaned.length > 0;
  if (row.lane.findings.length) paintWarning(context, scene, size.labels - 14, middle);
  context.fillStyle = orphaned ? theme.alarm : theme.muted;
  context.fillText(cut(context, secondLine(scene, row, orphaned), room), left, middle + offset);
}

/** @param {import("../trace/lane.js").Lane} lane @param {number} ns */
function isBlockedAt({ startNs, state }, ns) {
  const span = lastAtMost(startNs.data, startNs.length, ns);
  return span >= 0 && state.data[span] === BLOCKED;
}

/**
 * Pointing down: what is below it is shown; to the right: it is not.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Row} row
 * @param {number} left
 * @param {number} middle
 */
function paintTriangle(context, { theme, size }, row, left, middle) {
  const half = size.font * 0.3;
  const x = left + half - 2;
  const y = middle - (size.font + size.small) / 4;
  context.fillStyle = theme.muted;
  context.beginPath();
  if (row.isCollapsed) {
    context.moveTo(x - half * 0.7, y - half);
    context.lineTo(x + half * 0.9, y);
    context.lineTo(x - half * 0.7, y + half);
  } else {
    context.moveTo(x - half, y - half * 0.7);
    context.lineTo(x + half, y - half * 0.7);
    context.lineTo(x, y + half * 0.9);
  }
  context.fill();
}

/**
 * A warning sign, for a lane that a finding names: told by its shape, not by colour alone.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
function paintWarning(context, { theme, size }, x, y) {
  const half = size.small / 2 + 1;
  context.fillStyle = theme.alarm;
  context.beginPath();
  context.moveTo(x, y - half);
  context.lineTo(x + half, y + half);
  context.lineTo(x - half, y + half);
  context.fill();
  context.fillStyle = theme.background;
  context.fillRect(x - 1, y - half / 3, 2, half * 0.7);
  context.fillRect(x - 1, y + half * 0.55, 2, 2);
}

/**
 * @param {Scene} scene
 * @param {Row} row
 * @param {boolean} orphaned
 */
function secondLine({ strings, cursorNs }, row, orphaned) {
  const { lane } = row;
  if (row.isCollapsed) {
    const ns = cursorNs ?? row.group.fold.endNs;
    const blocked = row.below.filter((below) => isBlockedAt(below.lane, ns)).length;
    return strings.collapsed({ hidden: row.below.length, blocked });
  }
  if (row.isPinned) return strings.pinned;
  if (lane.kind === "task") return strings.task;
  if (lane.kind === "process") return strings.pid(lane.pid) + (orphaned ? ` · ${strings.orphan}` : "");
  return lane.tid === null ? "" : strings.tid(lane.tid);
}

/**
 * How a process ended, at its end, and where it became an orphan.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintEnds(context, scene, [first, end]) {
  const { size, theme, strings, model, viewport } = scene;
  context.font = fontOf(size.small, 600);
  for (let position = first; position < end; position += 1) {
    const row = model.rows[position];
    const middle = barTop(scene, position) + size.lane / 2;
    for (const [atNs] of row.lane.orphaned) {
      const x = size.labels + viewport.xForT(atNs);
      context.fillStyle = theme.alarm;
      context.fillRect(Math.round(x) - 1, barTop(scene, position) - size.gap / 2, 2, pitch(scene));
      // At the lane's top: its end, with a plate in the middle, may be at the same instant.
      const y = barTop(scene, position) + size.small / 2;
      plate(context, scene, strings.orphan, x + 4, y, { ink: theme.alarm, border: theme.alarm });
    }
    const { exit, orphaned } = row.lane;
    const foot = barTop(scene, position) + size.lane - size.small / 2 - 2;
    if (exit) paintExit(context, scene, row, orphaned.length ? foot : middle, exit);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Row} row
 * @param {number} middle
 * @param {{code?: number, signal?: number}} exit
 */
function paintExit(context, scene, row, middle, exit) {
  const { size, theme, strings, viewport } = scene;
  const text = exit.signal === undefined ? strings.exitCode(exit.code ?? 0) : strings.signal(exit.signal);
  const bad = exit.signal !== undefined || exit.code !== 0;
  const { lane } = row;
  const dead = lane.firstOf(DEAD);
  const x = viewport.xForT(dead >= 0 ? lane.startNs.data[dead] : (row.endedNs ?? 0));
  const width = widthOf(context, text) + PLATE_EXTRA;
  // At the end of the run there is no room behind the lane's end.
  const left =
    x + 6 + width > plotWidth(scene) && x < plotWidth(scene) ? plotWidth(scene) - width - 4 : x + 6;
  const colour = bad ? theme.alarm : theme.muted;
  plate(context, scene, text, size.labels + left, middle, { ink: colour, border: colour });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintEdges(context, scene) {
  const { theme, size, viewport, model } = scene;
  model.groups.forEach(({ fold }, index) => {
    const end = viewport.xForT(fold.endNs);
    if (end < 0 || end > plotWidth(scene)) return;
    const { top, bottom } = groupBand(scene, index);
    context.fillStyle = fold.ended ? theme.border : theme.accent;
    context.fillRect(size.labels + Math.round(end), top, fold.ended ? 1 : 2, bottom - top);
  });
}

/**
 * What each run is, above its lanes; nothing where there is a single one.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintHeadings(context, scene) {
  const { theme, size, width, height, model } = scene;
  const tall = headingHeight(scene);
  if (!tall) return;
  context.save();
  context.beginPath();
  context.rect(0, headHeight(scene), width, height);
  context.clip();
  context.textBaseline = "middle";
  context.textAlign = "left";
  model.groups.forEach(({ heading }, index) => {
    const { top } = groupBand(scene, index);
    context.fillStyle = theme.labels;
    context.fillRect(0, top, width, tall);
    context.fillStyle = theme.border;
    context.fillRect(0, top, width, 1);
    context.fillRect(0, top + tall - 1, width, 1);
    context.font = fontOf(size.font, 700);
    context.fillStyle = theme.text;
    const title = cut(context, heading.title, width * 0.65);
    context.fillText(title, 10, top + tall / 2);
    const left = 10 + widthOf(context, title) + size.font;
    context.font = fontOf(size.small);
    context.fillStyle = theme.muted;
    context.fillText(cut(context, heading.note, width - left - 8), left, top + tall / 2);
  });
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintCursor(context, scene) {
  const { theme, size, height, viewport, cursorNs, locale } = scene;
  if (cursorNs === null) return;
  const x = viewport.xForT(cursorNs);
  if (x < 0 || x > plotWidth(scene)) return;
  context.fillStyle = theme.accent;
  context.fillRect(size.labels + Math.round(x) - 1, 0, 2, height);
  context.font = fontOf(size.small, 600);
  const text = formatDuration(cursorNs, locale);
  const width = widthOf(context, text) + PLATE_EXTRA;
  const left = Math.max(0, Math.min(x - width / 2, plotWidth(scene) - width));
  const style = { ink: theme.onAccent, plate: theme.accent, height: size.small + 8 };
  plate(context, scene, text, size.labels + left, size.ruler / 2, style);
}

/**
 * How far the lanes are scrolled; drawn only when they do not fit.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintScrollBar(context, scene) {
  const room = scene.height - headHeight(scene);
  const content = contentHeight(scene);
  if (content <= room) return;
  context.globalAlpha = 0.5;
  context.fillStyle = scene.theme.muted;
  const length = Math.max(24, (room * room) / content);
  const top = headHeight(scene) + ((room - length) * scene.scrollY) / (content - room);
  context.fillRect(scene.width - 6, top, 4, length);
  context.globalAlpha = 1;
}
