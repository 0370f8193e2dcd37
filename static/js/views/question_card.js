// One question: before the run a form, after it what was said, what really happened, and why.

import { ranking } from "../lib/tally.js";
import { make, setText } from "./dom.js";

/** @typedef {import("../lib/grading.js").Question} Question */
/** @typedef {import("./predictions.js").Predictions} Predictions */
/**
 * @typedef {object} CardActions
 * @property {(id: string) => void} onGive an answer was given, taken back, checked or asked for
 * @property {(question: Question, at: number) => void} onProve show the proof number `at`
 * @property {(caseId: string) => void} onRun run the case that the question is about
 */
/**
 * @typedef {object} Surroundings what the card needs to know of the page
 * @property {import("./words.js").Words} words
 * @property {Predictions} predictions
 * @property {(caseId: string) => string} titleOf
 * @property {(caseId: string) => boolean} isOnScreen the newest run of that case can be pointed at
 * @property {() => boolean} canRun false on a recorded run's page
 * @property {(question: Question) => import("../lib/tally.js").Tally | undefined} tallyOf
 * @property {CardActions} actions
 */

export class QuestionCard {
  /**
   * @param {string} place distinguishes two cards of one question
   * @param {Question} question
   * @param {Surroundings} around
   */
  constructor(place, question, around) {
    this.id = `${place}-${question.id}`;
    this.question = question;
    this.around = around;
    this.proof = 0;
    this.signature = "";
    this.element = make("fieldset", "question");
    this.element.dataset.question = question.id;
  }

  /** Draw it anew if something of it has changed; what is being typed stays. @param {Question} question in the page's language */
  update(question) {
    this.question = question;
    const { words, predictions, isOnScreen } = this.around;
    const verdict = predictions.verdict(question);
    const [first] = predictions.proofs(question);
    const signature = JSON.stringify([
      words.lang,
      verdict,
      predictions.given.get(question.id),
      predictions.reality(question),
      first && isOnScreen(first.caseId),
      this.around.tallyOf(question),
    ]);
    if (signature === this.signature) return;
    if (!this.signature.includes(`"${verdict}"`)) this.proof = 0;
    this.signature = signature;
    const isForm = verdict === "open" || verdict === "late" || verdict === "elsewhere";
    // Whoever answers with the keyboard stays where they are.
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.element.dataset.verdict = verdict;
    this.element.replaceChildren(
      this.#ask(),
      ...(isForm ? [this.#answers(), ...this.#afterwards(verdict)] : this.#result(verdict)),
    );
    if (focused) this.#focusAgain(focused);
  }

  /** @param {Element} before what had the focus */
  #focusAgain(before) {
    const same = before.id ? this.element.querySelector(`#${CSS.escape(before.id)}`) : null;
    const target = same ?? this.element.querySelector(".verdict, input, button");
    if (target instanceof HTMLElement) target.focus();
  }

  #ask() {
    const legend = make("legend", "question-ask", this.question.ask);
    legend.id = `${this.id}-ask`;
    return legend;
  }

