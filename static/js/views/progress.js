// What this browser remembers of a learner: lessons done, outcomes seen, answers given in this tab.
//
// localStorage "lab.done": {slug: date of the first time}. A lesson is done when a run of it has ended and each of
// its questions was answered, or its answer asked for.
// localStorage "lab.runs.<slug>": {runs: those of views/kept_runs.js}.
// localStorage "lab.tally.<slug>": {key of lib/tally.js: {counts, runs}}.
// localStorage "lab.timeline": {things: "on" or "off", cores: true or false}.
// sessionStorage "lab.answers.<slug>": {question: answer}: a reload keeps them, the next class begins without any.
//
// Storage may be denied, full, or hold what somebody else wrote: then this is as if nothing had been kept.

/** @typedef {import("../lib/tally.js").Tally} Tally */

const DONE = "lab.done";

/** The lessons done in this browser. @returns {Record<string, string>} slug -> ISO date */
export function doneLessons() {
  return read("localStorage", DONE);
}

/** @param {string} slug @returns {boolean} */
export function isDone(slug) {
  return Object.hasOwn(doneLessons(), slug);
}

/** @param {string} slug */
export function setDone(slug) {
  if (!isDone(slug)) write("localStorage", DONE, { ...doneLessons(), [slug]: new Date().toISOString() });
}

/** @param {string} slug @returns {Record<string, Tally>} */
export function tallies(slug) {
  return read("localStorage", `lab.tally.${slug}`);
}

/** @param {string} slug @param {Record<string, Tally>} value */
export function setTallies(slug, value) {
  write("localStorage", `lab.tally.${slug}`, value);
}

/** @param {string} slug @returns {Record<string, any>} */
export function runsSeen(slug) {
  return read("localStorage", `lab.runs.${slug}`);
}

/** @param {string} slug @param {Record<string, any>} value */
export function setRunsSeen(slug, value) {
  write("localStorage", `lab.runs.${slug}`, value);
}

/** @param {string} slug @returns {Record<string, string>} question -> answer */
export function answers(slug) {
  return read("sessionStorage", `lab.answers.${slug}`);
}

/** @param {string} slug @param {Record<string, string>} value */
export function setAnswers(slug, value) {
  write("sessionStorage", `lab.answers.${slug}`, value);
}

/** What this browser shows beside the lanes. @returns {{things?: string, cores?: boolean}} */
export function timelineChoices() {
  return read("localStorage", "lab.timeline");
}

/** @param {{things?: string, cores?: boolean}} value */
export function setTimelineChoices(value) {
  write("localStorage", "lab.timeline", value);
}

/** @param {"localStorage" | "sessionStorage"} storage @param {string} key @returns {Record<string, any>} */
function read(storage, key) {
  try {
    const value = JSON.parse(globalThis[storage].getItem(key) ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param {"localStorage" | "sessionStorage"} storage @param {string} key @param {Record<string, any>} value */
function write(storage, key, value) {
  try {
    globalThis[storage].setItem(key, JSON.stringify(value));
  } catch {
    // The page goes on without a memory.
  }
}
