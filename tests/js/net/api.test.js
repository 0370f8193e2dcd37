import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { Api, Problem } from "../../../static/js/net/api.js";

const browser = { fetch: globalThis.fetch, location: globalThis.location };

afterEach(() => Object.assign(globalThis, browser));

/** Ask for a run where the answer is this one. @param {Response} answer @returns {Promise<Problem>} */
async function refusedBy(answer) {
  const location = { origin: "https://lab.example.org" };
  Object.assign(globalThis, { location, fetch: async () => answer });
  const asked = new Api("token", () => "en").startRun("fork-twice", {}, "");
  return asked.then(
    () => assert.fail("it was not refused"),
    (error) => {
      assert(error instanceof Problem);
      return error;
    },
  );
}

test("a proxy that has nobody behind it is no answer of the server", async () => {
  for (const status of [502, 503, 504]) {
    const page = new Response("<h1>Bad Gateway</h1>", { status, headers: { "Content-Type": "text/html" } });
    assert.equal((await refusedBy(page)).status, 0);
  }
});

test("what the server itself says is told as it is said", async () => {
  const said = { title: "No place", detail: "The database cannot be reached.", status: 503 };
  const error = await refusedBy(new Response(JSON.stringify(said), { status: 503 }));
  assert.deepEqual([error.status, error.message], [503, said.detail]);
});
