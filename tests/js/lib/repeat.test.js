import assert from "node:assert/strict";
import { test } from "node:test";
import { Repetition, durations, histogram, printedBy } from "../../../static/js/lib/repeat.js";

const outcomes = (printed, duration = 1) => ({
  output: printed,
  numbers: { printed, duration_ms: duration },
});

/** A server that is played: `full` says how often it refuses before each run. */
function server({ full = [], lasts = 2, onStart = (_number) => {} } = {}) {
  const world = { started: 0, going: 0, mostAtOnce: 0, looks: new Map(), stopped: [], pauses: 0 };
  const refusals = [...full];
  return Object.assign(world, {
    async start() {
      if (refusals[world.started] > 0) {
        refusals[world.started] -= 1;
        throw Object.assign(new Error("full"), { status: 429 });
      }
      world.started += 1;
      world.going += 1;
      world.mostAtOnce = Math.max(world.mostAtOnce, world.going);
      onStart(world.started);
      return `r${world.started}`;
    },
    async isGoing(id) {
      const looks = (world.looks.get(id) ?? 0) + 1;
      world.looks.set(id, looks);
      if (looks <= lasts && !world.stopped.includes(id)) return true;
      world.going -= 1;
      return false;
    },
    outcomes: async (id) => outcomes(id),
    stop: async (id) => world.stopped.push(id),
    pause: async () => void (world.pauses += 1),
  });
}

test("one run after the other, as often as was asked", async () => {
  const world = server();
  const repetition = new Repetition(5, world, () => {});
  await repetition.run();
  assert.equal(repetition.phase, "done");
  assert.equal(world.mostAtOnce, 1);
  assert.deepEqual(
    repetition.samples.map(({ number, id }) => [number, id]),
    [1, 2, 3, 4, 5].map((n) => [n, `r${n}`]),
  );
});

test("where the server is full it waits, says so, and goes on", async () => {
  const seen = [];
  const repetition = new Repetition(3, server({ full: [0, 2] }), () => seen.push(repetition.phase));
  await repetition.run();
  assert.equal(repetition.samples.length, 3);
  assert.deepEqual(
    seen.filter((phase, at) => phase !== seen[at - 1]),
    ["running", "waiting", "running", "done"],
  );
});

test("cancelled, the run that goes on is stopped and does not count", async () => {
  const world = server({ onStart: (number) => number === 3 && repetition.cancel() });
  const repetition = new Repetition(20, world, () => {});
  await repetition.run();
  assert.equal(repetition.phase, "cancelled");
  assert.equal(repetition.samples.length, 2);
  assert.ok(world.stopped.includes("r3"));
  assert.equal(world.going, 0);
});

test("cancelled while it waits, nothing more is started", async () => {
  const world = server({ full: [Infinity] });
  const repetition = new Repetition(20, world, () => repetition.phase === "waiting" && repetition.cancel());
  await repetition.run();
  assert.equal(repetition.phase, "cancelled");
  assert.equal(world.started, 0);
});

test("an error ends it, and what is known stays", async () => {
  const world = server();
  const wrong = Object.assign(new Error("no such parameter"), { status: 422 });
  const start = world.start.bind(world);
  world.start = () => (world.started === 2 ? Promise.reject(wrong) : start());
  const repetition = new Repetition(9, world, () => {});
  await repetition.run();
  assert.equal(repetition.phase, "failed");
  assert.equal(repetition.error, wrong);
  assert.equal(repetition.samples.length, 2);
});

test("outcomes are counted, the most frequent first; a run without one is left out", () => {
  const samples = ["b", "a", "a", null, "c"].map((value, at) => ({
    number: at + 1,
    id: `r${at}`,
    outcomes: value,
  }));
  const bars = histogram(samples, (sample) => sample.outcomes);
  assert.deepEqual(
    bars.map(({ value, samples: same }) => [value, same.map(({ number }) => number)]),
    [
      ["a", [2, 3]],
      ["b", [1]],
      ["c", [5]],
    ],
  );
});

test("the middle of the durations is a run that was", () => {
  const samples = [5, 1, 9, 3].map((ms, at) => ({
    number: at + 1,
    id: `r${at}`,
    outcomes: outcomes("", ms),
  }));
  const { quickest, middle, slowest } = durations(samples);
  assert.deepEqual([quickest.number, middle.number, slowest.number], [2, 4, 3]);
});

test("a run that printed too much is told by its last line", () => {
  const long = { number: 1, id: "r", outcomes: { output: null, numbers: { printed: "the end" } } };
  assert.equal(printedBy(long), "the end");
  assert.equal(printedBy({ number: 1, id: "r", outcomes: outcomes("") }), "");
});
