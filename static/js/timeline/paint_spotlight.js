// The spotlight: every lane but one is dimmed, so that a whole room looks at the same one.

import { barTop, headHeight, pitch } from "./layout.js";
import { paintFlows } from "./paint_flows.js";

/** @typedef {import("./layout.js").Scene} Scene */

const DIMMED = 0.78;

/**
 * Lay the background's colour over the other lanes; at the end, when all the rest is painted.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} range
 */
export function paintSpotlight(context, scene, [first, end]) {
  const { model, spotlight, theme, size, width } = scene;
  if (!spotlight || !model.positions.has(spotlight)) return;
  context.save();
  context.beginPath();
  context.rect(0, headHeight(scene), width, scene.height);
  context.clip();
  context.fillStyle = theme.background;
  context.globalAlpha = DIMMED;
  for (let position = first; position < end; position += 1) {
    if (model.rows[position].key === spotlight) continue;
    context.fillRect(0, barTop(scene, position) - size.gap / 2, width, pitch(scene));
  }
  context.globalAlpha = 1;
  context.beginPath();
  context.rect(size.labels, headHeight(scene), width, scene.height);
  context.clip();
  // Its arrows reach into the other lanes, and who is at their other end matters.
  paintFlows(context, scene);
  context.restore();
  frame(context, scene, /** @type {number} */ (model.positions.get(spotlight)));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} position
 */
function frame(context, scene, position) {
  const { theme, size, width } = scene;
  const top = barTop(scene, position) - size.gap / 2;
  if (top + pitch(scene) < headHeight(scene)) return;
  context.fillStyle = theme.accent;
  for (const y of [top - 1, top + pitch(scene) - 1]) {
    if (y >= headHeight(scene)) context.fillRect(0, y, width, 2);
  }
}
