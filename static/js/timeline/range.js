// What happened between two instants, in exact sums: per lane, per shared thing, in all. No DOM.

import { lastAtMost } from "../lib/search.js";
import { LOOK_COUNT, LOOK_RUNNING } from "../trace/looks.js";

/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./group.js").Row} Row */
/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/lane.js").Resource} Resource */
/** @typedef {{fromNs: number, toNs: number}} Range */
/**
 * @typedef {object} LaneSums
 * @property {string} key the row's
 * @property {string} label
 * @property {number} depth
 * @property {Float64Array} looks ns per look
 * @property {number} gilNs of the time in runnable: waiting for the GIL
 * @property {number} events
 */
/**
 * @typedef {object} ThingSums
 * @property {string} obj
 * @property {Resource} resource
 * @property {number} waitedNs by all lanes together
 * @property {number} waits how many
 * @property {number} mostWaiting at once
 * @property {number} heldNs
 * @property {number} mostInside of a queue; -1: it has no content
 */
/**
 * @typedef {object} RunSums
 * @property {Group} group
 * @property {number} lengthNs of the part of the range that is within the run
 * @property {LaneSums[]} lanes those shown
 * @property {ThingSums[]} things that were waited for, held or filled; longest waited for first
 * @property {number} runningNs by all lanes together
 * @property {number} gilNs by all lanes together
 * @property {number} events of the whole run, not only of the lanes shown
 */

/** Two instants in either order, as a range within what there is. @param {number} a @param {number} b @param {number} endNs @returns {Range} */
export function rangeBetween(a, b, endNs) {
  const within = (/** @type {number} */ ns) => Math.max(0, Math.min(ns, endNs));
  return { fromNs: within(Math.min(a, b)), toNs: within(Math.max(a, b)) };
}

/** @param {Group} group @param {Range} range @returns {RunSums} */
export function sumsOf(group, { fromNs, toNs }) {
  const { fold } = group;
  group.tellStories();
  const endNs = Math.max(fromNs, Math.min(toNs, fold.endNs));
  const counts = countEvents(fold, fromNs, endNs);
  const lanes = group.rows.map((row) => laneSums(row, fromNs, endNs, counts));
  const sum = (/** @type {(lane: LaneSums) => number} */ of) =>
    lanes.reduce((all, lane) => all + of(lane), 0);
  return {
    group,
    lengthNs: Math.max(0, endNs - fromNs),
    lanes,
    things: thingSums(group, fromNs, endNs),
    runningNs: sum(({ looks }) => looks[LOOK_RUNNING]),
    gilNs: sum(({ gilNs }) => gilNs),
    events: counts.reduce((all, count) => all + count, 0),
  };
}

/** @param {Row} row @param {number} fromNs @param {number} toNs @param {Uint32Array} counts @returns {LaneSums} */
function laneSums({ key, label, depth, lane, index }, fromNs, toNs, counts) {
  const { startNs } = lane;
  const looks = new Float64Array(LOOK_COUNT);
  const first = lastAtMost(startNs.data, startNs.length, fromNs);
  const last = lastAtMost(startNs.data, startNs.length, toNs);
  if (last >= 0) index.addBetween(looks, fromNs, first, toNs, last);
  const gilNs = index.gilBefore(toNs, last) - index.gilBefore(fromNs, first);
  return { key, label, depth, looks, gilNs, events: counts[lane.place] };
}

/** How many events each lane had; at 0, those of no lane. @param {Fold} fold @param {number} fromNs @param {number} toNs */
function countEvents({ eventNs, eventLane, lanes }, fromNs, toNs) {
  const counts = new Uint32Array(lanes.size + 1);
  const last = lastAtMost(eventNs.data, eventNs.length, toNs);
  for (let seq = last; seq >= 0 && eventNs.data[seq] >= fromNs; seq -= 1) counts[eventLane.data[seq]] += 1;
  return counts;
}

/** @param {Group} group @param {number} fromNs @param {number} toNs @returns {ThingSums[]} */
function thingSums({ fold, waits }, fromNs, toNs) {
  const things = [];
  for (const [obj, resource] of fold.resources) {
    const curve = waits.curves.get(obj);
    const thing = {
      obj,
      resource,
      waitedNs: curve ? curve.waitedBetween(fromNs, toNs) : 0,
      waits: curve ? curve.waitsBetween(fromNs, toNs) : 0,
      mostWaiting: curve ? curve.mostBetween(fromNs, toNs) : 0,
      heldNs: heldBetween(resource, fromNs, toNs),
      mostInside: mostInside(resource, fromNs, toNs),
    };
    if (thing.waitedNs > 0 || thing.heldNs > 0 || thing.mostInside > 0) things.push(thing);
  }
  return things.sort((a, b) => b.waitedNs - a.waitedNs || b.heldNs - a.heldNs);
}

/** @param {Resource} resource @param {number} fromNs @param {number} toNs */
function heldBetween({ holds }, fromNs, toNs) {
  let heldNs = 0;
  for (const [, beganNs, endedNs] of holds) {
    heldNs += Math.max(0, Math.min(endedNs ?? toNs, toNs) - Math.max(beganNs, fromNs));
  }
  return heldNs;
}

/** @param {Resource} resource @param {number} fromNs @param {number} toNs */
function mostInside({ depthNs, depth }, fromNs, toNs) {
  let most = -1;
  const first = Math.max(0, lastAtMost(depthNs.data, depthNs.length, fromNs));
  for (let i = first; i < depthNs.length && depthNs.data[i] <= toNs; i += 1) {
    most = Math.max(most, depth.data[i]);
  }
  return most;
}
