// Which runs of a lesson this browser has seen, the newest first.

import { runsSeen, setRunsSeen } from "./progress.js";

/**
 * @typedef {object} KeptRun
 * @property {string} id
 * @property {string} caseId
 * @property {number} at when it was started, in ms since 1970
 * @property {number} ms how long it took
 * @property {string} printed its last line
 */

const MOST = 30;

/** @param {string} lesson @returns {KeptRun[]} */
export function keptRuns(lesson) {
  const { runs } = runsSeen(lesson);
  return Array.isArray(runs) ? runs.filter((run) => typeof run?.id === "string") : [];
}

/** @param {string} lesson @param {KeptRun} run */
export function keepRun(lesson, run) {
  const others = keptRuns(lesson).filter(({ id }) => id !== run.id);
  const runs = [run, ...others].sort((a, b) => b.at - a.at).slice(0, MOST);
  setRunsSeen(lesson, { runs });
}
