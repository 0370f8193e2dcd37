// One event of a run as a sentence: "Worker-1 took the lock till (line 10)".

import { findingText } from "./findings.js";
import { fileName, labelOf, lineAt, mainFile, nameOf } from "./moment.js";
import { closeUp, reasonText } from "./reason.js";
import { signalName } from "./timeline_words.js";

/** @typedef {import("../trace/event_index.js").Told} Told */
/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("./words.js").Words} Words */

const LONGEST_TEXT = 60;
const NEEDS_NO_NAME = /^(lock|event|barrier)\./;

/** Kinds of which one word says too little: what it depends on. @type {Record<string, (told: Told) => string>} */
const FORMS = {
  "lock.acquired": ({ number }) => (number > 1 ? "lock_again" : ""),
  "lock.released": ({ number }) => (number > 0 ? "lock_kept" : ""),
  "lane.blocked": ({ text }) => (text === "sleep" ? "lane_slept" : ""),
  "lane.unblocked": ({ number }) => (number === 0 ? "lane_gave_up" : ""),
  "task.switched": ({ number }) => (number === 1 ? "task_resumed" : ""),
  "condition.notified": ({ number }) => (number === 0 ? "condition_in_vain" : ""),
  "process.reaped": ({ lane, number }) => (String(number) === lane?.key ? "process_gone" : ""),
};

/** @param {Words} words @param {Moment} moment @param {Told} told */
export function eventText(words, moment, told) {
  const { kind } = told;
  const form = FORMS[kind]?.(told) || kind.replace(".", "_").replace("'", "");
  const key = `did.${form}` in words.strings ? `did.${form}` : "did.unknown";
  const text = words.t(key, {
    lane: told.lane ? labelOf(moment, told.lane.key) : "",
    obj: nameOfResource(moment.fold, told),
    other: otherOf(moment, told),
    at: placeText(words, moment, told),
    n: told.number,
    signal: signalName(told.number),
    reason: reasonText(words, moment.fold, told.text, told.obj) || words.t("why.something"),
    line: told.line,
    text: textOf(words, moment, told) || (key === "did.unknown" ? kind : ""),
  });
  return closeUp(text);
}

/** "the lock" needs no name where there is none; "put it into" does. @param {import("../trace/fold.js").Fold} fold @param {Told} told */
function nameOfResource(fold, { kind, obj }) {
  if (NEEDS_NO_NAME.test(kind)) return fold.resources.get(obj)?.name ?? "";
  return nameOf(fold, obj);
}

/** The other lane that an event speaks of. @param {Moment} moment @param {Told} told */
function otherOf(moment, { kind, number, text, obj }) {
  const named = { "process.forked": number, "process.spawned": number, "process.reaped": number }[kind];
  const key = named === undefined ? (kind === "signal.sent" ? text : obj) : String(named);
  return labelOf(moment, key);
}

/** @param {Words} words @param {Moment} moment @param {Told} told */
function textOf(words, { fold }, { kind, number, text, ns }) {
  if (kind === "output.written") return shorten((fold.output[number]?.[3] ?? "").trim());
  if (kind === "queue.put" || kind === "queue.got") return shorten(text) || words.t("did.an_item");
  if (kind === "finding.made") {
    const finding = fold.findings.find(([at, code]) => at === ns && code === text);
    return finding ? findingText(words, finding) : text;
  }
  return shorten(text);
}

/** " (line 10)", with the file where the program has several. @param {Words} words @param {Moment} moment @param {{line: number, lane: import("../trace/lane.js").Lane | null, ns: number}} place */
export function placeText(words, { fold }, { line, lane, ns }) {
  if (!line) return "";
  const file = lane ? (lineAt(fold, lane, ns)?.file ?? "") : "";
  const main = mainFile(fold);
  if (!file || !main || file === main) return words.t("finding.at", { line });
  return words.t("finding.at_file", { line, file: fileName(file) });
}

/** @param {string} text */
function shorten(text) {
  const letters = [...text];
  return letters.length > LONGEST_TEXT ? `${letters.slice(0, LONGEST_TEXT - 1).join("")}…` : text;
}
