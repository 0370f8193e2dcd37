// Runs beside each other in numbers: which rows a table of differences has, and which run is best in each. Pure.

/**
 * @typedef {object} Numbers what the server says of a run
 * @property {boolean} went_well the program ended by itself, with exit code 0
 * @property {number} duration_ms
 * @property {number | null} cpu_ms null: not all of it was measured
 * @property {number} lanes
 * @property {number} processes
 * @property {number} threads
 * @property {number | null} switches
 * @property {string} printed
 * @property {Record<string, number>} states_ms
 */
/** @typedef {"ms" | "ratio" | "count" | "text"} Unit */
/**
 * @typedef {object} Row
 * @property {string} name what is compared: `duration`, or `state` with `state` beside it
 * @property {string} state "" but for the time spent in a state
 * @property {Unit} unit
 * @property {(number | string | null)[]} values one for each run; null: not measured
 * @property {number[]} best which runs; none where there is nothing to be best in, or no difference
 */

// Two runs of the same program differ by as much.
const NOISE = 0.05;
// Who keeps less than this busy waits most of the time: there is nothing to be best in.
const ONE_CORE = 1.2;
// A state that no run spent more of than this is not worth a row.
const LEAST_MS = 1;

/** @type {{name: string, unit: Unit, best: "least" | "most" | "", of: (numbers: Numbers) => number | string | null}[]} */
const ROWS = [
  { name: "duration", unit: "ms", best: "least", of: (numbers) => numbers.duration_ms },
  { name: "cpu", unit: "ms", best: "least", of: (numbers) => numbers.cpu_ms },
  { name: "cores", unit: "ratio", best: "most", of: (numbers) => coresOf(numbers) },
  { name: "lanes", unit: "count", best: "", of: (numbers) => numbers.lanes },
  { name: "processes", unit: "count", best: "", of: (numbers) => numbers.processes },
  { name: "threads", unit: "count", best: "", of: (numbers) => numbers.threads },
  { name: "switches", unit: "count", best: "least", of: (numbers) => numbers.switches },
  { name: "printed", unit: "text", best: "", of: (numbers) => numbers.printed },
];

/** How many cores it kept busy, on the average. @param {Numbers} numbers */
function coresOf({ cpu_ms: cpu, duration_ms: duration }) {
  if (cpu === null) return null;
  return duration > 0 ? cpu / duration : 0;
}

/**
 * The table's rows: what always counts, and the states in which the runs differ.
 * @param {Numbers[]} runs
 * @returns {Row[]}
 */
export function differences(runs) {
  if (!runs.length) return [];
  const rows = ROWS.map(({ name, unit, best, of }) => {
    const values = runs.map(of);
    const counts = best !== "" && (name !== "cores" || values.some((value) => Number(value) >= ONE_CORE));
    const rivals = runs.flatMap((run, at) => (run.went_well ? [at] : []));
    return { name, state: "", unit, values, best: counts ? bestOf(values, best, rivals) : [] };
  });
  return [...rows, ...statesOf(runs)];
}

/** @param {Numbers[]} runs @returns {Row[]} */
function statesOf(runs) {
  const states = [...new Set(runs.flatMap((run) => Object.keys(run.states_ms)))];
  return states.flatMap((state) => {
    const values = runs.map((run) => run.states_ms[state] ?? 0);
    const most = Math.max(...values);
    const differs = most > LEAST_MS && most - Math.min(...values) > NOISE * most;
    return differs && state !== "dead"
      ? [{ name: "state", state, unit: /** @type {Unit} */ ("ms"), values, best: [] }]
      : [];
  });
}

/**
 * Which are best: within the noise of the very best, if some are not.
 * @param {(number | string | null)[]} values @param {"least" | "most"} direction
 * @param {number[]} rivals the runs that can be best: a program that failed did less, it was not faster
 */
function bestOf(values, direction, rivals) {
  if (rivals.some((at) => values[at] === null)) return [];
  const numbers = rivals.map((at) => Number(values[at]));
  const best = direction === "least" ? Math.min(...numbers) : Math.max(...numbers);
  const found = rivals.filter((at) => Math.abs(Number(values[at]) - best) <= NOISE * Math.abs(best));
  return found.length === rivals.length ? [] : found;
}
