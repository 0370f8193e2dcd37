// Where in a text a syntax error is. Python counts characters, JavaScript halves of some of them. Pure.

/**
 * @typedef {object} Mistake what the server says of a program that it did not run
 * @property {number} line from 1
 * @property {number} column from 1, in characters
 * @property {number} end_line
 * @property {number} end_column the first one behind it
 * @property {Record<string, string>} words the sentence in each language
 */

/**
 * The part of a text to be marked: at least one character, where the line has one.
 * @param {string} text its lines end with \n
 * @param {Mistake} mistake
 * @returns {{from: number, to: number}}
 */
export function rangeOf(text, { line, column, end_line, end_column }) {
  const lines = text.split("\n");
  const from = offsetOf(lines, line, column);
  const to = Math.max(from, offsetOf(lines, end_line, end_column));
  if (to > from) return { from, to };
  const code = text.codePointAt(from);
  const isWithin = code !== undefined && text[from] !== "\n";
  if (isWithin) return { from, to: from + String.fromCodePoint(code).length };
  // Behind the last character of a line: what is missing there is shown at that character.
  return from > 0 && text[from - 1] !== "\n" ? { from: from - 1, to: from } : { from, to: from };
}

/** Where to go on typing: exactly where Python points. @param {string} text @param {Mistake} mistake */
export function placeOf(text, { line, column }) {
  return offsetOf(text.split("\n"), line, column);
}

/** @param {string[]} lines @param {number} line @param {number} column */
function offsetOf(lines, line, column) {
  const at = Math.min(Math.max(line, 1), lines.length) - 1;
  const before = lines.slice(0, at).reduce((sum, one) => sum + one.length + 1, 0);
  const isBehind = line > lines.length;
  const characters = [...lines[at]].slice(0, isBehind ? undefined : Math.max(column, 1) - 1);
  return before + characters.join("").length;
}
