// Flows: arrows between lanes, told apart by dashes and heads; a density strip when they are too many.

import { arrowOf, isDrawn, plotWidth, visibleFlows } from "./layout.js";
import { FLOWS } from "./tokens.js";

/** @typedef {import("./layout.js").Scene} Scene */
/** @typedef {import("./layout.js").Arrow} Arrow */
/** @typedef {[x: number, y: number][]} Corners */

const TAU = Math.PI * 2;
const CORNER_PX = 4;
const EMPHASIS = 1.8;

/**
 * Draw the flows in sight; return how many there are.
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function paintFlows(context, scene) {
  const { count, arrows: inSight } = visibleFlows(scene);
  const plain = (inSight ?? []).filter(({ flow }) => flow !== scene.arrow?.flow);
  const arrows = plain.map((arrow) => strokeFor(scene, arrow, 1));
  if (scene.arrow) arrows.push(strokeFor(scene, scene.arrow, EMPHASIS));
  // A halo of the background keeps an arrow readable across spans; all first, or one would hide another's head.
  context.strokeStyle = scene.theme.background;
  context.globalAlpha = 0.75;
  for (const { corners, weight } of arrows) {
    context.lineWidth = weight + 2.5;
    trace(context, corners);
  }
  context.globalAlpha = 1;
  for (const arrow of arrows) paintArrow(context, scene, arrow);
  return { count, drawn: inSight !== null };
}

/**
 * @param {Scene} scene
 * @param {Arrow} arrow
 * @param {number} emphasis
 */
function strokeFor(scene, arrow, emphasis) {
  const style = FLOWS[arrow.flow[0]] ?? FLOWS.started;
  const colour = emphasis > 1 ? scene.theme.accent : scene.theme.ink;
  return {
    corners: arrowOf(scene, arrow) ?? [],
    weight: scene.size.stroke * style.weight * emphasis,
    style,
    colour,
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {ReturnType<typeof strokeFor>} arrow
 */
function paintArrow(context, scene, { corners, weight, style, colour }) {
  if (!corners.length) return;
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = weight;
  context.setLineDash(style.dash.map((length) => length * (scene.size.stroke / 1.5)));
  trace(context, corners);
  context.setLineDash([]);
  tail(context, corners, weight);
  head(context, corners, style.head, 3 + weight * 1.6, scene.theme.background);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Corners} corners
 */
function trace(context, corners) {
  if (!corners.length) return;
  const last = corners[corners.length - 1];
  context.beginPath();
  context.moveTo(...corners[0]);
  for (let i = 1; i < corners.length - 1; i += 1) context.arcTo(...corners[i], ...corners[i + 1], CORNER_PX);
  context.lineTo(...last);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Corners} corners
 * @param {number} weight
 */
function tail(context, [[x, y]], weight) {
  context.beginPath();
  context.arc(x, y, weight + 0.5, 0, TAU);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Corners} corners
 * @param {import("./tokens.js").Head} kind
 * @param {number} size
 * @param {string} background
 */
function head(context, corners, kind, size, background) {
  const [x1, y1] = corners[corners.length - 2];
  const [x2, y2] = corners[corners.length - 1];
  context.save();
  context.translate(x2, y2);
  context.rotate(Math.atan2(y2 - y1, x2 - x1));
  context.beginPath();
  HEADS[kind](context, size, background);
  context.restore();
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
  for (const group of model.groups) {
    group.flows.forEachBetween(viewport.fromNs, viewport.toNs, (flow) => {
      if (!isDrawn(model, group, flow)) return;
      const bin = Math.floor(viewport.xForT(flow[4]) / 2);
      if (bin < 0 || bin >= bins.length) return;
      bins[bin] += 1;
      most = Math.max(most, bins[bin]);
    });
  }
  context.fillStyle = theme.ink;
  bins.forEach((count, bin) => {
    if (!count) return;
    context.globalAlpha = 0.15 + (0.85 * count) / most;
    context.fillRect(size.labels + bin * 2, size.ruler, 2, size.strip);
  });
  context.globalAlpha = 1;
}
