// The golden traces and made ones, as parsed events and as an index of them.

import { readdirSync, readFileSync } from "node:fs";

import { EventIndex } from "../../static/js/trace/event_index.js";
import { Fold } from "../../static/js/trace/fold.js";

const FOLDER = new URL("../golden/", import.meta.url);

/** @returns {string[]} */
export function goldenNames() {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".ndjson"))
    .map((file) => file.slice(0, -".ndjson".length));
}

/** @param {string} name */
export function goldenEvents(name) {
  const [, ...lines] = readFileSync(new URL(`${name}.ndjson`, FOLDER), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** @param {string} name */
export function goldenResult(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

/** @param {object[]} events */
export function indexOf(events) {
  const fold = new Fold().feed(events);
  const index = new EventIndex(fold);
  index.feed(events);
  return index;
}

/**
 * The index of a trace of process 1 that is written down in short: [ms, tid, kind, fields].
 * @param {[number, number, string, object?][]} deeds
 */
export function indexOfDeeds(deeds) {
  return indexOf(
    deeds.map(([ms, tid, kind, fields = {}], seq) => {
      return { seq, ts_ns: ms * 1e6, by: "probe", pid: 1, tid, kind, ...fields };
    }),
  );
}