  #answers() {
    const { question } = this;
    if (question.type === "number" || question.type === "text") return this.#field();
    const list = make("div", "options");
    this.#options().forEach(({ value, text }, at) => list.append(this.#option(value, text, at)));
    return list;
  }

  /** @returns {{value: string, text: string}[]} */
  #options() {
    const { words } = this.around;
    if (this.question.type !== "yesno") return this.question.options;
    return ["yes", "no"].map((value) => ({ value, text: words.t(`question.${value}`) }));
  }

  /** @param {string} value @param {string} text @param {number} at */
  #option(value, text, at) {
    const { predictions } = this.around;
    const label = make("label", "option");
    const input = make("input");
    input.type = "radio";
    input.name = this.id;
    input.value = value;
    input.id = `${this.id}-${at}`;
    input.checked = predictions.given.get(this.question.id) === value;
    input.addEventListener("change", () => this.#give(value));
    label.append(input, make("span", "", text));
    return label;
  }

  #field() {
    const { words, predictions } = this.around;
    const isNumber = this.question.type === "number";
    const input = make("input", "question-field");
    input.type = "text";
    input.inputMode = isNumber ? "decimal" : "text";
    input.id = `${this.id}-field`;
    input.autocomplete = "off";
    input.placeholder = words.t(isNumber ? "question.number" : "question.text");
    input.setAttribute("aria-labelledby", `${this.id}-ask`);
    input.value = predictions.given.get(this.question.id) ?? "";
    input.addEventListener("input", () => this.#give(input.value.trim()));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && predictions.verdict(this.question) === "late") this.#settle();
    });
    return input;
  }

  /** @param {string} answer */
  #give(answer) {
    const { predictions, actions } = this.around;
    predictions.give(this.question.id, answer);
    // This card shows it already: drawing it anew would disturb who is typing.
    this.signature = this.signature && this.#signatureNow();
    const check = this.element.querySelector(".check");
    if (check) check.toggleAttribute("disabled", !answer);
    actions.onGive(this.question.id);
  }

  #signatureNow() {
    const parts = JSON.parse(this.signature);
    parts[2] = this.around.predictions.given.get(this.question.id) ?? null;
    return JSON.stringify(parts);
  }

  #settle() {
    this.around.predictions.settle(this.question.id);
    this.around.actions.onGive(this.question.id);
  }

  /** What can be done with a question after some run. @param {string} verdict */
  #afterwards(verdict) {
    const { words, titleOf, actions, predictions } = this.around;
    const bar = make("div", "question-actions");
    if (verdict === "elsewhere") {
      const [missing] = predictions
        .casesOf(this.question)
        .filter((caseId) => !predictions.outcomes.has(caseId));
      const title = titleOf(missing);
      bar.append(make("span", "question-note", words.t("question.about", { title })));
      const run = button("button small", words.t("question.run", { title }), () => actions.onRun(missing));
      if (this.around.canRun()) bar.append(run);
    } else if (verdict === "late") {
      const check = button("button small primary check", words.t("question.check"), () => this.#settle());
      check.disabled = !predictions.given.has(this.question.id);
      bar.append(
        check,
        button("button small quiet", words.t("question.show"), () => this.#showOnly()),
      );
    }
    return bar.childElementCount ? [bar] : [];
  }

  #showOnly() {
    this.around.predictions.give(this.question.id, "");
    this.#settle();
  }

  /** @param {string} verdict */
  #result(verdict) {
    const { words, predictions } = this.around;
    const { question } = this;
    const head = make("p", "verdict", words.t(`question.${verdict}`));
    head.tabIndex = -1;
    const facts = make("dl", "question-facts");
    const given = predictions.given.get(question.id);
    if (given !== undefined) facts.append(fact(words.t("question.said"), this.#nameOf(given)));
    const names = predictions.reality(question).map((value) => this.#nameOf(value));
    if (names.length) facts.append(fact(words.t("question.really"), words.list(names)));
    const parts = [head, facts];
    if (names.length) parts.push(make("p", "question-why", question.why));
    return [...parts, this.#resultActions(), ...this.#tally()];
  }

  #resultActions() {
    const { words, predictions, actions, isOnScreen } = this.around;
    const bar = make("div", "question-actions");
    const proofs = predictions.proofs(this.question);
    if (proofs.length) {
      const show = button("button small show-me", "", () => {
        actions.onProve(this.question, this.proof);
        this.proof = (this.proof + 1) % proofs.length;
        setText(show, this.#showText(proofs.length));
      });
      setText(show, this.#showText(proofs.length));
      show.disabled = !isOnScreen(proofs[0].caseId);
      if (show.disabled) show.title = words.t("question.not_on_screen");
      bar.append(show);
    }
    const again = button("button small quiet", words.t("question.again"), () => {
      predictions.reopen(this.question.id);
      actions.onGive(this.question.id);
    });
    bar.append(again);
    return bar;
  }

  /** @param {number} count */
  #showText(count) {
    const { words } = this.around;
    return count === 1
      ? words.t("question.prove")
      : words.t("question.prove_one", { n: this.proof + 1, of: count });
  }

  #tally() {
    const { words, tallyOf } = this.around;
    if (!this.question.several) return [];
    const note = make("p", "question-note", words.t("question.several"));
    const entries = ranking(tallyOf(this.question));
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    const list = make("ul", "tally");
    for (const [value, count] of entries) {
      const row = make("li");
      const bar = make("span", "tally-bar");
      bar.style.setProperty("--share", String(count / total));
      row.append(
        make("span", "tally-name", this.#nameOf(value)),
        bar,
        make("span", "tally-count", words.count("question.times", count)),
      );
      list.append(row);
    }
    return [note, list];
  }

  /** What an option or a value is called. @param {string} value */
  #nameOf(value) {
    const { words, titleOf } = this.around;
    const option = this.#options().find((candidate) => candidate.value === value);
    if (option) return option.text;
    return this.question.compare ? titleOf(value) : words.value(value);
  }
}

/** @param {string} term @param {string} text */
function fact(term, text) {
  const row = make("div");
  row.append(make("dt", "", term), make("dd", "", text));
  return row;
}

/** @param {string} className @param {string} text @param {() => void} onClick */
function button(className, text, onClick) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}
