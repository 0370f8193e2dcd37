// The bar below the timeline: step, play, how fast, and the event that the cursor is at, in words.

import { SPEEDS } from "../lib/playback.js";
import { make, setText } from "./dom.js";

/** @typedef {import("./travel.js").By} By */
/**
 * @typedef {object} TransportFacts
 * @property {boolean} shown there is something to travel in
 * @property {boolean} playing
 * @property {number} speed
 * @property {By} by
 * @property {string} lane the selected lane's key; "" = none
 * @property {string} laneName
 * @property {string} objName
 * @property {number} ns
 * @property {number} endNs
 * @property {string} sentence
 * @property {number} since events received while the picture stands still; -1: it does not
 * @property {boolean} loops
 */

/** Paths in a box of 24: as media players draw them. @type {Record<string, string>} */
const ICONS = {
  toStart: "M5 5h3v14H5zM20 5v14L9 12z",
  stepBack: "M17 5v14L6 12z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  stepOn: "M7 5v14l11-7z",
  toEnd: "M16 5h3v14h-3zM4 5v14l11-7z",
};
const BUTTONS = [
  ["toStart", "travel.start"],
  ["stepBack", "travel.back"],
  ["playPause", "travel.play"],
  ["stepOn", "travel.on"],
  ["toEnd", "travel.end"],
];

export class TransportBar {
  /**
   * @param {HTMLElement} host
   * @param {import("./words.js").Words} words
   * @param {{onAct: (action: string) => void, onSpeed: (speed: number) => void, onBy: (by: By) => void,
   *   onSkim: (skims: boolean) => void}} actions
   */
  constructor(host, words, actions) {
    this.host = host;
    this.words = words;
    host.setAttribute("role", "group");
    this.buttons = new Map(BUTTONS.map(([action]) => [action, this.#button(action, actions.onAct)]));
    this.speed = select(SPEEDS.map(String), (value) => actions.onSpeed(Number(value)));
    this.by = select(["all", "lane", "obj"], (value) => actions.onBy(/** @type {By} */ (value)));
    this.skim = make("button", "button small travel-skim");
    this.skim.type = "button";
    this.skim.setAttribute("aria-pressed", "false");
    this.skim.addEventListener("click", () => {
      const skims = this.skim.getAttribute("aria-pressed") !== "true";
      this.skim.setAttribute("aria-pressed", String(skims));
      actions.onSkim(skims);
    });
    this.time = make("span", "travel-time");
    this.since = make("button", "travel-since");
    this.since.type = "button";
    this.since.addEventListener("click", () => actions.onAct("toEnd"));
    this.sentence = make("p", "travel-sentence");
    const keys = make("div", "travel-keys");
    keys.append(...this.buttons.values());
    const choices = make("div", "travel-choices");
    choices.append(this.speed, this.by, this.skim);
    host.replaceChildren(keys, this.time, this.since, this.sentence, choices);
    this.translate();
  }

  /** @param {string} action @param {(action: string) => void} onAct */
  #button(action, onAct) {
    const button = make("button", `button small travel-button travel-${action}`);
    button.type = "button";
    button.append(icon(action === "playPause" ? "play" : action));
    button.addEventListener("click", () => onAct(action));
    return button;
  }

  /** @param {TransportFacts} facts */
  update(facts) {
    const { host, words } = this;
    host.classList.toggle("nothing", !facts.shown);
    if (!facts.shown) return;
    this.#setPlaying(facts.playing);
    this.speed.value = String(facts.speed);
    const [, lane, obj] = this.by.options;
    lane.disabled = !facts.lane;
    obj.disabled = !facts.objName;
    setText(lane, this.#only(facts.laneName, "travel.by_lane"));
    setText(obj, this.#only(facts.objName, "travel.by_obj"));
    this.by.value = facts.by;
    setText(this.time, words.t("travel.of", { now: words.moment(facts.ns), all: words.moment(facts.endNs) }));
    this.time.classList.toggle("loops", facts.loops);
    this.time.title = facts.loops ? words.t("travel.loops") : "";
    this.since.hidden = facts.since < 0;
    setText(this.since, facts.since < 0 ? "" : words.count("travel.since", facts.since));
    // A step is said aloud; a playback would talk without end.
    this.sentence.setAttribute("aria-live", facts.playing ? "off" : "polite");
    setText(this.sentence, facts.sentence || words.t("travel.none"));
    this.sentence.title = facts.sentence;
  }

  /** @param {string} name @param {string} key */
  #only(name, key) {
    return name ? this.words.t("travel.by_lane_named", { name }) : this.words.t(key);
  }

  /** @param {boolean} playing */
  #setPlaying(playing) {
    const button = /** @type {HTMLElement} */ (this.buttons.get("playPause"));
    const name = this.words.t(playing ? "travel.pause" : "travel.play");
    if (button.title === name) return;
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.title = name;
    button.setAttribute("aria-label", name);
  }

  translate() {
    const { words } = this;
    this.host.setAttribute("aria-label", words.t("travel.title"));
    for (const [action, key] of BUTTONS) {
      const button = /** @type {HTMLElement} */ (this.buttons.get(action));
      button.title = words.t(key);
      button.setAttribute("aria-label", words.t(key));
    }
    this.speed.setAttribute("aria-label", words.t("travel.speed"));
    this.speed.title = words.t("travel.speed");
    for (const option of this.speed.options) setText(option, `${words.number.format(Number(option.value))}×`);
    this.by.setAttribute("aria-label", words.t("travel.by"));
    this.by.title = words.t("travel.by_about");
    setText(this.by.options[0], words.t("travel.by_all"));
    setText(this.skim, words.t("travel.skim"));
    this.skim.title = words.t("travel.skim_about");
    this.since.title = words.t("travel.since_about");
  }
}

/** @param {string[]} values @param {(value: string) => void} onChange */
function select(values, onChange) {
  const element = make("select", "travel-select");
  for (const value of values) {
    const option = make("option");
    option.value = value;
    element.append(option);
  }
  element.addEventListener("change", () => onChange(element.value));
  return element;
}

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
