// Who may stop the run on the screen: whoever started it, or the presenter. The others have no button, and are told why.

import { byId, setText } from "./dom.js";

/** @typedef {import("./run_bar.js").RunFacts} RunFacts */

/** Something of it goes on, or is to. @param {RunFacts} facts */
function isGoing({ phase }) {
  return phase === "queued" || phase === "running" || phase === "stopping";
}

/** It goes on, and is somebody else's. @param {RunFacts} facts */
export function isForeign(facts) {
  return isGoing(facts) && !facts.mayStop;
}

export class StopRule {
  /** @param {import("./words.js").Words} words @param {() => void} onStop */
  constructor(words, onStop) {
    this.words = words;
    /** On a recorded run's page; elsewhere the run button stops. */
    this.button = document.getElementById("stop");
    this.button?.addEventListener("click", onStop);
    this.why = byId("stop-why");
  }

  /** @param {RunFacts} facts */
  update(facts) {
    const { button, words } = this;
    this.why.hidden = !isForeign(facts);
    setText(this.why, isForeign(facts) ? words.t("stop.not_yours") : "");
    if (!button) return;
    button.hidden = !isGoing(facts) || !facts.mayStop;
    button.setAttribute("aria-disabled", String(facts.phase === "stopping"));
    setText(button, words.t(facts.phase === "stopping" ? "run.stopping" : "run.stop"));
  }
}
