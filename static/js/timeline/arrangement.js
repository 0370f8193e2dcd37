// What the reader did with the lanes of one run: collapsed, pinned, moved, hidden, searched. Lanes are told by their keys.

/** @typedef {import("./group.js").Row} Row */

/** Of pinned rows, in place of a parent. */
export const PINNED = "pinned";

export class Arrangement {
  constructor() {
    /** @type {Set<string>} what is below these is not shown */
    this.collapsed = new Set();
    /** @type {string[]} shown above all others, each with what is below it */
    this.pinned = [];
    /** @type {Set<string>} */
    this.hidden = new Set();
    /** Only this one is shown, with what is below it; "" = all. */
    this.only = "";
    this.filter = "";
    /** @type {Map<string | null, string[]>} parent -> the order of its children, where it is not the usual one */
    this.order = new Map();
    /** Another number after every change. */
    this.version = 0;
  }

  /** @param {string} key */
  toggleCollapsed(key) {
    flip(this.collapsed, key);
    this.version += 1;
  }

  /** @param {string} key */
  togglePinned(key) {
    const isPinned = this.pinned.includes(key);
    this.pinned = isPinned ? this.pinned.filter((other) => other !== key) : [...this.pinned, key];
    this.version += 1;
  }

  /** @param {string} key */
  hide(key) {
    this.hidden.add(key);
    this.version += 1;
  }

  /** @param {string} key "" = all */
  showOnly(key) {
    this.only = key;
    this.hidden.delete(key);
    this.version += 1;
  }

  /** @param {string} text */
  setFilter(text) {
    if (text === this.filter) return;
    this.filter = text;
    this.version += 1;
  }

  /** Hide nothing any more; what is collapsed says so itself. */
  showAll() {
    this.hidden.clear();
    this.only = "";
    this.filter = "";
    this.version += 1;
  }

  /**
   * Give the children of a parent another order.
   * @param {string | null} parent or PINNED
   * @param {string[]} keys
   */
  setOrder(parent, keys) {
    if (parent === PINNED) this.pinned = keys;
    else this.order.set(parent, keys);
    this.version += 1;
  }

  /**
   * Whether a row is shown, apart from what is collapsed.
   * @param {Row} row
   * @param {(key: string) => string | null} parentOf
   */
  shows({ lane, label }, parentOf) {
    if (this.hidden.has(lane.key)) return false;
    if (this.only && !isWithin(lane.key, this.only, parentOf)) return false;
    return label.toLowerCase().includes(this.filter.toLowerCase());
  }

  /**
   * The children of a parent in the reader's order, those that came later at the end.
   * @param {string | null} parent
   * @param {Row[]} rows in the usual order
   */
  ordered(parent, rows) {
    const order = parent === PINNED ? this.pinned : this.order.get(parent);
    if (!order) return rows;
    const rankOf = (/** @type {Row} */ row) => {
      const rank = order.indexOf(row.lane.key);
      return rank < 0 ? order.length : rank;
    };
    return rows.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

/** @param {Set<string>} set @param {string} key */
function flip(set, key) {
  if (!set.delete(key)) set.add(key);
}

/** @param {string} key @param {string} root @param {(key: string) => string | null} parentOf */
function isWithin(key, root, parentOf) {
  const seen = new Set();
  for (let at = /** @type {string | null} */ (key); at !== null && !seen.has(at); at = parentOf(at)) {
    if (at === root) return true;
    seen.add(at);
  }
  return false;
}

/**
 * The keys with one of them moved by a place.
 * @param {string[]} keys
 * @param {string} key
 * @param {number} by
 * @returns {string[] | null} null: there is no such place
 */
export function movedBy(keys, key, by) {
  const at = keys.indexOf(key);
  const to = at + by;
  if (at < 0 || to < 0 || to >= keys.length) return null;
  return keys.toSpliced(at, 1).toSpliced(to, 0, key);
}
