// What waits to be paired with what comes later.

/**
 * First in, first out, each in constant time.
 * @template T
 */
export class Pending {
  constructor() {
    /** @type {T[]} */
    this.items = [];
    this.taken = 0;
  }

  /** @param {T} item */
  add(item) {
    this.items.push(item);
  }

  /** @returns {T | undefined} what take() would return */
  first() {
    return this.items[this.taken];
  }

  /** @returns {T | undefined} */
  take() {
    if (this.taken === this.items.length) return undefined;
    const item = this.items[this.taken];
    this.taken += 1;
    if (this.taken > 1024 && this.taken * 2 > this.items.length) {
      this.items = this.items.slice(this.taken);
      this.taken = 0;
    }
    return item;
  }
}

/**
 * @template T
 * @param {Map<string, Pending<T>>} map
 * @param {string} key
 * @returns {Pending<T>}
 */
export function pendingOf(map, key) {
  let pending = map.get(key);
  if (!pending) {
    pending = new Pending();
    map.set(key, pending);
  }
  return pending;
}

/**
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @returns {V | undefined} the value, which is no longer in the map
 */
export function take(map, key) {
  const value = map.get(key);
  map.delete(key);
  return value;
}
