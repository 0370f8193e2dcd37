// Does things one after the other in the order in which they were given, some of them later: what is to be unpacked.

export class InOrder {
  constructor() {
    this.waiting = 0;
    /** @type {Promise<void>} */
    this.last = Promise.resolve();
  }

  /** Do it now, if nothing is waited for. @param {() => void} act */
  now(act) {
    if (this.waiting === 0) act();
    else this.#queue(async () => act());
  }

  /**
   * Do it when what it needs is there; that is begun at once.
   * @template T
   * @param {Promise<T>} needed @param {(value: T) => void} act @param {(error: unknown) => void} failed
   */
  later(needed, act, failed) {
    // Else one that fails while another is waited for would be reported as nobody's.
    needed.catch(() => null);
    this.#queue(() => needed.then(act).catch(failed));
  }

  /** @param {() => Promise<void>} act */
  #queue(act) {
    this.waiting += 1;
    this.last = this.last.then(act).finally(() => {
      this.waiting -= 1;
    });
  }
}
