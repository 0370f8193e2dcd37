// What the timeline's frames cost, in the page that benchmarks/bench_timeline.py opens.
// A frame is what a viewer waits for: the time between two animation frames while every one of them pans or zooms.

import { Timeline } from "../static/js/timeline/timeline.js";
import { SIZES, THEMES } from "../static/js/timeline/tokens.js";
import { Fold } from "../static/js/trace/fold.js";
import { lookOf } from "../static/js/trace/looks.js";
import { svgOf, visOf } from "./timeline_peers.mjs";

const FRAMES = 120;
const WARM_UP = 60;
/** A peer that needs seconds for a frame is not waited for any longer. */
const PATIENCE_MS = 8000;
const LIVE_PER_SECOND = 2000;
const LIVE_SECONDS = 5;
/** Of every second frame. */
const BATCH = Math.ceil(LIVE_PER_SECOND / 30);
const host = document.getElementById("host");

/** The same numbers on every run. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Threads that run and wait in turn, for all kinds of things: `spans` changes of state, in the order of time. */
function* events(spans, lanes) {
  const random = randomOf(7);
  const at = (ts_ns, tid, kind, more) => ({ ts_ns, kind, by: "probe", pid: 1, tid, line: 10, file: "a.py", ...more });
  yield at(0, 1, "process.started", { ppid: 0, method: "main", name: "MainProcess" });
  yield at(0, 1, "lock.created", { obj: "1.1", type: "Lock", name: "lock" });
  for (let lane = 1; lane < lanes; lane += 1) {
    yield at(0, 1, "thread.created", { obj: `1.${100 + lane}`, name: `worker-${lane}`, daemon: false });
    yield at(0, 1, "thread.launched", { obj: `1.${100 + lane}` });
    yield at(0, 100 + lane, "thread.started", { obj: `1.${100 + lane}`, native: 100 + lane });
  }
  const blocked = new Uint8Array(lanes);
  let ts = 0;
  for (let n = 0; n < spans; n += 1) {
    ts += 1 + Math.floor(random() ** 3 * 40_000);
    const lane = Math.floor(random() * lanes);
    const tid = lane === 0 ? 1 : 100 + lane;
    const reason = ["lock", "sleep", "queue_get", "condition"][Math.floor(random() * 4)];
    if (blocked[lane]) yield at(ts, tid, "lane.unblocked", { result: true });
    else yield at(ts, tid, "lane.blocked", { reason, obj: reason === "lock" ? "1.1" : "" });
    blocked[lane] ^= 1;
  }
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Call `step` in each of `count` frames; return how long they were apart, and how long the drawing itself took. */
async function frames(step, count = FRAMES) {
  const apart = [];
  const own = [];
  let last = await new Promise(requestAnimationFrame);
  const until = last + PATIENCE_MS;
  for (let n = 0; n < count && (last < until || n < 5); n += 1) {
    const begin = performance.now();
    step(n, begin);
    own.push(performance.now() - begin);
    const now = await new Promise(requestAnimationFrame);
    apart.push(now - last);
    last = now;
  }
  return {
    frame_ms: [percentile(apart, 0.5), percentile(apart, 0.95)],
    own_ms: [percentile(own, 0.5), percentile(own, 0.95)],
    apart,
    own,
  };
}

/** Out and in about a moving point, then along: what a hand does. */
function gesture(n, zoom, pan) {
  if (n % 3 === 0) zoom(n % 60 < 30 ? 1.12 : 1 / 1.12);
  else pan(n % 40 < 20 ? 23 : -23);
}

function newTimeline(size) {
  host.replaceChildren();
  return new Timeline(host, { theme: "light", size });
}

async function panAndZoom(fold, size) {
  const timeline = newTimeline(size);
  timeline.setFold(fold);
  timeline.setFollow(false);
  timeline.fit();
  timeline.view.paintNow();
  const step = (n) => {
    gesture(
      n,
      (factor) => timeline.zoomBy(factor),
      (px) => timeline.panPx(px),
    );
    timeline.view.paintNow();
  };
  // The first frames compile our code and measure every text once.
  await frames(step, WARM_UP);
  const result = await frames(step);
  const { lanes, plot } = timeline.layout();
  const inSight = lanes.filter((lane) => lane.y < plot.height).length;
  timeline.destroy();
  return { ...result, inSight };
}

/** The obvious painter: a fillRect for every span in sight. */
async function naive(fold, size) {
  host.replaceChildren();
  const canvas = document.createElement("canvas");
  canvas.width = 1900;
  canvas.height = 1000;
  host.append(canvas);
  const context = canvas.getContext("2d", { alpha: false });
  const { lane, gap } = SIZES[size];
  const rows = [...fold.lanes.values()].slice(0, Math.ceil(1000 / (lane + gap)));
  let nsPerPx = fold.endNs / 1900;
  let fromNs = 0;
  const paint = () => {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 1900, 1000);
    rows.forEach(({ startNs, state, reason }, row) => {
      for (let i = 0; i < startNs.length; i += 1) {
        const from = (startNs.data[i] - fromNs) / nsPerPx;
        const to = ((i + 1 < startNs.length ? startNs.data[i + 1] : fold.endNs) - fromNs) / nsPerPx;
        if (to < 0 || from > 1900) continue;
        context.fillStyle = THEMES.light.looks[lookOf(state.data[i], reason.data[i])];
        context.fillRect(from, row * (lane + gap), Math.max(1, to - from), lane);
      }
    });
  };
  return frames((n) => {
    gesture(
      n,
      (factor) => (nsPerPx /= factor),
      (px) => (fromNs += px * nsPerPx),
    );
    paint();
  }, FRAMES / 2);
}

