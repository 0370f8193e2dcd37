// Which events of a run are new, and whether some are missing. Knows nothing of sockets.

/** @typedef {{seq: number, ts_ns: number, kind: string, [field: string]: any}} TraceEvent */

export class Sequence {
  constructor() {
    /** The last event we hold; -1 before the first: what a `watch` says as `since`. */
    this.last = -1;
  }

  /**
   * Return the events that continue what we hold; `gap`: some are missing before the rest of the batch.
   * After a gap nothing of the batch is taken: the server sends it again from `last`.
   * @param {TraceEvent[]} events
   * @returns {{fresh: TraceEvent[], gap: boolean}}
   */
  take(events) {
    const fresh = [];
    for (const event of events) {
      if (event.seq <= this.last) continue;
      if (event.seq !== this.last + 1) return { fresh, gap: true };
      this.last = event.seq;
      fresh.push(event);
    }
    return { fresh, gap: false };
  }
}
