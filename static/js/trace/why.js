// Why a lane does not go on at some instant: from one to the next that it waits for, back to the one responsible.
// What is held or joined is known then; who gave a sign (notify, put, set) is known from what came after.

import { holdAt, lineAt, spanAt } from "./at.js";
import { BLOCKED, DEAD, NEW, REASONS, RUNNABLE, RUNNING, STATES, ZOMBIE } from "./constants.js";
import { endedBy, timedOut } from "./ended_by.js";

/** @typedef {import("./event_index.js").EventIndex} EventIndex */
/** @typedef {import("./lane.js").Lane} Lane */
/**
 * @typedef {object} Link one lane, and what it waits for
 * @property {string} laneKey
 * @property {string} reason as in REASONS; "turn": a task that is ready
 * @property {string} obj
 * @property {number} sinceNs
 * @property {number} line
 * @property {string} how how the others are known: held, self, free, permits, target, ended, worker, gil, turn; "" = not at all
 * @property {string[]} others whom it waits for
 * @property {number | null} otherNs since when the other holds it, or when it ended this wait
 * @property {number} otherLine
 * @property {number | null} wentOnNs when this wait was over and the lane went on; null: never, as far as is known
 * @property {boolean} gaveUp it went on because its time was over
 */
/**
 * @typedef {object} End where the chain ends
 * @property {string} form circle, circle_broken (a time-out struck), circle_over (somebody went on), self, several, nobody, outside, unknown, free, or the state that the last one is in:
 *   running, runnable, sleeping, new, zombie, dead
 * @property {string} laneKey the one responsible; "" = there is none
 * @property {number} line
 * @property {number | null} untilNs
 * @property {number} first of a circle: the link at which it begins
 */

const SIGNS = new Set(["condition", "event", "barrier", "queue_get", "queue_put", "manager", "io", "future"]);
const OUTSIDE = new Set(["input", "io", "cpu"]);

/**
 * @param {EventIndex} index
 * @param {string} laneKey
 * @param {number} ns
 * @returns {{links: Link[], end: End} | null} null: it does not wait
 */
export function whyChain(index, laneKey, ns) {
  /** @type {Link[]} */
  const links = [];
  /** @type {Map<string, number>} */
  const seen = new Map();
  let key = laneKey;
  for (;;) {
    const first = seen.get(key);
    if (first !== undefined) return { links, end: circle(links, first) };
    const lane = index.fold.lanes.get(key);
    const link = lane ? linkAt(index, lane, ns) : null;
    if (!link) return links.length ? { links, end: stateEnd(index, key, ns) } : null;
    seen.set(key, links.length);
    links.push(link);
    const end = lastWord(index, link);
    if (end) return { links, end };
    key = link.others[0];
  }
}

/** A sentence that nothing follows; null where one certain other is waited for. @param {EventIndex} index @param {Link} link @returns {End | null} */
function lastWord(index, link) {
  const { reason, how, others, laneKey, line } = link;
  if (how === "self" && !link.gaveUp) return endOf("self", laneKey, line);
  if (how === "self") return circle([link], 0);
  if (how === "free") return endOf("free");
  if (others.length > 1) return endOf("several");
  if (others.length === 1) return null;
  if (OUTSIDE.has(reason)) return endOf("outside");
  return endOf(SIGNS.has(reason) || reason === "join" ? "nobody" : "unknown");
}

/** A circle is one for ever only if none of its waits ever ended. @param {Link[]} links @param {number} first @returns {End} */
function circle(links, first) {
  const over = links.slice(first).filter(({ wentOnNs }) => wentOnNs !== null);
  const [earliest] = over.sort((a, b) => Number(a.wentOnNs) - Number(b.wentOnNs));
  if (!earliest) return { ...endOf("circle"), first };
  const end = endOf(earliest.gaveUp ? "circle_broken" : "circle_over", earliest.laneKey);
  return { ...end, first, untilNs: earliest.wentOnNs };
}

/** What the one at the chain's end does. @param {EventIndex} index @param {string} key @param {number} ns @returns {End} */
function stateEnd({ fold }, key, ns) {
  const lane = fold.lanes.get(key);
  if (!lane) return endOf("unknown");
  const span = spanAt(lane, ns);
  const state = span < 0 ? NEW : lane.state.data[span];
  const line = lineAt(fold, lane, ns)?.line ?? 0;
  const untilNs = span + 1 < lane.startNs.length ? lane.startNs.data[span + 1] : null;
  return { ...endOf(state === BLOCKED ? "sleeping" : STATES[state], key, line), untilNs };
}

/** @param {string} form @param {string} [laneKey] @param {number} [line] @returns {End} */
function endOf(form, laneKey = "", line = 0) {
  return { form, laneKey, line, untilNs: null, first: -1 };
}

/**
 * What a lane waits for at an instant; null: it does not wait, or only for time to pass.
 * @param {EventIndex} index
 * @param {Lane} lane
 * @param {number} ns
 * @param {boolean} [looksAhead] also name who gave the sign in the end
 * @returns {Link | null}
 */
