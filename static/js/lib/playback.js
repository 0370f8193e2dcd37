// Where the cursor of a playback goes next. Pure: the caller brings the time that went by.

export const SPEEDS = Object.freeze([0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10]);
/** A silence that is skimmed takes no longer than this, whatever it took in the run. */
export const SKIMMED_MS = 500;
const NS_PER_MS = 1e6;

/**
 * @param {object} play
 * @param {number} play.ns where it is
 * @param {number} play.elapsedMs since then, on the viewer's clock
 * @param {number} play.speed 1: as long as it took in the run
 * @param {number} play.fromNs where it begins
 * @param {number} play.toNs where it ends
 * @param {boolean} play.loops begin again at the end
 * @param {{fromNs: number, toNs: number} | null} [play.silence] nothing happens in it, and the viewer wants to skim that
 * @returns {{ns: number, ended: boolean}}
 */
export function advance({ ns, elapsedMs, speed, fromNs, toNs, loops, silence = null }) {
  let next = Math.max(ns, fromNs) + elapsedMs * speed * NS_PER_MS;
  if (silence && silence.toNs > ns && silence.fromNs <= ns) {
    const nsPerMs = Math.max(speed * NS_PER_MS, (silence.toNs - silence.fromNs) / SKIMMED_MS);
    // What comes after the silence is played as it was.
    next = Math.min(ns + elapsedMs * nsPerMs, silence.toNs);
  }
  if (next < toNs) return { ns: next, ended: false };
  if (!loops) return { ns: toNs, ended: true };
  const length = Math.max(toNs - fromNs, 1);
  return { ns: fromNs + ((next - toNs) % length), ended: false };
}
