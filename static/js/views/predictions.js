// What a learner predicts of a lesson's runs, and what became of it. Touches no DOM.

import { isRight, outcomeOf, winners } from "../lib/grading.js";

/** @typedef {import("../lib/grading.js").Question} Question */
/** @typedef {import("../lib/grading.js").Measured} Measured */
/**
 * @typedef {object} Outcomes what the server says of a run that has ended
 * @property {string} case
 * @property {Record<string, {value: Measured, seqs: number[]}>} answers
 * @property {Record<string, {seq: number, ts_ns: number, lane: string | null} | null>} moments
 * @property {import("../lib/compare.js").Numbers} numbers
 * @property {Record<string, unknown>} params
 * @property {string | null} output all that was printed; null: too much to be compared at a glance
 * @property {import("./run_bar.js").End} ended
 */
/**
 * open: nothing is known yet. elsewhere: runs have ended, but not the one it is about. late: it is known, and the
 * learner has not answered. unknown: the run did not come that far. shown: the learner only asked for it.
 * @typedef {"open" | "elsewhere" | "late" | "right" | "wrong" | "unknown" | "shown"} Verdict
 */
/** @typedef {{caseId: string, seq: number}} Proof an event of a case's run */

export class Predictions {
  /**
   * @param {Question[]} questions
   * @param {string[]} variants the cases that a comparison compares
   * @param {Record<string, string>} given answers that are known from before
   */
  constructor(questions, variants, given) {
    this.questions = questions;
    this.variants = variants;
    this.given = new Map(Object.entries(given).filter(([id]) => questions.some((one) => one.id === id)));
    /** @type {Set<string>} questions whose result the learner has seen, or asked for */
    this.settled = new Set();
    /** @type {Map<string, Outcomes>} case -> its newest run's */
    this.outcomes = new Map();
  }

  /** @param {string} id @param {string} answer "" takes it back */
  give(id, answer) {
    if (answer) this.given.set(id, answer);
    else this.given.delete(id);
  }

  /** Show the result of a question, answered or not. @param {string} id */
  settle(id) {
    this.settled.add(id);
  }

  /** Predict anew. @param {string} id */
  reopen(id) {
    this.settled.delete(id);
    this.given.delete(id);
  }

  /** These cases are run (again): what was known of them is no more. @param {string[]} caseIds */
  begin(caseIds) {
    for (const caseId of caseIds) this.outcomes.delete(caseId);
    for (const question of this.questions) {
      if (this.casesOf(question).some((caseId) => caseIds.includes(caseId))) this.settled.delete(question.id);
    }
  }

  /** A run has ended: what was predicted of it is settled. @param {Outcomes} outcomes */
  learn(outcomes) {
    this.outcomes.set(outcomes.case, outcomes);
    for (const question of this.questions) {
      if (this.isAnswered(question, [outcomes.case])) this.settled.add(question.id);
    }
  }

  /** Whether the learner predicted something of these cases that is known now. @param {Question} question @param {string[]} caseIds */
  isAnswered(question, caseIds) {
    const isAbout = this.casesOf(question).some((caseId) => caseIds.includes(caseId));
    return isAbout && this.given.has(question.id) && this.isKnown(question);
  }

  /** The cases that must have been run for its answer. @param {Question} question */
  casesOf(question) {
    return question.compare ? this.variants : [question.in];
  }

  /** @param {Question} question */
  isKnown(question) {
    return this.casesOf(question).every((caseId) => this.outcomes.has(caseId));
  }

  /** @param {Question} question @returns {Verdict} */
  verdict(question) {
    if (!this.isKnown(question)) return this.outcomes.size ? "elsewhere" : "open";
    if (!this.settled.has(question.id)) return "late";
    if (!this.reality(question).length) return "unknown";
    const given = this.given.get(question.id);
    if (given === undefined) return "shown";
    return this.#isRight(question, given) ? "right" : "wrong";
  }

  /** @param {Question} question @param {string} given */
  #isRight(question, given) {
    if (question.compare) return this.reality(question).includes(given);
    return isRight(question, given, this.#measured(question, question.in));
  }

  /**
   * What really happened, as the options write it: one, or for a comparison several that are equally good;
   * none when the run did not come that far.
   * @param {Question} question
   * @returns {string[]}
   */
  reality(question) {
    if (question.compare) {
      const values = this.variants.map((id) => /** @type {const} */ ([id, this.#measured(question, id)]));
      return winners(question.compare, new Map(values));
    }
    const outcome = outcomeOf(question, this.#measured(question, question.in));
    return outcome ? [outcome] : [];
  }

  /** The events that prove it. @param {Question} question @returns {Proof[]} */
  proofs(question) {
    const cases = question.compare ? this.reality(question) : [question.in];
    return cases.flatMap((caseId) => {
      const seqs = this.outcomes.get(caseId)?.answers[question.id]?.seqs ?? [];
      return seqs.map((seq) => ({ caseId, seq }));
    });
  }

  /** How many predictions are settled, and how many of them came true. */
  get score() {
    const verdicts = this.questions.map((question) => this.verdict(question));
    const right = verdicts.filter((verdict) => verdict === "right").length;
    return { right, of: right + verdicts.filter((verdict) => verdict === "wrong").length };
  }

  /** Whether every question was answered, or its answer looked at. */
  get isComplete() {
    return this.questions.every(({ id }) => this.given.has(id) || this.settled.has(id));
  }

  /** @param {Question} question @param {string} caseId @returns {Measured} */
  #measured(question, caseId) {
    return this.outcomes.get(caseId)?.answers[question.id]?.value ?? null;
  }
}
