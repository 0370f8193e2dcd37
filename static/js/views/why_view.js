// Inside the card of a wait: who ended it, and why it lasted, back to the one responsible. Every sentence leads there.

import { formatDuration } from "../lib/format.js";
import { endedBy } from "../trace/ended_by.js";
import { BLOCKED } from "../trace/constants.js";
import { whyChain } from "../trace/why.js";
import { make, setText } from "./dom.js";
import { labelOf, nameOf } from "./moment.js";
import { placeText } from "./event_words.js";
import { closeUp, reasonText } from "./reason.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("../trace/event_index.js").EventIndex} EventIndex */
/** @typedef {import("../trace/ended_by.js").Cause} Cause */
/** @typedef {import("../trace/why.js").End} End */
/** @typedef {import("../trace/why.js").Link} Link */
/** @typedef {import("../timeline/timeline.js").SpanInfo} SpanInfo */
/** @typedef {{text: string, laneKey: string, ns: number}} Sentence with the place that it is about; laneKey "": none */

export class WhyView {
  /** @param {import("./words.js").Words} words @param {(laneKey: string, ns: number) => void} onGo */
  constructor(words, onGo) {
    this.words = words;
    this.onGo = onGo;
  }

  /**
   * What to say of a span; nothing of one in which nobody is waited for.
   * @param {Moment} moment @param {EventIndex} index @param {SpanInfo} info
   * @returns {HTMLElement[]}
   */
  elements(moment, index, info) {
    const lane = moment.fold.lanes.get(info.laneKey);
    if (!lane || info.span >= lane.startNs.length) return [];
    const parts = [];
    const chain = whyChain(index, info.laneKey, info.atNs);
    if (chain) parts.push(this.#chain(this.chainSentences(moment, chain, info.atNs)));
    if (lane.state.data[info.span] === BLOCKED) {
      const cause = this.causeSentence(moment, endedBy(index, lane, info.span));
      parts.push(make("h4", "", this.words.t("why.ended")), this.#sentence(cause, make("p", "why-cause")));
    }
    return parts;
  }

  /** @param {Sentence[]} sentences */
  #chain(sentences) {
    const part = make("div", "why");
    const list = make("ol", "why-chain");
    for (const sentence of sentences) list.append(this.#sentence(sentence, make("li")));
    part.append(make("h4", "", this.words.t("why.title")), list);
    return part;
  }

  /** @param {Sentence} sentence @param {HTMLElement} host */
  #sentence({ text, laneKey, ns }, host) {
    if (!laneKey) {
      setText(host, text);
      return host;
    }
    const button = make("button", "why-go", text);
    button.type = "button";
    button.title = this.words.t("why.go");
    button.addEventListener("click", () => this.onGo(laneKey, ns));
    host.append(button);
    return host;
  }

  /** @param {Moment} moment @param {{links: Link[], end: End}} chain @param {number} ns @returns {Sentence[]} */
  chainSentences(moment, { links, end }, ns) {
    const said = links.flatMap((link) => this.#link(moment, link, ns));
    return [...said, this.#end(moment, end, links[links.length - 1], ns)];
  }

  /** @param {Moment} moment @param {Link} link @param {number} ns @returns {Sentence[]} */
  #link(moment, link, ns) {
    const { words } = this;
    const { fold } = moment;
    const key = link.reason === "turn" ? "why.turn" : "why.waits";
    const text = words.t(key, {
      lane: labelOf(moment, link.laneKey),
      reason: this.#reason(moment, link),
      at: this.#at(moment, link.laneKey, link.line, ns),
    });
    const first = { text: closeUp(text), laneKey: link.laneKey, ns };
    const isNamed = link.how === "target" && fold.lanes.has(link.obj);
    if (!link.how || link.how === "free" || isNamed) return [first];
    const [other] = link.others;
    const since = link.otherNs ?? ns;
    const second = words.t(`why.how_${link.how}`, {
      other: labelOf(moment, other),
      others: words.list(link.others.map((each) => labelOf(moment, each))),
      since: formatDuration(since, words.locale),
      at: this.#at(moment, other, link.otherLine, since),
    });
    return [first, { text: closeUp(second), laneKey: other, ns: since }];
  }

  /** A lane is called what the timeline calls it. @param {Moment} moment @param {Link} link */
  #reason(moment, { reason, obj }) {
    if (!moment.fold.lanes.has(obj)) {
      return reasonText(this.words, moment.fold, reason, obj) || this.words.t("why.something");
    }
    return closeUp(this.words.t(`reason.${reason}`, { obj: labelOf(moment, obj) }));
  }

  /** @param {Moment} moment @param {End} end @param {Link} last @param {number} ns @returns {Sentence} */
  #end(moment, end, last, ns) {
    const { words } = this;
    const text = words.t(`why.end_${formOf(moment, end, last)}`, {
      lane: end.laneKey ? labelOf(moment, end.laneKey) : "",
      at: this.#at(moment, end.laneKey, end.line, ns),
      until: end.untilNs === null ? "" : formatDuration(end.untilNs, words.locale),
    });
    const at = end.form.startsWith("circle_") ? (end.untilNs ?? ns) : ns;
    return { text: closeUp(text), laneKey: end.laneKey, ns: at };
  }

  /** @param {Moment} moment @param {Cause} cause @returns {Sentence} */
  causeSentence(moment, { form, laneKey, ns, line, obj, text, heldNs }) {
    const { words } = this;
    const key = form === "lock" && heldNs === null ? "ended.lock_given" : `ended.${form}`;
    const sentence = words.t(form === "still" && moment.fold.ended ? "ended.never" : key, {
      other: laneKey ? labelOf(moment, laneKey) : "",
      at: this.#at(moment, laneKey, line, ns),
      when: formatDuration(ns, words.locale),
      obj: nameOf(moment.fold, obj),
      text: text || words.t("did.an_item"),
      held: heldNs === null ? "" : formatDuration(heldNs, words.locale),
    });
    return { text: closeUp(sentence), laneKey, ns };
  }

  /** @param {Moment} moment @param {string} laneKey @param {number} line @param {number} ns */
  #at(moment, laneKey, line, ns) {
    return placeText(this.words, moment, { line, lane: moment.fold.lanes.get(laneKey) ?? null, ns });
  }
}

/** @param {Moment} moment @param {End} end @param {Link} last */
function formOf({ fold }, { form, untilNs }, last) {
  if (form === "nobody" && !fold.ended) return "nobody_yet";
  if (form === "sleeping" && untilNs === null) return "sleeping_on";
  if ((form === "dead" || form === "zombie") && last.reason === "lock") return "dead_lock";
  return form;
}
