// What a lesson says and asks around its runs: predictions and how they turned out, moments, tries, differences.

import { outcomeOf } from "../lib/grading.js";
import { counted, tallyKey } from "../lib/tally.js";
import { CompareView } from "./compare_view.js";
import { setText } from "./dom.js";
import { Predictions } from "./predictions.js";
import { answers, setAnswers, setDone, setTallies, tallies } from "./progress.js";
import { ProseView } from "./prose.js";
import { PredictView, QuestionsView } from "./questions.js";

/** @typedef {import("../lib/grading.js").Question} Question */
/** @typedef {import("./lab.js").Lab} Lab */
/** @typedef {import("./shown_run.js").ShownRun} ShownRun */
/**
 * @typedef {object} Case a way in which the lesson can be run
 * @property {string} id
 * @property {string} title
 * @property {"variant" | "try"} kind
 * @property {string} source
 * @property {Record<string, unknown>} set
 */
/**
 * @typedef {object} GuideActions
 * @property {() => void} onRun
 * @property {(caseId: string) => void} onCase run this case
 * @property {() => boolean} canRun false on a recorded run's page
 * @property {() => string} currentCase
 */

export class Guide {
  /**
   * @param {any} lesson @param {import("./words.js").Words} words @param {Lab} lab @param {GuideActions} actions
   */
  constructor(lesson, words, lab, actions) {
    this.lesson = lesson;
    this.words = words;
    this.lab = lab;
    this.actions = actions;
    this.predictions = new Predictions(this.questions, lesson.variants ?? [], answers(lesson.slug));
    /** @type {Map<string, string>} question -> under which key its newest outcome was counted */
    this.tallyKeys = new Map();
    this.tallies = tallies(lesson.slug);
    const around = this.#surroundings();
    const questions = document.querySelector("#questions");
    const predict = document.querySelector("#predict");
    this.list = questions instanceof HTMLElement ? new QuestionsView(questions, around) : null;
    this.invitation =
      predict instanceof HTMLElement ? new PredictView(predict, around, () => actions.onRun()) : null;
    const compare = document.querySelector("#compare");
    this.compare = compare instanceof HTMLElement ? new CompareView(compare, words) : null;
    this.prose = new ProseView(/** @type {HTMLElement} */ (document.querySelector("#prose")), words, {
      onMoment: (id) => this.#showMoment(id),
      onTry: (id) => actions.onCase(id),
      whyNoMoment: (id) => this.#whyNoMoment(id),
      whyNoTry: () => this.#whyNoTry(),
      currentCase: () => actions.currentCase(),
    });
    this.score = document.getElementById("score-open");
    this.score?.addEventListener("click", () => this.#openQuestions());
    this.update();
  }

  #openQuestions() {
    this.lab.docks.show("panel-questions");
    // On a narrow screen they are below what is in sight.
    document.getElementById("panel-questions")?.scrollIntoView({ block: "nearest" });
  }

  /** @returns {Question[]} */
  get questions() {
    return this.lesson.questions ?? [];
  }

  /** @param {string} caseId */
  titleOf(caseId) {
    return this.caseOf(caseId)?.title ?? "";
  }

  /** @param {string} caseId @returns {Case | undefined} */
  caseOf(caseId) {
    return (this.lesson.cases ?? []).find((/** @type {Case} */ one) => one.id === caseId);
  }

