// Blocks of columns -> events: concurrency_lab/export/columns.py, the other way round.

/** @typedef {import("./fold.js").TraceEvent} TraceEvent */
/** @typedef {[kind: string, by: string, fields: Record<string, any[]>]} Shape */
/** @typedef {{n: number, order: number[], ns: number[], shapes: Shape[]}} Block */

export class Unpacker {
  constructor() {
    this.seq = 0;
    this.ns = 0;
  }

  /**
   * The events of the next block.
   * @param {Block} block
   * @returns {TraceEvent[]}
   */
  take({ n, order, ns, shapes }) {
    const taken = shapes.map(() => 0);
    const columns = shapes.map(([, , fields]) => Object.entries(fields));
    return Array.from({ length: n }, (_, at) => {
      const place = order[at];
      const [kind, by] = shapes[place];
      const row = taken[place]++;
      this.ns += ns[at];
      /** @type {TraceEvent} */
      const event = { seq: this.seq++, ts_ns: this.ns, kind, by };
      for (const [name, values] of columns[place])
        event[name] = values.length === 1 ? values[0] : values[row];
      return event;
    });
  }
}
