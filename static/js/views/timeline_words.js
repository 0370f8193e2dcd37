// What the timeline says, from the page's words.

import { LOOKS, REASONS, STATES } from "../trace/constants.js";
import { trackLabel } from "./track_words.js";
import { FLOWS } from "../timeline/tokens.js";

/** @param {import("./words.js").Words} words @returns {import("../timeline/strings.js").TimelineStrings} */
export function timelineStrings(words) {
  const { t, number } = { t: words.t.bind(words), number: words.number };
  const named = (/** @type {readonly string[]} */ names, /** @type {string} */ prefix) =>
    Object.fromEntries(names.filter(Boolean).map((name) => [name, t(`${prefix}.${name}`)]));
  return {
    stateNames: {
      ...named(
        STATES.filter((name) => name !== "blocked"),
        "look",
      ),
      blocked: t("timeline.blocked"),
    },
    lookNames: named(LOOKS, "look"),
    reasonNames: named(REASONS, "brief"),
    flowNames: named(Object.keys(FLOWS), "flow"),
    pid: (pid) => t("lanes.ids_process", { pid }),
    tid: (tid) => t("lanes.ids_thread", { tid }),
    task: t("timeline.task"),
    exitCode: (code) => t("timeline.exit", { code }),
    signal: signalName,
    orphan: t("timeline.orphan"),
    inferred: t("timeline.inferred"),
    empty: "",
    noneShown: t("lanes.none_shown"),
    manyFlows: (n) => t("timeline.many_flows", { n: number.format(n) }),
    pinned: t("lane.pinned"),
    collapsed: ({ hidden, blocked }) =>
      words.count("lane.below", hidden) + (blocked ? words.t("lane.below_blocked", { n: blocked }) : ""),
    waiters: (names) => t("track.waiters", { lanes: words.list(names) }),
    track: (track) => trackLabel(words, track),
    label: ({ lanes, spans }) => t("timeline.label", { lanes, spans: number.format(spans) }),
  };
}

const SIGNALS = new Map(
  Object.entries({
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGABRT: 6,
    SIGKILL: 9,
    SIGUSR1: 10,
    SIGSEGV: 11,
    SIGUSR2: 12,
    SIGPIPE: 13,
    SIGALRM: 14,
    SIGTERM: 15,
    SIGXCPU: 24,
  }).map(([name, number]) => [number, name]),
);

/** @param {number} signal */
export function signalName(signal) {
  return SIGNALS.get(signal) ?? String(signal);
}