/** What a peer's frames cost, by the same gesture; `make` builds it and returns how it shows a range. */
async function peer(make, fold, size) {
  host.replaceChildren();
  const { lane, gap } = SIZES[size];
  const begin = performance.now();
  const show = make(host, fold, { lane, gap, lanes: Math.floor(1000 / (lane + gap)) });
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const build_ms = performance.now() - begin;
  let [fromNs, toNs] = [0, fold.endNs];
  const step = (n) => {
    gesture(
      n,
      (factor) => {
        const middle = (fromNs + toNs) / 2;
        const half = (toNs - fromNs) / 2 / factor;
        [fromNs, toNs] = [middle - half, middle + half];
      },
      (px) => {
        const moved = (px * (toNs - fromNs)) / 1900;
        [fromNs, toNs] = [fromNs + moved, toNs + moved];
      },
    );
    show(fromNs, toNs);
  };
  const result = await frames(step, FRAMES / 2);
  host.replaceChildren();
  return { ...result, build_ms };
}

/** Events that arrive with every second frame, as from the server, on top of many, while every frame is drawn. */
async function live(size, before, lanes) {
  const stream = events(before + LIVE_PER_SECOND * LIVE_SECONDS * 10, lanes);
  const take = (count) => Array.from({ length: count }, () => stream.next().value);
  const fold = new Fold();
  for (let fed = 0; fed < before; fed += 10_000) fold.feed(take(10_000));
  const timeline = newTimeline(size);
  timeline.setFold(fold);
  timeline.setFollow(true);
  timeline.view.paintNow();
  const first = fold.eventNs.length;
  const step = (n) => {
    if (n % 2 === 0) {
      fold.feed(take(BATCH));
      timeline.changed();
    }
    timeline.view.paintNow();
  };
  await frames(step, WARM_UP);
  const result = await frames(step, LIVE_SECONDS * 60);
  timeline.destroy();
  return { ...result, events: fold.eventNs.length - first };
}

/** A page that draws nothing: what this machine, with all that it does beside, makes of a frame. */
async function idle() {
  host.replaceChildren();
  return frames(() => {});
}

/** A timeline that stays, for its memory. */
async function keep(spans, lanes, size) {
  window.fold = new Fold().feed(events(spans, lanes));
  window.kept = newTimeline(size);
  window.kept.setFold(window.fold);
  window.kept.view.paintNow();
  return window.kept.layout().counts.spans;
}

window.bench = {
  panAndZoom,
  naive,
  live,
  idle,
  keep,
  svg: (fold, size) => peer(svgOf, fold, size),
  vis: (fold, size) => peer(visOf, fold, size),
  fold: (spans, lanes = 64) => new Fold().feed(events(spans, lanes)),
};
window.ready = true;
