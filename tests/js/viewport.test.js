import assert from "node:assert/strict";
import { test } from "node:test";

import { Viewport } from "../../static/js/timeline/viewport.js";
import { randomOf } from "./random.js";

const SECOND = 1e9;

/** A run of 10 s whose first lane began at 0.05 s, on 1000 pixels. */
function viewportOf({ following = false } = {}) {
  const viewport = new Viewport();
  viewport.marginPx = 80;
  viewport.resize(1000);
  viewport.following = following;
  viewport.grow(0.05 * SECOND, 10 * SECOND);
  if (!following) viewport.fit();
  return viewport;
}

test("fit shows the run from its first lane to its end, with room for what is said there", () => {
  const viewport = viewportOf();

  assert.ok(Math.abs(viewport.xForT(0.05 * SECOND) - 8) <= 1);
  assert.ok(Math.abs(viewport.xForT(10 * SECOND) - 920) <= 1);
});

test("instants and pixels turn into each other", () => {
  const viewport = viewportOf();
  viewport.zoom(37, 444);
  for (const x of [0, 1, 333.5, 1000]) assert.ok(Math.abs(viewport.xForT(viewport.tForX(x)) - x) < 1e-6);
});

test("a zoom keeps the instant under the pointer, to the pixel", () => {
  const viewport = viewportOf();
  const random = randomOf(4);
  for (let n = 0; n < 200; n += 1) {
    const x = 100 + random() * 800;
    const before = viewport.tForX(x);
    const factor = 0.7 + random() * 0.8;
    const scale = viewport.nsPerPx;
    viewport.zoom(factor, x);
    const clamped = viewport.nsPerPx !== scale / factor || viewport.fromNs !== before - x * viewport.nsPerPx;
    if (!clamped) assert.ok(Math.abs(viewport.xForT(before) - x) <= 1);
  }
});

test("a pan moves every pixel by a whole number", () => {
  const viewport = viewportOf();
  viewport.zoom(10, 500);
  const before = viewport.xForT(5 * SECOND);
  viewport.pan(17);

  assert.equal(Math.round((before - viewport.xForT(5 * SECOND)) * 1e6), 17e6);
});

test("the run cannot be lost: neither by pans nor by zooms", () => {
  const viewport = viewportOf();
  viewport.pan(1e9);
  assert.ok(viewport.xForT(10 * SECOND) >= 0);
  viewport.pan(-1e9);
  assert.ok(viewport.xForT(0.05 * SECOND) <= 1000);
  for (let n = 0; n < 100; n += 1) viewport.zoom(0.5, 500);
  assert.ok(viewport.spanNs <= 15 * SECOND + 1);
  for (let n = 0; n < 200; n += 1) viewport.zoom(2, 500);
  assert.ok(viewport.spanNs >= 1000 - 1e-6);
});

test("following the whole run, the scale stands still between steps of 1.25", () => {
  const viewport = viewportOf({ following: true });
  const scales = new Set();
  for (let ns = 0.06 * SECOND; ns < 10 * SECOND; ns += 0.01 * SECOND) {
    viewport.grow(0.05 * SECOND, ns);
    scales.add(viewport.nsPerPx);
    assert.ok(viewport.xForT(ns) <= 921 && viewport.xForT(0.05 * SECOND) >= 7);
  }
  const steps = [...scales].sort((a, b) => a - b);

  assert.ok(steps.length > 5 && steps.length < 30);
  for (let i = 1; i < steps.length; i += 1) assert.ok(Math.abs(steps[i] / steps[i - 1] - 1.25) < 1e-9);
});

test("following closely, the live edge stays in sight at the scale that was chosen", () => {
  const viewport = viewportOf({ following: true });
  viewport.zoom(50, viewport.xForT(10 * SECOND));
  const scale = viewport.nsPerPx;
  for (let ns = 10 * SECOND; ns < 20 * SECOND; ns += 0.03 * SECOND) {
    viewport.grow(0.05 * SECOND, ns);
    assert.equal(viewport.nsPerPx, scale);
    assert.ok(viewport.xForT(ns) > 0 && viewport.xForT(ns) <= 921);
  }
});
