// A value that tells its listeners when it is replaced. Knows nothing of what it holds.

/**
 * @template T
 */
export class Atom {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<(value: T) => void>} */
    this.listeners = new Set();
  }

  /** @returns {T} */
  get() {
    return this.value;
  }

  /**
   * Replace the value; nobody is told when it is the same.
   * @param {T} value
   */
  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  /**
   * Call `listener` at every change, and return how to stop that.
   * @param {(value: T) => void} listener
   * @returns {() => void}
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
