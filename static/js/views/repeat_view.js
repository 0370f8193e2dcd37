// Repeating a program: the form, how far it has come, and a histogram of what the runs came to.

import { formatDuration } from "../lib/format.js";
import { outcomeOf } from "../lib/grading.js";
import { durationOf, durations, histogram, printedBy } from "../lib/repeat.js";
import { make, setText } from "./dom.js";
import { RunsList } from "./repeat_runs.js";
import { signalName } from "./timeline_words.js";

/** @typedef {import("../lib/repeat.js").Sample} Sample */
/** @typedef {import("../lib/repeat.js").Bar} Bar */
/** @typedef {import("../lib/repeat.js").Repetition} Repetition */
/**
 * @typedef {object} Measure one thing that is counted
 * @property {string} id
 * @property {string} title
 * @property {(sample: Sample) => string | null} valueOf
 * @property {(value: string) => string} textOf
 * @property {boolean} [verbatim] what a program printed
 */
/** @typedef {Pick<import("./guide.js").Guide, "lesson" | "questions" | "titleOf">} Book the lesson, or what a program without one has of it */
/**
 * @typedef {object} RepeatActions
 * @property {() => string} currentCase
 * @property {(times: number, caseId: string) => void} onStart
 * @property {() => void} onCancel
 * @property {(sample: Sample) => void} onOpen
 */

const TIMES = [5, 20, 50];
const USUAL_TIMES = 20;

export class RepeatView {
  /**
   * @param {HTMLElement} host @param {import("./words.js").Words} words @param {Book} guide
   * @param {RepeatActions} actions
   */
  constructor(host, words, guide, actions) {
    this.words = words;
    this.guide = guide;
    this.actions = actions;
    /** @type {Repetition | null} */
    this.repetition = null;
    this.caseId = "";
    /** @type {(error: unknown) => string} */
    this.sentenceOf = () => "";
    /** Which run of each bar was opened last. @type {Map<string, number>} */
    this.opened = new Map();
    this.signature = "";
    this.title = make("h3", "panel-subtitle");
    this.about = make("p", "repeat-about");
    this.times = make("select");
    this.cases = make("select");
    this.button = make("button", "button primary");
    this.bar = make("progress");
    this.count = make("span", "repeat-count");
    this.state = make("p", "repeat-state");
    this.results = make("div", "repeat-results");
    this.runs = new RunsList(words, (sample) => actions.onOpen(sample));
    this.#build(host);
    this.translate();
  }

  /** @param {HTMLElement} host */
  #build(host) {
    const form = make("div", "repeat-form");
    for (const times of TIMES) this.times.append(new Option("", String(times)));
    this.times.value = String(USUAL_TIMES);
    this.button.type = "button";
    this.button.addEventListener("click", () => this.#press());
    // What changes with every run is not announced; that it begins, waits or ends is.
    this.state.setAttribute("role", "status");
    this.bar.hidden = true;
    form.append(this.cases, this.times, this.button, this.bar, this.count);
    host.append(this.title, this.about, form, this.state, this.results, this.runs.element);
  }

