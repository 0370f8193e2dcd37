// Runs beside each other: which of their lanes belong together, and in what two runs differ. Pure.

/**
 * @typedef {object} LaneFacts
 * @property {string} name
 * @property {boolean} isMain
 * @property {number | null} endedNs null: it did not end
 * @property {Record<string, number>} looksNs how long it looked how
 */
/** @typedef {{durationNs: number, lines: string[], lanes: LaneFacts[]}} RunFacts */
/** @typedef {{name: string, look: string, ns: [number, number], differenceNs: number}} LaneDifference */
/**
 * @typedef {object} Differences
 * @property {{line: number, texts: [string | null, string | null]} | null} printed the first line that differs,
 *   from 1; null in place of a text: that run had printed all it did; null: they printed the same
 * @property {[string, string]} first which lane ended first, beside the main one; "" = none did
 * @property {LaneDifference[]} lanes the greatest differences, in the order of the lanes
 * @property {number} leftOut how many smaller ones there are
 */

// Two runs of the same program differ by as much without a reason.
const LEAST_NS = 1e6;
const NOISE = 0.05;
const MOST_ROWS = 24;

/**
 * Bring the lanes of several runs together by their names: of equal names, the first with the first and so on.
 * @param {string[][]} runs the names of each run's lanes, in their order
 * @returns {number[][]} for each lane its place in each run, -1 where that run has none
 */
export function aligned(runs) {
  /** @type {string[]} */
  let order = [];
  const places = runs.map(placesOf);
  for (const own of places) {
    let before = -1;
    for (const key of own.keys()) {
      const at = order.indexOf(key);
      // What only this run has stands behind what stands before it there.
      if (at < 0) order = [...order.slice(0, before + 1), key, ...order.slice(before + 1)];
      before = at < 0 ? before + 1 : at;
    }
  }
  return order.map((key) => places.map((own) => own.get(key) ?? -1));
}

/** @param {string[]} names @returns {Map<string, number>} name and how often it came before -> place */
function placesOf(names) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const places = new Map();
  names.forEach((name, place) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    places.set(`${nth} ${name}`, place);
  });
  return places;
}

/** @param {RunFacts} a @param {RunFacts} b @returns {Differences} */
export function differencesOf(a, b) {
  const lanes = laneDifferences(a.lanes, b.lanes);
  const greatest = [...lanes].sort((x, y) => y.differenceNs - x.differenceNs).slice(0, MOST_ROWS);
  return {
    printed: firstDifference(a.lines, b.lines),
    first: [firstToEnd(a.lanes), firstToEnd(b.lanes)],
    lanes: lanes.filter((one) => greatest.includes(one)),
    leftOut: lanes.length - greatest.length,
  };
}

/** @param {string[]} a @param {string[]} b */
function firstDifference(a, b) {
  const most = Math.max(a.length, b.length);
  for (let at = 0; at < most; at += 1) {
    if (a[at] === b[at]) continue;
    /** @type {[string | null, string | null]} */
    const texts = [a[at] ?? null, b[at] ?? null];
    return { line: at + 1, texts };
  }
  return null;
}

/** @param {LaneFacts[]} lanes */
function firstToEnd(lanes) {
  let first = { name: "", endedNs: Infinity };
  for (const { name, isMain, endedNs } of lanes) {
    if (!isMain && endedNs !== null && endedNs < first.endedNs) first = { name, endedNs };
  }
  return first.name;
}

/** @param {LaneFacts[]} a @param {LaneFacts[]} b @returns {LaneDifference[]} */
function laneDifferences(a, b) {
  const pairs = aligned([a.map(({ name }) => name), b.map(({ name }) => name)]);
  return pairs.flatMap(([inA, inB]) => {
    const name = (a[inA] ?? b[inB]).name;
    const looksA = a[inA]?.looksNs ?? {};
    const looksB = b[inB]?.looksNs ?? {};
    return [...new Set([...Object.keys(looksA), ...Object.keys(looksB)])].flatMap((look) => {
      /** @type {[number, number]} */
      const ns = [looksA[look] ?? 0, looksB[look] ?? 0];
      const differenceNs = Math.abs(ns[0] - ns[1]);
      const isNoise = differenceNs < LEAST_NS || differenceNs < NOISE * Math.max(...ns);
      return isNoise ? [] : [{ name, look, ns, differenceNs }];
    });
  });
}
