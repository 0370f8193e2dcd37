// The view on the screen as a picture to keep: the same painter, with a title above and the legend below.

import { LOOKS } from "../trace/constants.js";
import { Painter } from "./painter.js";
import { Patterns } from "./patterns.js";
import { SvgCanvas, escapeXml } from "./svg_context.js";
import { cut, fontOf, widthOf } from "./text.js";
import { SHAPES } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {{title: string, note: string}} About what stands above the lanes */
/** @typedef {{x: number, line: number, look: number, text: string}} Entry of the legend */
/** @typedef {{head: number, foot: number, legend: Entry[], rowHeight: number}} Frame */

const PAD = 12;
const SWATCH = 26;

/**
 * @param {Scene} scene
 * @param {About} about
 * @param {import("./svg_context.js").Measure} measure
 * @returns {string} a whole SVG file
 */
export function svgOf(scene, about, measure) {
  const canvas = new SvgCanvas(measure);
  const context = /** @type {any} */ (canvas.context);
  const frame = frameOf(context, scene);
  paintFrame(context, scene, about, frame, 1);
  const lanes = new SvgCanvas(measure, canvas.definitions);
  new Painter(/** @type {any} */ (lanes.context)).paint(scene, 1);
  const height = frame.head + scene.height + frame.foot;
  const size = `width="${scene.width}" height="${height}" viewBox="0 0 ${scene.width} ${height}"`;
  const inside = `<svg y="${frame.head}" width="${scene.width}" height="${scene.height}">${lanes.context.content}</svg>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${escapeXml(about.title)}</title>` +
    `<desc>${escapeXml(about.note)}</desc>${canvas.definitions}${canvas.context.content}${inside}</svg>\n`
  );
}

/**
 * @param {Document} document
 * @param {Scene} scene
 * @param {About} about
 * @param {number} ratio pixels of the picture per pixel of the page
 */
export function canvasOf(document, scene, about, ratio) {
  const make = (/** @type {number} */ height) => {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(scene.width * ratio);
    canvas.height = Math.round(height * ratio);
    return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  };
  const lanes = make(scene.height);
  new Painter(lanes).paint(scene, ratio);
  const frame = frameOf(lanes, scene);
  const context = make(frame.head + scene.height + frame.foot);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintFrame(context, scene, about, frame, ratio);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(lanes.canvas, 0, Math.round(frame.head * ratio));
  return context.canvas;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @returns {Frame} */
function frameOf(context, scene) {
  const { size, strings, width } = scene;
  const rowHeight = Math.max(size.small + 10, 24);
  const legend = /** @type {Entry[]} */ ([]);
  let [x, line] = [PAD, 0];
  context.font = fontOf(size.small);
  LOOKS.forEach((name, look) => {
    const text = strings.lookNames[name] ?? name;
    const room = SWATCH + 6 + widthOf(context, text);
    if (x > PAD && x + room > width - PAD) [x, line] = [PAD, line + 1];
    legend.push({ x, line, look, text });
    x += room + 18;
  });
  const head = Math.ceil(PAD * 2 + size.font * 1.25 + 4 + size.small);
  return { head, foot: PAD + (line + 1) * rowHeight, legend, rowHeight };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {About} about
 * @param {Frame} frame
 * @param {number} ratio
 */
function paintFrame(context, scene, { title, note }, frame, ratio) {
  const { theme, size, width, height } = scene;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, frame.head + height + frame.foot);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = fontOf(Math.round(size.font * 1.25), 700);
  context.fillStyle = theme.text;
  context.fillText(cut(context, title, width - 2 * PAD), PAD, PAD + (size.font * 1.25) / 2);
  context.font = fontOf(size.small);
  context.fillStyle = theme.muted;
  const noteTop = PAD + size.font * 1.25 + 4;
  context.fillText(cut(context, note, width - 2 * PAD), PAD, noteTop + size.small / 2);
  context.fillStyle = theme.border;
  context.fillRect(0, frame.head - 1, width, 1);
  context.fillRect(0, frame.head + height, width, 1);
  const patterns = new Patterns(context, theme, size, ratio);
  for (const { x, line, look, text } of frame.legend) {
    const top = frame.head + height + PAD / 2 + line * frame.rowHeight;
    paintSwatch(context, scene, patterns, look, x, top + (frame.rowHeight - 16) / 2);
    context.font = fontOf(size.small);
    context.fillStyle = theme.text;
    context.fillText(text, x + SWATCH + 6, top + frame.rowHeight / 2);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Patterns} patterns
 * @param {number} look
 * @param {number} x
 * @param {number} y
 */
function paintSwatch(context, { theme }, patterns, look, x, y) {
  const height = Math.max(2, Math.round(SHAPES[look].height * 16));
  const top = y + 16 - height;
  context.fillStyle = context.strokeStyle = theme.looks[look];
  if (SHAPES[look].pattern === "outline") {
    context.lineWidth = 1.5;
    context.setLineDash([3, 2]);
    context.strokeRect(x + 1, y + 1, SWATCH - 2, 14);
    context.setLineDash([]);
    return;
  }
  context.fillRect(x, top, SWATCH, height);
  const pattern = patterns.at(look, x, top);
  if (!pattern) return;
  context.fillStyle = pattern;
  context.fillRect(x, top, SWATCH, height);
}
