// The spotlight on a lane: a key and a button; it goes along when another lane is chosen.

import { byId } from "./dom.js";

export class Spotlight {
  /** @param {import("../timeline/timeline.js").Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    /** A row's key; "" = off. */
    this.lane = "";
    this.button = byId("spotlight");
    this.button.addEventListener("click", () => this.toggle(timeline.layout().selection?.key ?? ""));
  }

  /** @param {string} selected the chosen lane; "": the first one is taken */
  toggle(selected) {
    const lane = selected || this.timeline.layout().lanes[0]?.key || "";
    this.set(this.lane ? "" : lane);
  }

  /** @param {string} selected */
  follow(selected) {
    if (this.lane && selected) this.set(selected);
  }

  /** @param {string} lane */
  set(lane) {
    this.lane = lane;
    this.timeline.setSpotlight(lane || null);
    this.button.setAttribute("aria-pressed", String(lane !== ""));
  }
}