  #press() {
    if (this.repetition?.isGoing) this.actions.onCancel();
    else this.actions.onStart(Number(this.times.value), this.cases.value);
  }

  /** A repetition begins. @param {Repetition} repetition @param {string} caseId @param {(error: unknown) => string} sentenceOf */
  show(repetition, caseId, sentenceOf) {
    this.repetition = repetition;
    this.caseId = caseId;
    this.sentenceOf = sentenceOf;
    this.opened.clear();
    this.update();
  }

  /** The case on the screen is another one. */
  follow() {
    if (this.repetition?.isGoing) return;
    const { cases } = this;
    const current = this.actions.currentCase();
    if ([...cases.options].some((option) => option.value === current)) cases.value = current;
  }

  update() {
    const { words, repetition } = this;
    const going = repetition?.isGoing ?? false;
    this.times.disabled = this.cases.disabled = going;
    setText(this.button, words.t(going ? "repeat.cancel" : "repeat.start"));
    this.button.classList.toggle("primary", !going);
    if (!repetition) return;
    const { samples, times } = repetition;
    this.bar.hidden = !going;
    this.bar.max = times;
    this.bar.value = samples.length;
    this.bar.setAttribute("aria-label", words.t("repeat.title"));
    setText(this.count, going ? words.t("repeat.count", { n: samples.length, of: times }) : "");
    setText(this.state, this.#sentence(repetition));
    this.state.classList.toggle("problem", repetition.phase === "failed");
    this.about.hidden = samples.length > 0;
    this.#drawResults(samples);
    this.runs.update(samples);
  }

  /** @param {Repetition} repetition */
  #sentence({ phase, samples, times, error }) {
    const { words } = this;
    const values = { n: samples.length, of: times, title: this.guide.titleOf(this.caseId) };
    if (phase === "failed") return words.t("repeat.failed", { ...values, sentence: this.sentenceOf(error) });
    const named = values.title && this.cases.options.length > 1;
    if (phase === "done" && named) return words.t("repeat.done_named", values);
    return words.t(`repeat.${phase}`, values);
  }

  // -- what they came to ---------------------------------------------------------------------------------

  /** @param {Sample[]} samples */
  #drawResults(samples) {
    const signature = [this.words.lang, this.caseId, ...samples.map(({ id }) => id)].join(" ");
    if (signature === this.signature) return;
    this.signature = signature;
    if (!samples.length) return this.results.replaceChildren();
    const counted = this.#measures().map((measure) => ({
      measure,
      bars: histogram(samples, measure.valueOf),
    }));
    const varied = counted.filter(({ bars }) => bars.length > 1);
    const same = counted.filter(({ bars }) => bars.length === 1);
    const focused = this.#focused();
    this.results.replaceChildren(
      ...varied.map(({ measure, bars }) => this.#table(measure, bars)),
      this.#durations(samples),
      ...(same.length ? [this.#sameInAll(same)] : []),
    );
    this.#focus(focused);
  }

  /** A result that comes while a bar has the focus must not take it away. */
  #focused() {
    const { activeElement } = document;
    const isOurs = activeElement instanceof HTMLElement && this.results.contains(activeElement);
    return isOurs ? activeElement.dataset.key : undefined;
  }

  /** @param {string | undefined} key */
  #focus(key) {
    const buttons = this.results.querySelectorAll("button");
    if (key !== undefined) [...buttons].find((button) => button.dataset.key === key)?.focus();
  }

  /** What is counted: the console, what the lesson asks of this case, how the runs ended. @returns {Measure[]} */
  #measures() {
    const { words } = this;
    const questions = this.guide.questions.filter((one) => one.in === this.caseId && !one.compare);
    return [
      {
        id: "printed",
        title: words.t("repeat.printed"),
        valueOf: printedBy,
        textOf: (value) => value.trimEnd().replaceAll("\n", " ⏎ ") || words.t("repeat.nothing"),
        verbatim: true,
      },
      ...questions.map((question) => ({
        id: `question.${question.id}`,
        title: question.ask,
        valueOf: (/** @type {Sample} */ { outcomes }) =>
          outcomeOf(question, outcomes.answers[question.id]?.value ?? null) || null,
        textOf: (/** @type {string} */ value) => this.#answer(question, value),
      })),
      {
        id: "ended",
        title: words.t("repeat.ending"),
        valueOf: endingOf,
        textOf: (value) => this.#ending(value),
      },
    ];
  }

  /** @param {import("../lib/grading.js").Question} question @param {string} value */
  #answer(question, value) {
    const option = question.options.find((candidate) => candidate.value === value);
    if (option) return option.text;
    if (question.type === "yesno") return this.words.t(`question.${value}`);
    return this.words.value(value);
  }

  /** @param {string} value of endingOf */
  #ending(value) {
    const { words } = this;
    const [status, detail] = value.split(" ");
    if (status === "exit") return words.t("repeat.exit", { code: detail });
    if (status === "signal") return words.t("repeat.signal", { signal: signalName(Number(detail)) });
    const key = `repeat.ended_${status}`;
    return key in words.strings ? words.t(key) : status;
  }

  /** @param {Measure} measure @param {Bar[]} bars */
  #table(measure, bars) {
    const { words } = this;
    const table = make("table", "histogram");
    table.createCaption().textContent = measure.title;
    const total = bars.reduce((sum, { samples }) => sum + samples.length, 0);
    const body = table.createTBody();
    for (const bar of bars) {
      const row = body.insertRow();
      const name = make("th", measure.verbatim ? "printed" : "");
      name.scope = "row";
      name.append(this.#opener(`${measure.id} ${bar.value}`, measure.textOf(bar.value), bar.samples));
      const track = make("span", "histogram-bar");
      track.style.setProperty("--share", String(bar.samples.length / bars[0].samples.length));
      const picture = make("td", "histogram-track");
      picture.append(track);
      const count = words.t("repeat.share", {
        n: bar.samples.length,
        percent: Math.round((100 * bar.samples.length) / total),
      });
      row.append(name, picture, make("td", "histogram-count", count));
    }
    return table;
  }

  /** A button that opens a run of these; pressed again, the next one. @param {string} key @param {string} text @param {Sample[]} samples */
  #opener(key, text, samples) {
    const button = make("button", "histogram-open", text);
    button.type = "button";
    button.dataset.key = key;
    button.title = this.words.t("repeat.open_about", { runs: numbersOf(samples) });
    button.addEventListener("click", () => {
      const at = ((this.opened.get(key) ?? -1) + 1) % samples.length;
      this.opened.set(key, at);
      this.actions.onOpen(samples[at]);
    });
    return button;
  }

  /** @param {Sample[]} samples */
  #durations(samples) {
    const { words } = this;
    const list = make("dl", "repeat-durations");
    list.append(make("dt", "", words.t("repeat.duration")));
    for (const [name, sample] of Object.entries(durations(samples))) {
      const time = formatDuration(durationOf(sample) * 1e6, words.locale);
      const text = words.t(`repeat.${name}`, { time, n: sample.number });
      const place = make("dd");
      place.append(this.#opener(`duration ${name}`, text, [sample]));
      list.append(place);
    }
    return list;
  }

  /** @param {{measure: Measure, bars: Bar[]}[]} same */
  #sameInAll(same) {
    const list = make("dl", "repeat-same");
    for (const { measure, bars } of same) {
      const value = make("dd", measure.verbatim ? "printed" : "", measure.textOf(bars[0].value));
      list.append(make("dt", "", measure.title), value);
    }
    const part = make("div");
    part.append(make("p", "repeat-about", this.words.t("repeat.same")), list);
    return part;
  }

  translate() {
    const { words } = this;
    setText(this.title, words.t("repeat.title"));
    setText(this.about, words.t("repeat.about"));
    this.times.setAttribute("aria-label", words.t("repeat.times"));
    for (const option of this.times.options)
      option.text = words.count("repeat.n_times", Number(option.value));
    this.cases.setAttribute("aria-label", words.t("repeat.case"));
    const { value } = this.cases;
    const cases = this.guide.lesson.cases ?? [];
    this.cases.replaceChildren(...cases.map((/** @type {any} */ one) => new Option(one.title, one.id)));
    if (value) this.cases.value = value;
    this.cases.hidden = cases.length < 2;
    this.runs.translate();
    this.update();
  }
}

/** How a run ended, as one word and a number. @param {Sample} sample */
function endingOf({ outcomes: { ended } }) {
  if (ended.status !== "finished") return ended.status;
  return ended.signal === undefined ? `exit ${ended.exit_code ?? 0}` : `signal ${ended.signal}`;
}

/** @param {Sample[]} samples */
function numbersOf(samples) {
  const shown = samples.slice(0, 8).map(({ number }) => number);
  return shown.join(", ") + (samples.length > shown.length ? ", …" : "");
}
