// Growable typed columns: a trace of a million spans is a few flat arrays, not a million objects.

const FIRST_CAPACITY = 16;

/**
 * @typedef {Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array} Numbers
 */

/**
 * Numbers of one type, appended in constant time. Read them as `column.data[i]` for i < `column.length`;
 * `data` is replaced when the column grows, so it must not be kept across a push.
 * @template {Numbers} T
 */
export class Column {
  /** @param {new (length: number) => T} Type */
  constructor(Type) {
    this.Type = Type;
    this.data = new Type(FIRST_CAPACITY);
    this.length = 0;
  }

  /** @param {number} value */
  push(value) {
    if (this.length === this.data.length) this.grow();
    this.data[this.length] = value;
    this.length += 1;
  }

  /** @returns {number | undefined} the newest value */
  last() {
    return this.length ? this.data[this.length - 1] : undefined;
  }

  grow() {
    const larger = new this.Type(this.data.length * 2);
    larger.set(this.data);
    this.data = larger;
  }
}

/** Texts by number: equal texts have the same number, and the empty text is 0. */
export class Texts {
  constructor() {
    /** @type {string[]} */
    this.byIndex = [""];
    /** @type {Map<string, number>} */
    this.indices = new Map([["", 0]]);
  }

  /**
   * @param {string} text
   * @returns {number}
   */
  indexOf(text) {
    let index = this.indices.get(text);
    if (index === undefined) {
      index = this.byIndex.length;
      this.byIndex.push(text);
      this.indices.set(text, index);
    }
    return index;
  }
}
