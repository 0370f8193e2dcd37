import assert from "node:assert/strict";
import { test } from "node:test";

import { Group } from "../../static/js/timeline/group.js";
import { SpanMerge } from "../../static/js/timeline/span_merge.js";
import { Fold } from "../../static/js/trace/fold.js";
import { goldenEvents, goldenNames } from "./golden.js";

for (const name of goldenNames()) {
  test(`the spans of ${name} come once each and in order, in whatever batches they are fed`, () => {
    const events = goldenEvents(name);
    const fold = new Fold();
    const merge = new SpanMerge(fold);
    /** @type {string[]} */
    const visited = [];
    let lastNs = -Infinity;
    for (let from = 0; from < events.length; from += 7) {
      fold.feed(events.slice(from, from + 7));
      merge.forEachNew((lane, span, ns) => {
        assert.ok(ns >= lastNs && ns === lane.startNs.data[span]);
        lastNs = ns;
        visited.push(`${lane.key} ${span}`);
      });
    }
    const all = [...fold.lanes.values()].flatMap((lane) =>
      Array.from({ length: lane.startNs.length }, (_, span) => `${lane.key} ${span}`),
    );
    assert.deepEqual(visited.toSorted(), all.toSorted());
  });

  test(`waits, GIL and cores of ${name} are the same fed batch by batch and at once`, () => {
    const events = goldenEvents(name);
    const fold = new Fold();
    const group = new Group(fold);
    for (const event of events) {
      fold.feed([event]);
      group.update(true);
      group.tellStories();
      group.cores.update();
    }
    const whole = new Group(new Fold().feed(events));
    whole.update(true);
    whole.tellStories();
    const curves = (/** @type {Group} */ { waits }) =>
      [...waits.curves].map(([obj, { ns, count }]) => [obj, ns.length, count.last()]);
    assert.deepEqual(curves(group), curves(whole));
    const holds = (/** @type {Group} */ { gils }) =>
      [...gils.stories].map(([pid, story]) => [pid, story.holds]);
    assert.deepEqual(holds(group), holds(whole));
    assert.deepEqual(group.cores.update(), whole.cores.update());
  });
}
