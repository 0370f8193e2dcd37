// window.__lab: what the page holds, for tests to read. Nothing in the page uses it.

import { LOOKS, REASONS, SOURCES, STATES } from "../trace/constants.js";
import { sumsOf } from "../timeline/range.js";
import { lookOf } from "../trace/looks.js";

/** @typedef {import("../trace/lane.js").Lane} Lane */

/** @param {{lab: import("./lab.js").Lab, live: {sequence: {last: number}, socket: any}, link: string}} bench */
export function exposeFacts(bench) {
  const { lab } = bench;
  const facts = {
    run: () => lab.shown.id,
    runs: () => lab.runs.map(({ id, caseId, end, outcomes }) => ({ id, caseId, end, outcomes })),
    front: () => lab.front,
    phase: () => lab.facts.phase,
    place: () => (lab.facts.phase === "queued" ? lab.facts.place : null),
    mayStop: () => lab.facts.mayStop,
    link: () => bench.link,
    lastSeq: () => bench.live.sequence.last,
    events: () => lab.facts.events,
    lanes: () => [...lab.fold.lanes.values()].map(laneFacts),
    spans: (/** @type {string} */ key) => spansOf(lab, key),
    flows: () => lab.fold.flows.map((flow) => [...flow]),
    output: () => lab.fold.output.map((entry) => [...entry]),
    fold: () => foldFacts(lab.fold),
    dropped: () => lab.fold.dropped,
    cursorNs: () => lab.cursorNs,
    selected: () => lab.selectedLane,
    layout: () => lab.timeline.layout(),
    range: () => rangeFacts(lab),
    travel: () => travelFacts(lab),
  };
  Object.defineProperty(window, "__lab", { value: Object.freeze(facts) });
}

/** The chosen range in numbers: what its panel writes. @param {import("./lab.js").Lab} lab */
function rangeFacts({ tools, runs }) {
  const { range } = tools;
  if (!range) return null;
  return runs.map(({ group }) => {
    const { lanes, things, runningNs, gilNs, events } = sumsOf(group, range);
    return {
      lanes: lanes.map(({ label, looks, events: own }) => ({
        label,
        looks: Object.fromEntries(LOOKS.map((look, at) => [look, looks[at]])),
        events: own,
      })),
      things: things.map(({ resource, waitedNs, heldNs, mostWaiting }) => ({
        ...{ name: resource.name, waitedNs, heldNs, mostWaiting },
      })),
      ...{ runningNs, gilNs, events },
    };
  });
}

/** @param {import("./lab.js").Lab} lab */
function travelFacts({ travel, shown }) {
  const { playing, speed, current } = travel;
  const event = current < 0 ? null : shown.index.tell(current);
  return {
    playing,
    speed,
    event: event && { ...event, lane: event.lane?.key ?? null },
    events: shown.index.length,
    held: travel.held?.length ?? null,
  };
}

/** @param {Lane} lane */
function laneFacts(lane) {
  const { key, name, kind, pid, tid } = lane;
  return { key, label: name, kind, pid, tid, state: STATES[lane.now] };
}

/** @param {import("./lab.js").Lab} lab @param {string} key */
function spansOf({ fold }, key) {
  const lane = fold.lanes.get(key);
  if (!lane) return [];
  return Array.from({ length: lane.startNs.length }, (_, i) => ({
    fromNs: lane.startNs.data[i],
    toNs: i + 1 < lane.startNs.length ? lane.startNs.data[i + 1] : null,
    state: STATES[lane.state.data[i]],
    look: LOOKS[lookOf(lane.state.data[i], lane.reason.data[i])],
    reason: REASONS[lane.reason.data[i]],
    source: SOURCES[lane.source.data[i]],
    line: lane.line.data[i],
    obj: fold.texts.byIndex[lane.obj.data[i]],
  }));
}

/** The fold as plain data: the same shape as Python's. @param {import("../trace/fold.js").Fold} fold */
function foldFacts(fold) {
  return JSON.parse(JSON.stringify(fold.toDict()));
}
