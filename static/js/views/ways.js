// From what is chosen to what caused it and to what it caused: a lane and an instant each. Reads the trace alone.

import { endedBy, isWait } from "../trace/ended_by.js";
import { linkAt } from "../trace/why.js";

/** @typedef {import("../trace/event_index.js").EventIndex} EventIndex */
/** @typedef {import("../timeline/timeline.js").Info} Info */
/** @typedef {import("../timeline/timeline.js").SpanInfo} SpanInfo */
/** @typedef {{laneKey: string, ns: number}} Place */

/**
 * @param {EventIndex} index
 * @param {Info} info
 * @returns {{toCause: Place | null, toEffect: Place | null}}
 */
export function waysFrom(index, info) {
  if ("flow" in info) {
    const [, from, fromNs, to, toNs] = info.flow;
    return { toCause: { laneKey: from, ns: fromNs }, toEffect: { laneKey: to, ns: toNs } };
  }
  if ("track" in info) return { toCause: null, toEffect: null };
  return { toCause: causeOf(index, info), toEffect: effectOf(index, info) };
}

/** A wait: who ended it, or else who is waited for. Anything else: whence the last arrow came. @param {EventIndex} index @param {SpanInfo} info @returns {Place | null} */
function causeOf(index, { laneKey, span, atNs }) {
  const lane = index.fold.lanes.get(laneKey);
  if (!lane) return null;
  if (isWait(lane, span)) {
    const cause = endedBy(index, lane, span);
    if (cause.laneKey) return { laneKey: cause.laneKey, ns: cause.ns };
    const link = linkAt(index, lane, atNs);
    if (link?.others.length) return { laneKey: link.others[0], ns: atNs };
  }
  let last = null;
  for (const flow of index.fold.flows) {
    if (flow[3] === laneKey && flow[4] <= atNs && (!last || flow[4] >= last[4])) last = flow;
  }
  return last && { laneKey: last[1], ns: last[2] };
}

/** Where the next arrow leads. @param {EventIndex} index @param {SpanInfo} info @returns {Place | null} */
function effectOf(index, { laneKey, atNs }) {
  let next = null;
  for (const flow of index.fold.flows) {
    if (flow[1] === laneKey && flow[2] >= atNs && (!next || flow[2] < next[2])) next = flow;
  }
  return next && { laneKey: next[3], ns: next[4] };
}
