// Tells a screen reader how the run stands: politely, and at most every two seconds; what went wrong and that it
// has ended, at once. The sentence in the run bar changes ten times a second and is no live region.

import { plain } from "../lib/plain.js";
import { LOOKS } from "../trace/constants.js";
import { lookOf } from "../trace/looks.js";
import { findingText, nameOfFinding } from "./findings.js";
import { spanAt } from "./moment.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */

const PAUSE_MS = 2000;

export class Announcer {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.host = host;
    this.words = words;
    this.saidMs = -Infinity;
    this.findings = 0;
    /** What was said last of how the run was started and ended. */
    this.phase = "idle";
    /** @type {Fold | null} */
    this.fold = null;
  }

  /**
   * @param {Fold} fold @param {number} nowMs
   * @param {{phase: string, problem: string, place: number}} facts @param {string} sentence what the run bar says of them
   */
  update(fold, nowMs, facts, sentence) {
    if (fold !== this.fold) this.findings = 0;
    this.fold = fold;
    const found = fold.findings.slice(this.findings);
    this.findings = fold.findings.length;
    const atOnce = found.map((finding) => this.#finding(finding));
    if (this.#isNews(facts)) atOnce.push(sentence);
    if (!atOnce.length && (nowMs - this.saidMs < PAUSE_MS || facts.phase !== "running")) return;
    const text = plain(atOnce.length ? atOnce.join(" ") : this.#summary(fold));
    if (text === this.host.textContent) return;
    this.saidMs = nowMs;
    this.host.textContent = text;
  }

  /** Starting, each place in the queue, stopping, the end and every problem; that it runs is heard from the summaries. @param {{phase: string, problem: string, place: number}} facts */
  #isNews({ phase, problem, place }) {
    const now = problem || (phase === "queued" ? `queued ${place}` : phase);
    if (now === this.phase) return false;
    this.phase = now;
    return now !== "running" && now !== "idle";
  }

  /** @param {import("../trace/fold.js").Finding} finding */
  #finding(finding) {
    const { words } = this;
    const name = nameOfFinding(words, finding[1]);
    return words.t("finding.said", { name, sentence: findingText(words, finding) });
  }

  /** @param {Fold} fold */
  #summary(fold) {
    const counts = new Array(LOOKS.length).fill(0);
    let lanes = 0;
    for (const lane of fold.lanes.values()) {
      if (lane.internal) continue;
      const span = spanAt(lane, fold.endNs);
      counts[span < 0 ? 0 : lookOf(lane.state.data[span], lane.reason.data[span])] += 1;
      lanes += 1;
    }
    const { words } = this;
    const states = LOOKS.filter((_, i) => counts[i]).map((look) =>
      words.t("announce.state", { n: counts[LOOKS.indexOf(look)], state: words.t(`look.${look}`) }),
    );
    return words.t("announce.lanes", { lanes, states: new Intl.ListFormat(words.locale).format(states) });
  }
}
