// Which lines of a program are others than in the program it was made from. Pure.

/**
 * @typedef {object} LineDiff
 * @property {Set<number>} changed lines of the new text, from 1, that the old one does not have there
 * @property {Map<number, string[]>} removed the old lines that stood before a line of the new text
 */

/**
 * @param {string} before @param {string} after
 * @returns {LineDiff}
 */
export function lineDiff(before, after) {
  const old = before.split("\n");
  const now = after.split("\n");
  const common = commonLengths(old, now);
  /** @type {LineDiff} */
  const diff = { changed: new Set(), removed: new Map() };
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i += 1;
      j += 1;
    } else if (i < old.length && (j === now.length || common[i + 1][j] >= common[i][j + 1])) {
      const line = firstOfBlock(diff, j + 1);
      diff.removed.set(line, [...(diff.removed.get(line) ?? []), old[i]]);
      i += 1;
    } else {
      diff.changed.add(j + 1);
      j += 1;
    }
  }
  return diff;
}

/** Old lines stand above the whole block that took their place. @param {LineDiff} diff @param {number} line */
function firstOfBlock({ changed }, line) {
  let first = line;
  while (changed.has(first - 1)) first -= 1;
  return first;
}

/**
 * How many lines are common from i and j on: a program of a lesson has some forty, so a full table is cheap.
 * @param {string[]} old @param {string[]} now
 */
function commonLengths(old, now) {
  const table = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      table[i][j] = old[i] === now[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}
