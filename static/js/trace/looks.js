// How a span is drawn follows from its state and reason: the palette entry, as an index into LOOKS.

import { BLOCKED, LOOKS, REASON_LOOKS, STATES } from "./constants.js";

export const LOOK_COUNT = LOOKS.length;
export const [
  LOOK_NEW,
  LOOK_RUNNABLE,
  LOOK_RUNNING,
  LOOK_LOCKED,
  LOOK_WAITING,
  LOOK_SLEEPING,
  LOOK_ZOMBIE,
  LOOK_DEAD,
] = LOOKS.keys();

const LOOK_OF_STATE = STATES.map((name) => LOOKS.indexOf(name));
const LOOK_OF_REASON = REASON_LOOKS.map((name) => LOOKS.indexOf(name || "waiting"));

/**
 * @param {number} state
 * @param {number} reason
 * @returns {number} index into LOOKS
 */
export function lookOf(state, reason) {
  return state === BLOCKED ? LOOK_OF_REASON[reason] : LOOK_OF_STATE[state];
}
