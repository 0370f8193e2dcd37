import assert from "node:assert/strict";
import { test } from "node:test";

import { dragged, keyMove, MinimapScale, PAD_PX, zoneAt } from "../../static/js/timeline/minimap_range.js";
import { laneBand } from "../../static/js/timeline/minimap_raster.js";

const RUN = { fromNs: 500e6, toNs: 2500e6 };

test("the minimap shows the whole run between its paddings, and an x and its instant are each other's", () => {
  const scale = new MinimapScale(RUN, 812);
  assert.ok(Math.abs(scale.xOf(RUN.fromNs) - PAD_PX) <= 0.5);
  assert.ok(Math.abs(scale.xOf(RUN.toNs) - (812 - PAD_PX)) <= 0.5);
  for (const x of [0, 17.25, 812]) assert.ok(Math.abs(scale.xOf(scale.nsOf(x)) - x) < 1e-6);
});

test("the frame never leaves the strip and never becomes too narrow to take", () => {
  const scale = new MinimapScale(RUN, 812);
  assert.deepEqual(scale.frameOf({ fromNs: -1e12, toNs: 1e12 }), { left: 6, right: 806 });
  for (const fromNs of [-1e12, RUN.fromNs, 1500e6, RUN.toNs, 1e12]) {
    const { left, right } = scale.frameOf({ fromNs, toNs: fromNs + 1000 });
    assert.ok(left >= 6 && right <= 806 && right - left >= 8, `${left} to ${right}`);
  }
});

test("a frame is resized at its edges, moved by its inside, and left alone elsewhere", () => {
  const zones = (/** @type {{left: number, right: number}} */ frame, /** @type {number[]} */ places) =>
    places.map((x) => zoneAt(frame, x, 6));
  assert.deepEqual(zones({ left: 100, right: 200 }, [90, 95, 105, 150, 195, 206, 210]), [
    "outside",
    "from",
    "from",
    "inside",
    "to",
    "to",
    "outside",
  ]);
  // In a narrow one the edges would leave no inside.
  assert.deepEqual(zones({ left: 100, right: 108 }, [97, 101, 104, 107, 111]), [
    "from",
    "inside",
    "inside",
    "inside",
    "to",
  ]);
});

test("an edge that is dragged over the other stops before it", () => {
  const range = { fromNs: 100, toNs: 200 };
  assert.deepEqual(dragged("inside", range, 30, 10), { fromNs: 130, toNs: 230 });
  assert.deepEqual(dragged("from", range, -40, 10), { fromNs: 60, toNs: 200 });
  assert.deepEqual(dragged("from", range, 500, 10), { fromNs: 190, toNs: 200 });
  assert.deepEqual(dragged("to", range, -500, 10), { fromNs: 100, toNs: 110 });
});

test("keys move by a tenth, by a page, and to either end", () => {
  const range = { fromNs: 700e6, toNs: 900e6 };
  assert.equal(keyMove("ArrowRight", range, RUN), 20e6);
  assert.equal(keyMove("PageDown", range, RUN), -200e6);
  assert.equal(keyMove("Home", range, RUN), -200e6);
  assert.equal(keyMove("End", range, RUN), 1600e6);
  assert.equal(keyMove("Tab", range, RUN), undefined);
});

test("every lane has its pixels: apart where there is room, shared where there are more lanes than pixels", () => {
  for (const [count, height] of [
    [1, 40],
    [6, 40],
    [40, 40],
    [256, 28],
  ]) {
    const bands = Array.from({ length: count }, (_, at) => laneBand(at, count, height));
    assert.ok(bands.every(({ top, tall }) => top >= 0 && tall >= 1 && top + tall <= height));
    for (let at = 1; at < count; at += 1) {
      const { top, tall } = bands[at - 1];
      if (count <= height) assert.ok(top + tall <= bands[at].top, `${count} lanes`);
      else assert.ok(top <= bands[at].top);
    }
  }
});
