// A program's own strings, shown as they are without doing anything: a name that turns the direction of writing
// around would read as another one, and all that stands behind it, too.

// Control characters but for tab and newline, odd line ends, halves of a character, and marks of direction.
const UNFIT =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/gu;

/**
 * The text with everything unfit written out, as Python would: `\x1b` for the escape that begins a colour, `\u202e` for
 * a mark of direction.
 * @param {string} text
 */
export function plain(text) {
  return text.replace(UNFIT, (mark) => {
    const code = mark.charCodeAt(0);
    return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** @param {number} code @param {number} digits */
function hex(code, digits) {
  return code.toString(16).padStart(digits, "0");
}
