// The keys of trace viewers: W S A D, arrows, + - 0, and the page's own.

/** @type {Record<string, string>} */
export const ACTIONS = {
  w: "zoomIn",
  "+": "zoomIn",
  "=": "zoomIn",
  s: "zoomOut",
  "-": "zoomOut",
  a: "panLeft",
  d: "panRight",
  ArrowLeft: "panLeft",
  ArrowRight: "panRight",
  ArrowUp: "laneUp",
  ArrowDown: "laneDown",
  0: "fitAll",
  f: "fit",
  m: "rangeEnd",
  i: "mark",
  n: "markNext",
  Enter: "foldLane",
  "/": "filter",
  " ": "runOrPlay",
  R: "run",
  k: "playPause",
  ".": "stepOn",
  ",": "stepBack",
  ">": "stepLaneOn",
  "<": "stepLaneBack",
  PageDown: "stepOn",
  PageUp: "stepBack",
  Home: "toStart",
  End: "toEnd",
  "[": "toCause",
  "]": "toEffect",
  y: "why",
  t: "table",
  e: "edit",
  p: "projector",
  b: "blackout",
  o: "spotlight",
  "?": "help",
  Escape: "letGo",
};

/** @type {Record<string, string>} */
export const WITH_ALT = { ArrowUp: "laneHigher", ArrowDown: "laneLower" };

/** @type {Record<string, string>} */
const SHIFTED = {
  Period: "stepLaneOn",
  Comma: "stepLaneBack",
  PageDown: "stepLaneOn",
  PageUp: "stepLaneBack",
};

/**
 * What a key press asks for; undefined when it is meant for the element that has the focus.
 * @param {KeyboardEvent} event
 * @returns {string | undefined}
 */
export function actionOf(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey) return undefined;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, select, textarea, [contenteditable], dialog")) return undefined;
  const { key } = event;
  if (event.altKey) return WITH_ALT[key];
  if ((key === " " || key === "Enter") && target?.closest("button, a, summary")) return undefined;
  // A panel that scrolls keeps the keys that scroll it; tabs keep those that move between them.
  if (key === "Enter" && target?.closest(".panel-body, [role=tab]")) return undefined;
  const moves = key.startsWith("Arrow") || ["End", "Home", "PageUp", "PageDown", " "].includes(key);
  if (moves && target?.closest(".panel-body, [role=tab]") && key !== " ") return undefined;
  const plain = ACTIONS[key] ?? ACTIONS[key.length === 1 ? key.toLowerCase() : key];
  // With the shift key a step keeps to its lane, whatever sign that key writes on this keyboard.
  if (event.shiftKey && (plain?.startsWith("step") || SHIFTED[event.code])) {
    return SHIFTED[event.code] ?? plain;
  }
  return plain;
}
