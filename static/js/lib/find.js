// Whether a text has all the words that somebody typed.

/**
 * Every word must occur, in any order, in any case, also as a part of a longer word: "lock" finds threading.Lock.
 * @param {string} typed
 * @param {string} text
 */
export function matches(typed, text) {
  const within = text.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}
