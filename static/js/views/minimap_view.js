// The minimap in the page's words.

import { formatDuration } from "../lib/format.js";
import { Minimap } from "../timeline/minimap.js";
import { byId } from "./dom.js";

/** @param {import("../timeline/timeline.js").Timeline} timeline @param {import("./words.js").Words} words */
export function makeMinimap(timeline, words) {
  return new Minimap(byId("minimap"), timeline, ({ fromNs, toNs }, whole) => {
    if (whole) return words.t("minimap.whole");
    const say = (/** @type {number} */ ns) => formatDuration(Math.max(0, ns), words.locale);
    return words.t("minimap.range", { from: say(fromNs), to: say(toNs), all: say(timeline.model.endNs) });
  });
}
