// A lesson's questions in two places: one at a time where the timeline will be, and all of them in their panel.

import { make, setText } from "./dom.js";
import { QuestionCard } from "./question_card.js";

/** @typedef {import("./question_card.js").Surroundings} Surroundings */
/** @typedef {import("../lib/grading.js").Question} Question */

/** All questions, below each other. */
export class QuestionsView {
  /** @param {HTMLElement} host @param {Surroundings} around */
  constructor(host, around) {
    this.cards = around.predictions.questions.map((question) => new QuestionCard("all", question, around));
    host.replaceChildren(...this.cards.map((card) => card.element));
  }

  /** @param {Question[]} questions the same, in the page's language */
  update(questions) {
    this.cards.forEach((card, at) => card.update(questions[at]));
  }
}

/** The invitation to predict: it stands in the place of the timeline until something runs. */
export class PredictView {
  /** @param {HTMLElement} host @param {Surroundings} around @param {() => void} onRun */
  constructor(host, around, onRun) {
    this.words = around.words;
    this.predictions = around.predictions;
    this.at = 0;
    this.cards = around.predictions.questions.map((question) => new QuestionCard("one", question, around));
    this.title = make("h3", "predict-title");
    this.lead = make("p", "predict-lead");
    this.place = make("span", "predict-place");
    this.previous = button("button small", () => this.#go(-1));
    this.next = button("button small", () => this.#go(1));
    this.run = button("button primary predict-run", onRun);
    const bar = make("div", "predict-bar");
    bar.append(this.previous, this.place, this.next, this.run);
    host.replaceChildren(this.title, this.lead, ...this.cards.map((card) => card.element), bar);
  }

  /** @param {Question[]} questions the same, in the page's language */
  update(questions) {
    const { words } = this;
    this.cards.forEach((card, at) => {
      card.update(questions[at]);
      card.element.hidden = at !== this.at;
    });
    const several = this.cards.length > 1;
    for (const element of [this.previous, this.next, this.place]) element.hidden = !several;
    this.previous.disabled = this.at === 0;
    this.next.disabled = this.at === this.cards.length - 1;
    setText(this.title, words.t("predict.title"));
    setText(this.lead, words.t("predict.lead"));
    setText(this.place, words.t("predict.place", { n: this.at + 1, of: this.cards.length }));
    setText(this.previous, words.t("predict.previous"));
    setText(this.next, words.t("predict.next"));
    setText(this.run, words.t("predict.run"));
  }

  /** @param {number} by */
  #go(by) {
    this.at += by;
    this.update(this.cards.map((card) => card.question));
    const { element } = this.cards[this.at];
    // A button that has just been disabled would lose the focus to nowhere.
    if (this.next.disabled || this.previous.disabled) {
      const first = element.querySelector("input:checked, input");
      if (first instanceof HTMLElement) first.focus();
    }
  }
}

/** @param {string} className @param {() => void} onClick */
function button(className, onClick) {
  const element = make("button", className);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}
