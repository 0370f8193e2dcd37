// What of a run is compared with another one's, taken from its fold.

import { LOOKS } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { Terminal } from "./terminal.js";

// A line that takes more is shown without its beginning; all of a long run's output would take half a second.
const LAST_WRITES = 1000;

/** @param {import("./shown_run.js").ShownRun} run @param {import("../timeline/group.js").Row[]} rows its lanes @returns {import("../lib/pair.js").RunFacts} */
export function pairFacts({ fold, lastEventNs }, rows) {
  return {
    durationNs: lastEventNs,
    lines: linesOf(fold, fold.output),
    lanes: rows.map(({ lane, name }, at) => ({
      name,
      isMain: at === 0,
      endedNs: lane.endedNs ?? null,
      looksNs: looksOf(lane, fold.endNs),
    })),
  };
}

/** The last line that it printed and that is not blank. @param {import("../trace/fold.js").Fold} fold @returns {string} */
export function lastLineOf(fold) {
  return linesOf(fold, fold.output.slice(-LAST_WRITES)).findLast((line) => line.trim()) ?? "";
}

/**
 * What it printed, as the lines of one terminal.
 * @param {import("../trace/fold.js").Fold} fold
 * @param {import("../trace/fold.js").Fold["output"]} output
 * @returns {string[]}
 */
function linesOf(fold, output) {
  const terminal = new Terminal();
  /** @type {string[]} */
  const lines = [];
  for (const [ns, lane, stream, text] of output) {
    const pid = fold.lanes.get(lane)?.pid ?? 0;
    for (const line of terminal.write(ns, lane, stream, text, pid)) {
      lines[line.number] = line.segments.map((segment) => segment.text).join("");
    }
  }
  return lines;
}

/** How long a lane looked how, until it had ended. @param {import("../trace/lane.js").Lane} lane @param {number} endNs */
function looksOf(lane, endNs) {
  /** @type {Record<string, number>} */
  const looks = {};
  const { startNs, state, reason } = lane;
  for (let at = 0; at < startNs.length; at += 1) {
    const look = LOOKS[lookOf(state.data[at], reason.data[at])];
    const toNs = at + 1 < startNs.length ? startNs.data[at + 1] : endNs;
    if (look !== "dead") looks[look] = (looks[look] ?? 0) + toNs - startNs.data[at];
  }
  return looks;
}