export function linkAt(index, lane, ns, looksAhead = true) {
  const { fold } = index;
  const span = spanAt(lane, ns);
  if (span < 0) return null;
  const state = lane.state.data[span];
  const name = REASONS[lane.reason.data[span]];
  const isTurn = lane.kind === "task" && state === RUNNABLE;
  const isGil = state === RUNNABLE && name === "gil";
  if ((state !== BLOCKED && !isTurn && !isGil) || name === "sleep") return null;
  const link = {
    laneKey: lane.key,
    reason: isTurn ? "turn" : name,
    obj: fold.texts.byIndex[lane.obj.data[span]],
    sinceNs: lane.startNs.data[span],
    line: lane.line.data[span] || (lineAt(fold, lane, ns)?.line ?? 0),
    how: "",
    others: /** @type {string[]} */ ([]),
    otherNs: /** @type {number | null} */ (null),
    otherLine: 0,
    wentOnNs: wentOn(lane, span),
    gaveUp: false,
  };
  if (isTurn) return { ...link, ...turn(index, lane, ns) };
  if (isGil) return { ...link, ...running(index, lane, ns) };
  link.gaveUp = timedOut(index, lane, span);
  const known = whom(index, lane, link, ns);
  if (known || !looksAhead) return { ...link, ...known };
  return { ...link, ...later(endedBy(index, lane, span)) };
}

/** When a lane went on after a span; null where it ended instead, or has not. @param {Lane} lane @param {number} span */
function wentOn(lane, span) {
  if (span + 1 >= lane.startNs.length) return null;
  const next = lane.state.data[span + 1];
  return next === ZOMBIE || next === DEAD ? null : lane.startNs.data[span + 1];
}

/** @typedef {Partial<Link>} Answer */

/** Who is known at the instant itself. @param {EventIndex} index @param {Lane} lane @param {Link} link @param {number} ns @returns {Answer | null} */
function whom(index, lane, { reason, obj }, ns) {
  const { fold } = index;
  const resource = fold.resources.get(obj);
  if (reason === "lock" && resource) {
    const hold = holdAt(resource, ns);
    if (!hold) return { how: "free" };
    const [holder, otherNs] = hold;
    const at = fold.lanes.get(holder);
    const otherLine = at ? (lineAt(fold, at, otherNs)?.line ?? 0) : 0;
    return { how: holder === lane.key ? "self" : "held", others: [holder], otherNs, otherLine };
  }
  if (reason === "semaphore" && resource) {
    const others = takersAt(index, obj, ns).filter((key) => key !== lane.key);
    return others.length ? { how: "permits", others } : null;
  }
  if (fold.lanes.has(obj)) return { how: "target", others: [obj] };
  if (reason === "waitpid") {
    const others = childrenAt(index, lane, ns);
    return others.length ? { how: "target", others } : null;
  }
  const task = reason === "future" ? fold.tasks.get(index.taskOf.get(obj) ?? "") : undefined;
  if (task && task[0] <= ns && (task[5] === null || task[5] > ns)) {
    return { how: "worker", others: [task[2]], otherNs: task[0] };
  }
  return null;
}

/** Who gave the sign in the end. @param {import("./ended_by.js").Cause} cause @returns {Answer} */
function later(cause) {
  if (!cause.laneKey) return {};
  return { how: "ended", others: [cause.laneKey], otherNs: cause.ns, otherLine: cause.line };
}

/** Who has taken a semaphore's permits and not given them back. @param {EventIndex} index @param {string} obj @param {number} ns */
export function takersAt(index, obj, ns) {
  /** @type {string[]} */
  const takers = [];
  index.eachOf(obj, ns, ({ kind, lane }) => {
    if (kind === "semaphore.acquired" && lane) takers.push(lane.key);
    if (kind !== "semaphore.released") return;
    const own = takers.lastIndexOf(lane?.key ?? "");
    // Somebody else may give it back: then it is a signal, and the oldest one is free.
    takers.splice(Math.max(own, 0), 1);
  });
  return takers;
}

/** @param {EventIndex} index @param {Lane} parent @param {number} ns */
function childrenAt({ fold }, parent, ns) {
  return [...fold.lanes.values()]
    .filter((lane) => lane.kind === "process" && lane.parent === parent.key && lane.createdNs <= ns)
    .filter((lane) => ![ZOMBIE, DEAD].includes(stateOf(lane, ns)))
    .map(({ key }) => key);
}

/** Of an event loop, one task runs at a time. @param {EventIndex} index @param {Lane} task @param {number} ns @returns {Answer} */
function turn({ fold }, task, ns) {
  const others = [...fold.lanes.values()].filter(
    (lane) => lane !== task && lane.kind === "task" && lane.parent === task.parent,
  );
  const busy = others.filter((lane) => stateOf(lane, ns) === RUNNING || isStuckInLoop(fold, lane, ns));
  return { how: busy.length ? "turn" : "", others: busy.map(({ key }) => key) };
}

/** It waits without awaiting: its thread, and so the loop, stands still. @param {import("./fold.js").Fold} fold @param {Lane} task @param {number} ns */
function isStuckInLoop(fold, task, ns) {
  const thread = fold.lanes.get(task.parent ?? "");
  if (!thread || stateOf(task, ns) !== BLOCKED || stateOf(thread, ns) !== BLOCKED) return false;
  return task.startNs.data[spanAt(task, ns)] === thread.startNs.data[spanAt(thread, ns)];
}

/** Who holds the GIL is not told: it can only be one that runs. @param {EventIndex} index @param {Lane} lane @param {number} ns @returns {Answer} */
function running({ fold }, lane, ns) {
  const others = [...fold.lanes.values()].filter(
    (other) =>
      other !== lane && other.pid === lane.pid && other.kind !== "task" && stateOf(other, ns) === RUNNING,
  );
  return { how: others.length ? "gil" : "", others: others.map(({ key }) => key) };
}

/** @param {Lane} lane @param {number} ns */
function stateOf(lane, ns) {
  const span = spanAt(lane, ns);
  return span < 0 ? NEW : lane.state.data[span];
}
