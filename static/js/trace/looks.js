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

const REASON_BITS = 5;
/** One table for both: the columns ask for every span in sight on every frame. */
const LOOK_OF = new Uint8Array(STATES.length << REASON_BITS);
STATES.forEach((name, state) => {
  REASON_LOOKS.forEach((reasonLook, reason) => {
    const look = state === BLOCKED ? reasonLook || "waiting" : name;
    LOOK_OF[(state << REASON_BITS) | reason] = LOOKS.indexOf(/** @type {typeof LOOKS[number]} */ (look));
  });
});

/**
 * @param {number} state
 * @param {number} reason
 * @returns {number} index into LOOKS
 */
export function lookOf(state, reason) {
  return LOOK_OF[(state << REASON_BITS) | reason];
}
