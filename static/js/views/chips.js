// Names of lanes short enough to stand beside a line of source: "Worker-12" -> "W12".

const LONGEST = 8;

/**
 * Return a chip for each lane, no two the same.
 * @param {Iterable<{key: string, name: string}>} lanes
 * @returns {Map<string, string>}
 */
export function chipsOf(lanes) {
  /** @type {Map<string, string>} */
  const chips = new Map();
  /** @type {Set<string>} */
  const taken = new Set();
  for (const lane of lanes) {
    const short = shorten(lane.name);
    let chip = short;
    for (let n = 2; taken.has(chip); n += 1) chip = `${short}·${n}`;
    taken.add(chip);
    chips.set(lane.key, chip);
  }
  return chips;
}

/** @param {string} name */
function shorten(name) {
  if (name === "MainProcess" || name === "MainThread") return "Main";
  // threading adds the function's name: "Thread-1 (work)".
  const plain = name.replace(/ \(.*\)$/, "");
  const numbered = /^(.*?\D)[-_ ]?(\d+)$/.exec(plain);
  if (numbered) {
    const capitals = numbered[1].replace(/[^\p{Lu}]/gu, "");
    return (capitals || numbered[1][0]) + numbered[2];
  }
  const letters = [...plain];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : plain;
}
