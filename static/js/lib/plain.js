// A program's own strings, shown as they are without doing anything: a name that turns the direction of writing
// around would read as another one, and all that stands behind it, too.

// Control characters but for tab and newline, odd line ends, halves of a character, and marks of direction.
const UNFIT =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]/gu;
const PICTURES = 0x2400;
const DELETE = 0x7f;

/**
 * The text with everything unfit written out: `␛` for the escape that begins a colour, `\u202e` for a mark of direction.
 * @param {string} text
 */
export function plain(text) {
  return text.replace(UNFIT, (mark) => {
    const code = mark.charCodeAt(0);
    if (code === DELETE) return "␡";
    return code < 0x20 ? String.fromCharCode(PICTURES + code) : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
