// Who waits for whom at one instant, as far as that is certain then: nodes, edges, and which of them are a circle.

import { linkAt } from "./why.js";

/** @typedef {import("./event_index.js").EventIndex} EventIndex */
/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {{from: string, to: string, obj: string, reason: string, inCircle: boolean}} Edge from who waits to whom for */
/** @typedef {{key: string, rank: number, inCircle: boolean}} Node rank: how far it is from one that waits for nobody */
/** @typedef {{nodes: Node[], edges: Edge[], circles: string[][]}} Graph */

/**
 * @param {EventIndex} index
 * @param {Iterable<Lane>} lanes those that may be in the picture as waiting
 * @param {number} ns
 * @returns {Graph}
 */
export function waitGraph(index, lanes, ns) {
  /** @type {Edge[]} */
  const edges = [];
  for (const lane of lanes) {
    const link = linkAt(index, lane, ns, false);
    // Whoever waits for its turn waits for nobody in particular.
    if (!link || link.how === "gil" || link.how === "turn") continue;
    for (const to of new Set(link.others)) {
      edges.push({ from: lane.key, to, obj: link.obj, reason: link.reason, inCircle: false });
    }
  }
  const circles = circlesOf(edges);
  const circleOf = new Map(circles.flatMap((keys, i) => keys.map((key) => [key, i])));
  for (const edge of edges) {
    const circle = circleOf.get(edge.from);
    edge.inCircle = circle !== undefined && circle === circleOf.get(edge.to);
  }
  const keys = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const ranks = ranksOf(keys, edges);
  const nodes = keys.map((key) => ({ key, rank: ranks.get(key) ?? 0, inCircle: circleOf.has(key) }));
  return { nodes, edges, circles };
}

/**
 * The circles among them, each in the order of waiting. Only waits for one certain other make a circle.
 * @param {Edge[]} edges
 */
function circlesOf(edges) {
  /** @type {Map<string, string[]>} */
  const targets = new Map();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const circles = [];
  const seen = new Set();
  for (const start of targets.keys()) {
    const path = [];
    /** @type {string | undefined} */
    let at = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      /** @type {string[]} */
      const next = targets.get(at) ?? [];
      at = next.length === 1 ? next[0] : undefined;
    }
    if (at !== undefined && path.includes(at)) circles.push(path.slice(path.indexOf(at)));
  }
  return circles;
}

/** @param {string[]} keys @param {Edge[]} edges */
function ranksOf(keys, edges) {
  const ranks = new Map(keys.map((key) => [key, 0]));
  // As often as the longest way can be long; edges of a circle do not push each other on.
  for (let round = 0; round < keys.length; round += 1) {
    let moved = false;
    for (const { from, to, inCircle } of edges) {
      const rank = (ranks.get(to) ?? 0) + 1;
      if (inCircle || (ranks.get(from) ?? 0) >= rank) continue;
      ranks.set(from, rank);
      moved = true;
    }
    if (!moved) break;
  }
  return ranks;
}
