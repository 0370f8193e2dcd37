// Two buttons beside the legend: whether locks, queues and the GIL have rows below the lanes, and whether the cores have.

import { byId, make, setText } from "./dom.js";
import { setTimelineChoices, timelineChoices } from "./progress.js";

export class TracksShown {
  /** @param {import("./words.js").Words} words @param {import("./lab.js").Lab} lab */
  constructor(words, lab) {
    this.words = words;
    this.lab = lab;
    const { things, cores } = timelineChoices();
    /** @type {import("../timeline/tracks.js").ThingsShown} "auto" until the reader chooses */
    this.choice = things === "on" || things === "off" ? things : "auto";
    this.cores = cores === true;
    this.thingsButton = this.#button(() => this.#choose(this.showsThings ? "off" : "on", this.cores));
    this.coresButton = this.#button(() => this.#choose(this.choice, !this.cores));
    byId("legend").append(this.thingsButton, this.coresButton);
    this.translate();
  }

  get showsThings() {
    return this.lab.timeline.model.showsThings;
  }

  /** Tell the timeline, and offer only what there is. */
  update() {
    const { model } = this.lab.timeline;
    if (model.showThings !== this.choice || model.showCores !== this.cores) {
      this.lab.timeline.setTracks(this.choice, this.cores);
    }
    this.thingsButton.hidden = model.things === 0;
    this.coresButton.hidden = !model.hasCores;
    this.thingsButton.setAttribute("aria-pressed", String(this.showsThings));
    this.coresButton.setAttribute("aria-pressed", String(this.cores));
  }

  /** @param {import("../timeline/tracks.js").ThingsShown} things @param {boolean} cores */
  #choose(things, cores) {
    this.choice = things;
    this.cores = cores;
    setTimelineChoices({ things, cores });
    this.update();
  }

  /** @param {() => void} onClick */
  #button(onClick) {
    const button = make("button", "legend-item internal");
    button.type = "button";
    button.hidden = true;
    button.addEventListener("click", onClick);
    return button;
  }

  translate() {
    setText(this.thingsButton, this.words.t("track.things"));
    this.thingsButton.title = this.words.t("track.things_about");
    setText(this.coresButton, this.words.t("track.cores"));
    this.coresButton.title = this.words.t("track.cores_about");
  }
}
