// What a blocked lane waits for, as part of a sentence.

import { nameOf } from "./moment.js";

/**
 * @param {import("./words.js").Words} words
 * @param {import("../trace/fold.js").Fold} fold
 * @param {string} reason "" = none
 * @param {string} obj
 */
export function reasonText(words, fold, reason, obj) {
  // A newer program may wait for what this page has no word for.
  if (!reason || !(`reason.${reason}` in words.strings)) return "";
  const text = words.t(`reason.${reason}`, { obj: nameOf(fold, obj) });
  // "the result of" nobody knows whom is "the result".
  return closeUp(text).replace(/ (of|on|from|in)$|^的/, "");
}

/** Where a name is not known it leaves a hole in its sentence. @param {string} text */
export function closeUp(text) {
  return text
    .replace(/([\u4e00-\u9fff]) +(?=[\u4e00-\u9fff（，；。])/g, "$1")
    .replace(/ {2,}/g, " ")
    .replace(/ (?=[;:,.])/g, "")
    .trim();
}
