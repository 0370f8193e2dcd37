// Which flows are in sight, without looking at all of them: bounds of their times every 128 flows.

import { Column } from "../lib/column.js";

/** @typedef {import("../trace/fold.js").Flow} Flow */

const BLOCK = 128;

export class FlowIndex {
  /** @param {Flow[]} flows grows at its end */
  constructor(flows) {
    this.flows = flows;
    this.counted = 0;
    this.earliest = new Column(Float64Array);
    this.latest = new Column(Float64Array);
  }

  /** Take in the flows that are new. */
  update() {
    for (; this.counted < this.flows.length; this.counted += 1) {
      const [, , fromNs, , toNs] = this.flows[this.counted];
      const block = Math.floor(this.counted / BLOCK);
      if (block === this.earliest.length) {
        this.earliest.push(fromNs);
        this.latest.push(toNs);
      } else {
        this.earliest.data[block] = Math.min(this.earliest.data[block], fromNs);
        this.latest.data[block] = Math.max(this.latest.data[block], toNs);
      }
    }
  }

  /**
   * Call `visit` with every flow that touches [fromNs, toNs].
   * @param {number} fromNs
   * @param {number} toNs
   * @param {(flow: Flow) => void} visit
   */
  forEachBetween(fromNs, toNs, visit) {
    for (let block = 0; block < this.earliest.length; block += 1) {
      if (this.earliest.data[block] > toNs || this.latest.data[block] < fromNs) continue;
      const end = Math.min((block + 1) * BLOCK, this.counted);
      for (let i = block * BLOCK; i < end; i += 1) {
        const flow = this.flows[i];
        if (flow[2] <= toNs && flow[4] >= fromNs) visit(flow);
      }
    }
  }
}
