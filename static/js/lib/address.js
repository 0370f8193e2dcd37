// What a link to a view says, behind the #: runs, instant, visible time, chosen lane, chosen range. Pure.
//
// #run=ID,ID&front=1&overlay=1&t=1.2345&view=0.5-2&sel=1:100/101@1.25&range=0.6-0.8, times in seconds of the run.
// A part that is damaged counts as not there; the others still hold.

/** @typedef {{fromNs: number, toNs: number}} Span */
/**
 * @typedef {object} View
 * @property {string[]} runs
 * @property {number | null} front which of several runs the panels speak of; null: not said
 * @property {boolean} overlaid
 * @property {number | null} cursorNs
 * @property {Span | null} span what is in sight; null: as it was when the run ended
 * @property {{key: string, ns: number} | null} selection a row's key, and an instant of the span chosen in it
 * @property {Span | null} range
 */

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;
const MOST_RUNS = 8;
const SECONDS = /^-?\d{1,9}(\.\d{1,9})?$/;
// Only what is in sight may begin before the run did.
const SPAN = /^(-?[\d.]+)-([\d.]+)$/;
// What a row's key is made of: numbers, and letters where a run or a task has a name.
const KEY = /^[\w:./#-]{1,80}$/;

/** @returns {View} */
export function wholeView() {
  return { runs: [], front: null, overlaid: false, cursorNs: null, span: null, selection: null, range: null };
}

/** @param {string} hash with or without its # @returns {View} */
export function parseView(hash) {
  const parts = new Map(
    hash
      .replace(/^#/, "")
      .split("&")
      .map((part) => /** @type {[string, string]} */ (splitOnce(part, "="))),
  );
  const runs = (parts.get("run") ?? "").split(",").filter((id) => RUN_ID.test(id));
  const front = Number(parts.get("front") || NaN);
  const shown = [...new Set(runs)].slice(0, MOST_RUNS);
  return {
    runs: shown,
    front: Number.isInteger(front) && front >= 0 && front < shown.length ? front : null,
    overlaid: parts.get("overlay") === "1" && shown.length > 1,
    cursorNs: parseInstant(parts.get("t")),
    span: parseSpan(parts.get("view")),
    selection: parseSelection(parts.get("sel")),
    range: parseSpan(parts.get("range")),
  };
}

/** @param {View} view @returns {string} without the #; "" where there is nothing to say */
export function formatView(view) {
  const { runs, front, overlaid, cursorNs, span, selection, range } = view;
  const parts = [];
  if (runs.length) parts.push(`run=${runs.join(",")}`);
  if (front !== null) parts.push(`front=${front}`);
  if (overlaid) parts.push("overlay=1");
  if (cursorNs !== null) parts.push(`t=${formatSeconds(cursorNs)}`);
  if (span) parts.push(`view=${formatSpan(span)}`);
  if (selection && KEY.test(selection.key)) {
    parts.push(`sel=${selection.key}@${formatSeconds(selection.ns)}`);
  }
  if (range) parts.push(`range=${formatSpan(range)}`);
  return parts.join("&");
}

/** The run that a pasted text names: an id, or a link to a run or to a view of it; "" = none. @param {string} text */
export function runIdIn(text) {
  const plain = text.trim();
  const found = /[#&]run=([\w-]+)/.exec(plain) ?? /\/runs\/([\w-]+)/.exec(plain);
  const id = found ? found[1] : plain;
  return RUN_ID.test(id) ? id : "";
}

/** @param {string} text @param {string} sign */
function splitOnce(text, sign) {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** @param {string | undefined} text @returns {number | null} ns */
function parseSeconds(text) {
  return text !== undefined && SECONDS.test(text) ? Math.round(Number(text) * 1e9) : null;
}

/** @param {string | undefined} text @returns {number | null} ns of the run */
function parseInstant(text) {
  const ns = parseSeconds(text);
  return ns !== null && ns >= 0 ? ns : null;
}

/** @param {string | undefined} text @returns {Span | null} */
function parseSpan(text = "") {
  const [, from, to] = SPAN.exec(text) ?? [];
  const fromNs = parseSeconds(from);
  const toNs = parseSeconds(to);
  return fromNs !== null && toNs !== null && fromNs < toNs ? { fromNs, toNs } : null;
}

/** @param {string | undefined} text */
function parseSelection(text = "") {
  const [key, instant] = splitOnce(text, "@");
  const ns = parseInstant(instant);
  return KEY.test(key) && ns !== null ? { key, ns } : null;
}

/** To the nanosecond, and no digit more than that takes. @param {number} ns */
function formatSeconds(ns) {
  const whole = Math.abs(Math.round(ns));
  const digits = String(whole % 1e9)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const seconds = `${Math.floor(whole / 1e9)}${digits && `.${digits}`}`;
  return ns < 0 && whole ? `-${seconds}` : seconds;
}

/** @param {Span} span */
function formatSpan({ fromNs, toNs }) {
  return `${formatSeconds(fromNs)}-${formatSeconds(toNs)}`;
}
