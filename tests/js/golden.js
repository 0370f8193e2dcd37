// The golden traces, as parsed events.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../golden/", import.meta.url);

/** @returns {string[]} */
export function goldenNames() {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".ndjson"))
    .map((file) => file.slice(0, -".ndjson".length));
}

/** @param {string} name */
export function goldenEvents(name) {
  const [, ...lines] = readFileSync(new URL(`${name}.ndjson`, FOLDER), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** @param {string} name */
export function goldenResult(name) {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}
