// The one button that runs and stops, and the sentence that says how the run is or was.

import { formatDuration } from "../lib/format.js";
import { byId, setText } from "./dom.js";
import { StopRule, isForeign } from "./stop_rule.js";
import { signalName } from "./timeline_words.js";

/** @typedef {"idle" | "loading" | "starting" | "queued" | "running" | "stopping" | "ended"} Phase */
/** @typedef {{status: string, exit_code?: number, signal?: number, text?: string, dropped?: number}} End */
/** @typedef {{limit: string, value: number}} Limited */
/**
 * @typedef {object} RunFacts
 * @property {Phase} phase
 * @property {number} ns how long it has run
 * @property {number} events
 * @property {number} dropped
 * @property {boolean} step the lab hands the GIL over between reads and writes
 * @property {number} handedOver how often it has
 * @property {End | null} end
 * @property {Limited | null} limited
 * @property {{n: number, of: number, title: string}} part which of several runs this is
 * @property {number} place how many runs begin before it, while it is queued
 * @property {boolean} mayStop it was started by this viewer, or this is the presenter
 * @property {string} problem a sentence; "" = none
 * @property {string} url
 */

/** @type {Record<Phase, string>} */
const BUTTON_TEXTS = {
  idle: "start",
  loading: "starting",
  starting: "starting",
  queued: "stop",
  running: "stop",
  stopping: "stopping",
  ended: "start",
};

/** What is said of a run that ended so before it began. @type {Record<string, string>} */
const ENDS_IN_QUEUE = { stopped: "queue.stopped", interrupted: "queue.interrupted" };

export class RunBar {
  /** @param {import("./words.js").Words} words @param {() => void} onPress */
  constructor(words, onPress) {
    this.words = words;
    this.stopRule = new StopRule(words, onPress);
    /** A recorded run's page has no button. */
    this.button = document.getElementById("run");
    this.button?.addEventListener("click", onPress);
    this.text = byId("status-text");
    this.dropped = byId("status-dropped");
    this.step = byId("status-step");
    /** Over the lanes: what is shown there is an order that was forced. */
    this.stepNote = byId("step-note");
    this.link = /** @type {HTMLAnchorElement} */ (byId("status-link"));
  }

  /** @param {RunFacts} facts */
  update(facts) {
    const { words } = this;
    if (this.button) {
      // While somebody else's run goes on, one's own can be started.
      const phase = isForeign(facts) ? "ended" : facts.phase;
      this.button.dataset.phase = phase;
      this.button.setAttribute("aria-disabled", String(phase === "starting" || phase === "stopping"));
      setText(byId("run-text"), words.t(`run.${BUTTON_TEXTS[phase]}`));
    }
    this.stopRule.update(facts);
    setText(this.text, this.sentence(facts));
    byId("status").classList.toggle("problem", Boolean(facts.problem));
    this.dropped.hidden = facts.dropped === 0;
    setText(this.dropped, facts.dropped ? words.count("status.dropped", facts.dropped) : "");
    this.step.hidden = !facts.step;
    setText(this.step, facts.step ? words.count("status.step", facts.handedOver) : "");
    this.stepNote.hidden = !facts.step;
    this.stepNote.title = words.t("status.step_about");
    setText(this.stepNote, facts.step ? words.t("status.step_note") : "");
    this.link.hidden = !facts.url || location.pathname === facts.url;
    if (facts.url) this.link.href = facts.url;
  }

  /** How the run is or was. @param {RunFacts} facts */
  sentence(facts) {
    return facts.problem || this.#state(facts);
  }

  /** @param {RunFacts} facts */
  #state(facts) {
    const { words } = this;
    const time = formatDuration(facts.ns, words.locale);
    const { part } = facts;
    if (facts.phase === "running" || facts.phase === "stopping") {
      const running = words.t("status.running", { time: `${(facts.ns / 1e9).toFixed(1)} s` });
      const sentence = `${running} · ${words.count("status.events", facts.events)}`;
      return part.of > 1 ? words.t("status.part", { ...part, sentence }) : sentence;
    }
    if (facts.phase === "queued") {
      const sentence = queueSentence(words, facts.place);
      return part.of > 1 ? words.t("status.part", { ...part, sentence }) : sentence;
    }
    if (facts.phase === "starting" && part.of > 1) {
      return words.t("status.part", { ...part, sentence: words.t("status.starting") });
    }
    if (facts.phase === "loading" && facts.events) {
      return `${words.t("status.loading")} ${words.count("status.events", facts.events)}`;
    }
    // A page without Run says something else.
    const { idle } = byId("status").dataset;
    if (facts.phase === "idle" && idle) return words.t(idle);
    if (facts.phase !== "ended" || !facts.end) return words.t(`status.${facts.phase}`);
    if (part.of > 1) return words.t("status.all_ended", { n: part.of });
    return words.t("status.end", {
      sentence: endSentence(words, facts, time),
      events: words.count("status.events", facts.events),
    });
  }
}

/** @param {import("./words.js").Words} words @param {number} place how many runs begin before it */
export function queueSentence(words, place) {
  return place ? words.count("queue.behind", place) : words.t("queue.next");
}

/** @param {import("./words.js").Words} words @param {{end: End | null, limited: Limited | null, events: number}} facts @param {string} time */
export function endSentence(words, { end, limited, events }, time) {
  const { status, exit_code: code, signal, text } = end ?? { status: "finished" };
  if (limited) {
    const known = words.t(`limit.${limited.limit}`, { value: limited.value });
    return `${words.t("status.limited", { time })} ${known}`;
  }
  if (status === "finished") {
    if (signal !== undefined) return words.t("status.finished_signal", { time, signal: signalName(signal) });
    return code === undefined
      ? words.t("status.finished_plain", { time })
      : words.t("status.finished", { time, code });
  }
  // Nothing but its end was recorded: it was still waiting for its place.
  const neverBegan = events <= 1 ? ENDS_IN_QUEUE[status] : undefined;
  const sentence = words.t(neverBegan ?? `status.${status}`, { time });
  return status === "failed" && text ? `${sentence} ${text}` : sentence;
}