  /** @returns {import("./question_card.js").Surroundings} */
  #surroundings() {
    return {
      words: this.words,
      predictions: this.predictions,
      titleOf: (caseId) => this.titleOf(caseId),
      isOnScreen: (caseId) => this.#runOf(caseId) !== undefined,
      canRun: () => this.actions.canRun(),
      tallyOf: (question) => this.tallies[this.tallyKeys.get(question.id) ?? ""],
      actions: {
        onGive: () => this.#onGive(),
        onProve: (question, at) => this.#prove(question, at),
        onRun: (caseId) => this.actions.onCase(caseId),
      },
    };
  }

  /** The run of a case that is on the screen and has ended. @param {string} caseId */
  #runOf(caseId) {
    return this.lab.runs.find((run) => run.caseId === caseId && run.outcomes);
  }

  /** These cases are started. @param {string[]} caseIds */
  begin(caseIds) {
    this.predictions.begin(caseIds);
    this.update();
  }

  /** What a run came to is known. @param {ShownRun} run @param {import("./predictions.js").Outcomes} outcomes */
  learn(run, outcomes) {
    run.outcomes = outcomes;
    this.predictions.learn(outcomes);
    this.#count(run);
    this.#noteDone();
    this.update();
  }

  /** All runs have ended: what they came to comes to the front, for whoever predicted it. */
  finish() {
    const { docks } = this.lab;
    const cases = this.lab.runs.map((run) => run.caseId);
    const isAnswered = this.questions.some((question) => this.predictions.isAnswered(question, cases));
    if (isAnswered && this.list) docks.show("panel-questions");
    if (this.compare && this.lab.runs.length > 1 && !docks.chosen) docks.show("panel-compare");
    this.update();
  }

  /** @param {ShownRun} run the newest that ended */
  #count(run) {
    const { predictions } = this;
    for (const question of this.questions) {
      const isAbout = predictions.casesOf(question).includes(run.caseId) && predictions.isKnown(question);
      if (!question.several || !isAbout) continue;
      const key = tallyKey(question.id, question.compare ? "" : run.caseId, run.params);
      this.#tally(question, key, run.id, predictions.reality(question).join(" "));
    }
    setTallies(this.lesson.slug, this.tallies);
  }

  /** A run that was only repeated counts like any other. @param {string} runId @param {import("./predictions.js").Outcomes} outcomes */
  countRepeated(runId, outcomes) {
    for (const question of this.questions) {
      if (!question.several || question.compare || question.in !== outcomes.case) continue;
      const key = tallyKey(question.id, outcomes.case, outcomes.params);
      this.#tally(question, key, runId, outcomeOf(question, outcomes.answers[question.id]?.value ?? null));
    }
    setTallies(this.lesson.slug, this.tallies);
    this.update();
  }

  /** @param {Question} question @param {string} key @param {string} runId @param {string} outcome "" = it did not come that far */
  #tally(question, key, runId, outcome) {
    if (!outcome) return;
    this.tallyKeys.set(question.id, key);
    this.tallies[key] = counted(this.tallies[key], runId, outcome);
  }

  #onGive() {
    setAnswers(this.lesson.slug, Object.fromEntries(this.predictions.given));
    this.#noteDone();
    this.update();
    this.lab.changed();
  }

  #noteDone() {
    if (this.questions.length && this.predictions.outcomes.size && this.predictions.isComplete)
      setDone(this.lesson.slug);
  }

  // -- pointing at the run -----------------------------------------------------------------------------

  /** @param {Question} question @param {number} at */
  #prove(question, at) {
    const { caseId, seq } = this.predictions.proofs(question)[at];
    const run = this.#runOf(caseId);
    const place = run?.fold.placeOf(seq);
    if (run && place) this.lab.show(run, place.ns, place.laneKey);
  }

  /** @param {string} id */
  #showMoment(id) {
    const run = this.#runWithMoment(id);
    const moment = run?.outcomes?.moments[id];
    if (run && moment) this.lab.show(run, moment.ts_ns, moment.lane);
  }

  /** The run in front, if the moment occurs in it; else the first in which it does. @param {string} id */
  #runWithMoment(id) {
    const { runs, shown } = this.lab;
    return [shown, ...runs].find((run) => run.outcomes?.moments[id]);
  }

  /** @param {string} id */
  #whyNoMoment(id) {
    if (this.#runWithMoment(id)) return "";
    return this.lab.runs.every((run) => run.outcomes) ? "prose.no_moment" : "prose.run_first";
  }

  #whyNoTry() {
    if (!this.actions.canRun()) return "prose.try_elsewhere";
    const { phase } = this.lab.facts;
    return phase === "idle" || phase === "ended" ? "" : "prose.busy";
  }

  update() {
    this.list?.update(this.questions);
    this.invitation?.update(this.questions);
    this.prose.refresh();
    this.#sayScore();
    this.compare?.update(
      this.lab.runs.map((run) => ({
        title: this.lab.nameOf(run),
        numbers: run.outcomes?.numbers ?? null,
      })),
    );
  }

  #sayScore() {
    if (!this.score) return;
    const { right, of } = this.predictions.score;
    this.score.hidden = of === 0;
    setText(this.score, this.words.t("question.score", { right, of }));
  }

  /** @param {any} lesson the same in the page's language; its prose is in the page already */
  translate(lesson) {
    this.lesson = lesson;
    this.predictions.questions = this.questions;
    this.update();
  }
}
