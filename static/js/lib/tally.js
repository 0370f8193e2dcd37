// How often each outcome came about in a learner's runs of one lesson. Pure: who keeps it is another's business.

/** @typedef {{counts: Record<string, number>, runs: string[]}} Tally `runs`: those counted already, the newest last */

// A reload of the page must not count a run again, nor a look at one of fifty repeated ones.
const RUNS_REMEMBERED = 100;

/**
 * Count a run's outcome, once.
 * @param {Tally | undefined} tally @param {string} run @param {string} outcome
 * @returns {Tally}
 */
export function counted(tally, run, outcome) {
  const { counts, runs } = tally ?? { counts: {}, runs: [] };
  if (runs.includes(run)) return { counts, runs };
  return {
    counts: { ...counts, [outcome]: (Object.hasOwn(counts, outcome) ? counts[outcome] : 0) + 1 },
    runs: [...runs, run].slice(-RUNS_REMEMBERED),
  };
}

/** The outcomes, the most frequent first; of equals, in the order of their text. @param {Tally | undefined} tally */
export function ranking(tally) {
  const entries = Object.entries(tally?.counts ?? {});
  return entries.sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/** What is counted together: one question, of runs with the same parameters. @param {string} question @param {string} caseId @param {Record<string, unknown>} params */
export function tallyKey(question, caseId, params) {
  const values = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([question, caseId, ...values]);
}
