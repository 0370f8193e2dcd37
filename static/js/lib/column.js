// Growable typed columns: a trace of a million spans is a few flat arrays, not a million objects.

const FIRST_CAPACITY = 16;
/** From here on a column grows by a sixteenth: doubling would leave up to half of a large one unused. */
const LARGE = 1 << 16;

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
    // Of `data`: asking arrays of many types for their length is slow.
    this.capacity = FIRST_CAPACITY;
    this.length = 0;
  }

  /** @param {number} value */
  push(value) {
    if (this.length === this.capacity) this.grow();
    this.data[this.length] = value;
    this.length += 1;
  }

  /**
   * Make room for more values, which the caller writes into `data`: a place that writes into arrays of
   * one type only is much quicker than `push`, through which all types go.
   * @param {number} [count]
   * @returns {number} the index of the first one
   */
  extend(count = 1) {
    const first = this.length;
    this.length += count;
    while (this.length > this.capacity) this.grow();
    return first;
  }

  /** @returns {number | undefined} the newest value */
  last() {
    return this.length ? this.data[this.length - 1] : undefined;
  }

  /** Many more are to come: growing step by step would copy all of them again and again. @param {number} capacity */
  reserve(capacity) {
    if (capacity > this.capacity) this.move(capacity);
  }

  grow() {
    const { capacity } = this;
    this.move(capacity < LARGE ? capacity * 2 : capacity + (capacity >> 4));
  }

  /** @param {number} capacity */
  move(capacity) {
    const moved = new this.Type(capacity);
    moved.set(this.data);
    this.data = moved;
    this.capacity = capacity;
  }
}

/**
 * Whole numbers from 0 to 2 ** 32 - 1 that are mostly small: as few bytes for each as the largest so far needs.
 * @extends {Column<Uint8Array | Uint16Array | Uint32Array>}
 */
export class SmallColumn extends Column {
  constructor() {
    super(Uint8Array);
    this.most = 0xff;
  }

  /** @param {number} value */
  push(value) {
    if (value > this.most) this.widen(value);
    const at = this.extend();
    this.data[at] = value;
  }

  /** @param {number} value that has to find room */
  widen(value) {
    this.Type = value > 0xffff ? Uint32Array : Uint16Array;
    this.most = value > 0xffff ? 0xffffffff : 0xffff;
    this.move(this.capacity);
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
