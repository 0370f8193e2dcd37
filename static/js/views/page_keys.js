// The keyboard and the help of every page with a timeline.

import { Blackout } from "./blackout.js";
import { byId } from "./dom.js";
import { actionOf } from "./keys.js";

/**
 * `own`: what this page does for an action; what is not named there is the lab's to do.
 * @param {import("./words.js").Words} words
 * @param {{act: (action: any) => void}} lab
 * @param {Record<string, () => void>} own
 */
export function bindPageKeys(words, lab, own) {
  const help = /** @type {HTMLDialogElement} */ (byId("help"));
  const blackout = new Blackout(words);
  const showHelp = () => help.showModal();
  const acts = new Map(Object.entries({ help: showHelp, blackout: () => blackout.show(), ...own }));
  byId("help-open").addEventListener("click", showHelp);
  document.addEventListener("keydown", (event) => {
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    const act = acts.get(action);
    if (act) act();
    else lab.act(action);
  });
}
