// Flows: arrows between lanes, told apart by dashes and heads; a density strip when they are too many.

import { arrowOf, plotWidth, visibleFlows } from "./layout.js";
import { FLOWS } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("../trace/fold.js").Flow} Flow */
/** @typedef {[x1: number, y1: number, x2: number, y2: number]} Arrow */

const TAU = Math.PI * 2;

/**
 * Draw the flows in sight; return how many there are.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintFlows(context, scene) {
  const { count, flows } = visibleFlows(scene);
  if (flows) {
    for (const flow of flows) if (flow !== scene.flow) paintFlow(context, scene, flow, scene.theme.ink, 1);
  }
  if (scene.flow) paintFlow(context, scene, scene.flow, scene.theme.accent, 1.8);
  return { count, drawn: flows !== null };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {Flow} flow
 * @param {string} colour
 * @param {number} emphasis
 */
function paintFlow(context, scene, flow, colour, emphasis) {
  const arrow = arrowOf(scene, flow);
  if (!arrow) return;
  const style = FLOWS[flow[0]] ?? FLOWS.started;
  const weight = scene.size.stroke * style.weight * emphasis;
  const path = () => trace(context, arrow, flow[1] === flow[3]);
  // A halo of the background keeps an arrow readable across spans.
  context.strokeStyle = scene.theme.background;
  context.lineWidth = weight + 2.5;
  context.globalAlpha = 0.75;
  context.setLineDash([]);
  path();
  context.globalAlpha = 1;
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = weight;
  context.setLineDash(style.dash.map((length) => length * (scene.size.stroke / 1.5)));
  path();
  context.setLineDash([]);
  tail(context, arrow, weight);
  head(context, arrow, style.head, 3 + weight * 1.6, scene.theme.background);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Arrow} arrow
 * @param {boolean} sameLane
 */
function trace(context, [x1, y1, x2, y2], sameLane) {
  context.beginPath();
  context.moveTo(x1, y1);
  if (sameLane) context.quadraticCurveTo((x1 + x2) / 2, y1 - 12, x2, y2);
  else context.lineTo(x2, y2);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Arrow} arrow
 * @param {number} weight
 */
function tail(context, [x1, y1], weight) {
  context.beginPath();
  context.arc(x1, y1, weight + 0.5, 0, TAU);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Arrow} arrow
 * @param {import("./tokens.js").Head} kind
 * @param {number} size
 * @param {string} background
 */
function head(context, [x1, y1, x2, y2], kind, size, background) {
  const vertical = y2 === y1 ? 1 : Math.sign(y2 - y1);
  context.save();
  context.translate(x2, y2);
  // Steep: a head that lies flat on the lane's edge is hard to read.
  context.rotate(Math.atan2(y2 === y1 ? 1 : y2 - y1, clamp(x2 - x1, Math.abs(y2 - y1) || 1) * vertical ** 2));
  context.beginPath();
  HEADS[kind](context, size, background);
  context.restore();
}

/**
 * @param {number} value
 * @param {number} size
 */
function clamp(value, size) {
  return Math.max(-size, Math.min(size, value));
}

/**
 * Drawn with the tip at the origin, pointing along +x.
 * @type {Record<import("./tokens.js").Head, (context: CanvasRenderingContext2D, size: number, background: string) => void>}
 */
const HEADS = {
  arrow(context, size) {
    polygon(context, [0, 0, -size * 1.4, -size * 0.7, -size * 1.4, size * 0.7]);
    context.fill();
  },
  open(context, size) {
    context.moveTo(-size * 1.3, -size * 0.8);
    context.lineTo(0, 0);
    context.lineTo(-size * 1.3, size * 0.8);
    context.stroke();
  },
  diamond(context, size) {
    polygon(context, [0, 0, -size * 0.8, -size * 0.7, -size * 1.6, 0, -size * 0.8, size * 0.7]);
    context.fill();
  },
  dot(context, size, background) {
    context.arc(-size * 0.6, 0, size * 0.6, 0, TAU);
    context.fillStyle = background;
    context.fill();
    context.stroke();
  },
  square(context, size) {
    context.rect(-size * 1.1, -size * 0.55, size * 1.1, size * 1.1);
    context.fill();
  },
  cross(context, size) {
    context.moveTo(-size * 0.7, -size * 0.7);
    context.lineTo(size * 0.7, size * 0.7);
    context.moveTo(-size * 0.7, size * 0.7);
    context.lineTo(size * 0.7, -size * 0.7);
    context.stroke();
  },
};

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} points x, y, x, y, ...
 */
function polygon(context, points) {
  context.moveTo(points[0], points[1]);
  for (let i = 2; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
  context.closePath();
}

/**
 * How many flows arrive per few pixels, as darkness of a strip below the ruler.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintDensity(context, scene) {
  const { size, viewport, theme, model } = scene;
  const bins = new Uint32Array(Math.ceil(plotWidth(scene) / 2));
  let most = 1;
  model.flows.forEachBetween(viewport.fromNs, viewport.toNs, (flow) => {
    const bin = Math.floor(viewport.xForT(flow[4]) / 2);
    if (bin < 0 || bin >= bins.length) return;
    bins[bin] += 1;
    most = Math.max(most, bins[bin]);
  });
  context.fillStyle = theme.ink;
  bins.forEach((count, bin) => {
    if (!count) return;
    context.globalAlpha = 0.15 + (0.85 * count) / most;
    context.fillRect(size.labels + bin * 2, size.ruler, 2, size.strip);
  });
  context.globalAlpha = 1;
}
