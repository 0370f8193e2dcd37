// The card that says everything known about one span or arrow: beside the pointer, or pinned by a click.

import { formatDuration } from "../lib/format.js";
import { make } from "./dom.js";
import { fileName, nameOf } from "./moment.js";
import { reasonText } from "./reason.js";
import { trackFacts, trackName } from "./track_words.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("../trace/fold.js").Flow} Flow */
/** @typedef {import("../timeline/timeline.js").Info} Info */
/** @typedef {import("../timeline/timeline.js").SpanInfo} SpanInfo */
/** @typedef {[key: string, text: string, look?: string]} Fact */

const GAP_PX = 16;
const MARGIN_PX = 8;

export class DetailsView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words @param {() => void} onClose */
  constructor(host, words, onClose) {
    this.host = host;
    this.words = words;
    this.onClose = onClose;
    this.pinned = false;
    /** What else a pinned card says of a span. @type {(info: SpanInfo) => HTMLElement[]} */
    this.explain = () => [];
  }

  /**
   * Follow the pointer, unless a card is pinned.
   * @param {Info | null} info @param {number} x @param {number} y
   */
  hover(info, x, y) {
    if (!this.pinned) this.#show(info, x, y);
  }

  /** Keep a card until it is closed. @param {Info | null} info */
  pin(info) {
    this.pinned = info !== null;
    this.#show(info, 0, 0);
  }

  close() {
    this.pinned = false;
    this.host.hidden = true;
  }

  /** @param {Info | null} info @param {number} x @param {number} y */
  #show(info, x, y) {
    this.host.hidden = !info;
    if (!info) return;
    this.host.classList.toggle("pinned", this.pinned);
    const isFlow = "flow" in info;
    const { fold, heading } = info.group;
    const isTrack = "track" in info;
    const named = isFlow ? this.words.t(`flow.${info.flow[0]}`) : "";
    const name = isFlow ? named : isTrack ? trackName(this.words, info.track) : info.label;
    const title = make("h3", "details-lane", heading.title ? `${heading.title} · ${name}` : name);
    title.id = "details-lane";
    // What explains the wait comes first: the card may have to scroll.
    const explained = this.pinned && !isFlow && !isTrack ? this.explain(info) : [];
    this.host.replaceChildren(
      title,
      ...explained,
      this.#list(
        isFlow
          ? this.#flow(fold, info.flow)
          : isTrack
            ? trackFacts(this.words, info)
            : this.#span(fold, info),
      ),
    );
    if (this.pinned) this.#pinDown();
    else this.#place(x, y);
  }

  /** @param {Fold} fold @param {SpanInfo} info @returns {Fact[]} */
  #span(fold, info) {
    const { words } = this;
    const length = formatDuration((info.toNs ?? fold.endNs) - info.fromNs, words.locale);
    const reason = reasonText(words, fold, info.reason, info.obj);
    return [
      ["details.state", words.t(`look.${info.look}`), info.look],
      ["details.reason", reason],
      ["details.length", info.toNs === null ? words.t("details.so_far", { time: length }) : length],
      ["details.from", formatDuration(info.fromNs, words.locale)],
      [
        "details.line",
        info.line ? words.t("details.line_at", { file: fileName(info.file), line: info.line }) : "",
      ],
      ["details.holds", info.holds.map((obj) => nameOf(fold, obj)).join(", ")],
      ["details.share", info.share ? this.#share(info.share) : ""],
      ["details.known", words.t(`by.${info.source}`)],
    ];
  }

  /** What one pixel holds when it holds many spans. @param {Record<string, number>} share ns per look */
  #share(share) {
    const total = Object.values(share).reduce((sum, ns) => sum + ns, 0);
    return Object.entries(share)
      .sort(([, a], [, b]) => b - a)
      .map(([look, ns]) => `${this.words.t(`look.${look}`)} ${Math.round((100 * ns) / total)} %`)
      .join(", ");
  }

  /** @param {Fold} fold @param {Flow} flow @returns {Fact[]} */
  #flow(fold, [kind, from, fromNs, to, toNs, obj]) {
    const { words } = this;
    const end = (/** @type {string} */ key, /** @type {number} */ ns) =>
      words.t("details.flow_end", {
        lane: fold.lanes.get(key)?.name ?? key,
        time: formatDuration(ns, words.locale),
      });
    return [
      ["details.flow_from", end(from, fromNs)],
      ["details.flow_to", end(to, toNs)],
      ["details.flow_by", fold.resources.has(obj) ? nameOf(fold, obj) : ""],
      ["details.flow_took", formatDuration(toNs - fromNs, words.locale)],
      ["details.flow_about", words.t(`about_flow.${kind}`)],
    ];
  }

  /** @param {Fact[]} facts those without a text are left out */
  #list(facts) {
    const list = make("dl");
    for (const [key, text, look] of facts) {
      if (!text) continue;
      const row = make("div");
      row.append(make("dt", "", this.words.t(key)), make("dd", look ? `look look-${look}` : "", text));
      list.append(row);
    }
    return list;
  }

  /** A pinned card stays in its corner: it covers the fewest lanes there. */
  #pinDown() {
    const button = make("button", "details-close", "×");
    button.type = "button";
    button.setAttribute("aria-label", this.words.t("details.close"));
    button.addEventListener("click", () => this.onClose());
    this.host.append(button);
    this.host.style.left = this.host.style.top = "";
  }

  /** Beside the pointer, and never beyond the edge of the window. @param {number} x @param {number} y */
  #place(x, y) {
    const { width, height } = this.host.getBoundingClientRect();
    const right = x + GAP_PX + width + MARGIN_PX > innerWidth;
    const below = y + GAP_PX + height + MARGIN_PX > innerHeight;
    const left = right ? x - GAP_PX - width : x + GAP_PX;
    const top = below ? y - GAP_PX - height : y + GAP_PX;
    this.host.style.left = `${Math.max(MARGIN_PX, left)}px`;
    this.host.style.top = `${Math.max(MARGIN_PX, top)}px`;
  }
}
