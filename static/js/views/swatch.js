// A small picture of one state, drawn with the timeline's own colours, heights and patterns.

import { Patterns } from "../timeline/patterns.js";
import { SHAPES, SIZES, THEMES } from "../timeline/tokens.js";
import { LOOKS } from "../trace/constants.js";

const WIDTH = 26;
const HEIGHT = 16;
// Sharp on a projector and a phone alike; the picture is scaled down elsewhere.
const RATIO = 2;

/**
 * @param {string} look
 * @param {import("../timeline/tokens.js").ThemeName} themeName
 * @returns {string} a data URL
 */
export function drawSwatch(look, themeName) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * RATIO;
  canvas.height = HEIGHT * RATIO;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(RATIO, RATIO);
  const theme = THEMES[themeName];
  const index = LOOKS.indexOf(look);
  const height = Math.max(2, Math.round(SHAPES[index].height * HEIGHT));
  const top = HEIGHT - height;
  context.fillStyle = context.strokeStyle = theme.looks[index];
  if (SHAPES[index].pattern === "outline") {
    context.lineWidth = 1.5;
    context.setLineDash([3, 2]);
    context.strokeRect(1, 1, WIDTH - 2, HEIGHT - 2);
    return canvas.toDataURL();
  }
  context.fillRect(0, top, WIDTH, height);
  const pattern = new Patterns(context, theme, SIZES.laptop, RATIO).at(index, 0, top);
  if (pattern) {
    context.fillStyle = pattern;
    context.fillRect(0, top, WIDTH, height);
  }
  return canvas.toDataURL();
}
