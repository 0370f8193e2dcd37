// What is said of locks, queues, the GIL and cores: beside their rows, and on the card about one moment of one.

import { formatDuration } from "../lib/format.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("../timeline/tracks.js").Track} Track */
/** @typedef {import("../timeline/tracks.js").TrackInfo} TrackInfo */
/** @typedef {[key: string, text: string, look?: string]} Fact */

/** The two lines of a row's label. @param {Words} words @param {Track} track */
export function trackLabel(words, track) {
  return { name: trackName(words, track), note: trackNote(words, track) };
}

/** @param {Words} words @param {Track} track */
export function trackName(words, { kind, resource, number, group }) {
  if (kind === "core") return words.t("track.core", { n: number });
  if (kind === "gil") return group.gils.stories.size > 1 ? words.t("track.gil_of", { pid: number }) : "GIL";
  return resource?.name || resource?.type || "";
}

/** @param {Words} words @param {Track} track */
function trackNote(words, { kind, resource, curve }) {
  // The number first: where there is little room, the rest is cut.
  const parts = [];
  if (resource?.depth.length) {
    const most = resource.depth.data.subarray(0, resource.depth.length).reduce((a, b) => Math.max(a, b), 0);
    parts.push(words.t("track.most_items", { n: most }));
  } else if (curve) parts.push(words.t("track.most_waiting", { n: curve.most }));
  if (kind === "thing") parts.push(shortType(resource?.type ?? ""));
  if (kind === "gil") parts.push(words.t("timeline.inferred"));
  return parts.join(" · ");
}

/** The module's name is said on the card. @param {string} type */
function shortType(type) {
  return type.slice(type.lastIndexOf(".") + 1);
}

/** @param {Words} words @param {TrackInfo} info @returns {Fact[]} */
export function trackFacts(words, { track, group, hold, waiters, items, atNs }) {
  const { resource, kind, inferred } = track;
  const time = (/** @type {number} */ ns) => formatDuration(ns, words.locale);
  const since = (/** @type {string} */ key, /** @type {number} */ ns) =>
    words.t("track.since", { lane: group.labelOf(key), time: time(atNs - ns) });
  return [
    ["track.kind", resource ? resource.type : ""],
    ["track.at", time(atNs)],
    [
      kind === "core" ? "track.on_it" : "track.held",
      hold
        ? since(hold[0], hold[1])
        : track.holds
          ? words.t(inferred ? "track.unknown" : "track.nobody")
          : "",
    ],
    ["track.waiting", waiters.map(({ key, sinceNs }) => since(key, sinceNs)).join("; ")],
    ["track.inside", items < 0 ? "" : words.count("locks.items", items)],
    ["track.waited", track.curve ? time(track.curve.waitedBetween(0, group.fold.endNs)) : ""],
    ["track.made", resource?.line ? words.t("track.line", { line: resource.line }) : ""],
    ["details.known", words.t(inferred ? "track.by_gil" : kind === "core" ? "by.os" : "by.probe")],
  ];
}
