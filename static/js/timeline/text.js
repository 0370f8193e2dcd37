// Text on the canvas: measured once, cut to fit, on a plate of the background's colour.

import { plain } from "../lib/plain.js";
import { FONT_FAMILY } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */

/** @typedef {{name: string, widths: Map<string, number>}} Font */

/** @type {Map<string, Font>} */
const fonts = new Map();
/** @type {Font} whose name was asked for last: reading it back from a context costs more than a text */
let current = { name: "", widths: new Map() };
const MOST_WIDTHS = 4000;
const PLATE_PADDING = 3;
/** No character of a system font is narrower, as a share of its size. */
const NARROWEST_EM = 0.2;

/**
 * The name of a font. Give it to the context at once: texts are measured in the font that was named last.
 * @param {number} px
 * @param {number} [weight]
 */
export function fontOf(px, weight = 400) {
  const key = `${weight} ${px}`;
  let font = fonts.get(key);
  if (!font) fonts.set(key, (font = { name: `${key}px ${FONT_FAMILY}`, widths: new Map() }));
  current = font;
  return font.name;
}

/**
 * The width of a text in the context's font.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 */
export function widthOf(context, text) {
  const { widths } = current;
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size > MOST_WIDTHS) widths.clear();
    width = context.measureText(plain(text)).width;
    widths.set(text, width);
  }
  return width;
}

/**
 * Whether it is worth measuring: a text of so many characters cannot be narrower.
 * @param {string} text
 * @param {number} px the font's size
 * @param {number} room
 */
export function mayFit(text, px, room) {
  return text.length * px * NARROWEST_EM <= room;
}

/**
 * Cut a text to a width, with an ellipsis.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} room
 */
export function cut(context, text, room) {
  text = plain(text);
  if (widthOf(context, text) <= room) return text;
  let low = 0;
  let high = text.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (widthOf(context, `${text.slice(0, middle)}…`) <= room) low = middle;
    else high = middle;
  }
  return `${text.slice(0, low)}…`;
}

/**
 * Cut a lane's name to a width; what counts several of a kind stays: "ForkPool…-4".
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} room
 */
export function cutName(context, name, room) {
  const number = /[-_ ]?\d+$/.exec(name)?.[0] ?? "";
  if (!number || widthOf(context, name) <= room) return cut(context, name, room);
  return cut(context, name.slice(0, -number.length), room - widthOf(context, number)) + number;
}

/**
 * Write a text on a plate, its left edge at x, its middle at y; return the plate's width.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{ink?: string, plate?: string, border?: string, height?: number}} [style]
 */
export function plate(context, scene, text, x, y, style = {}) {
  const { theme, size } = scene;
  const width = widthOf(context, text) + 2 * PLATE_PADDING;
  const height = style.height ?? size.small + 4;
  const left = Math.round(x);
  const top = Math.round(y - height / 2);
  context.fillStyle = style.plate ?? theme.background;
  context.fillRect(left, top, Math.ceil(width), height);
  if (style.border) {
    context.strokeStyle = style.border;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, Math.ceil(width) - 1, height - 1);
  }
  context.fillStyle = style.ink ?? theme.text;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(plain(text), left + PLATE_PADDING, top + height / 2 + 0.5);
  return width;
}

export const PLATE_EXTRA = 2 * PLATE_PADDING;
