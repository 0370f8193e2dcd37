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
  0: "fit",
  f: "fit",
  " ": "run",
  End: "follow",
  t: "table",
  p: "projector",
  b: "blackout",
  o: "spotlight",
  "?": "help",
  Escape: "letGo",
};

/**
 * What a key press asks for; undefined when it is meant for the element that has the focus.
 * @param {KeyboardEvent} event
 * @returns {string | undefined}
 */
export function actionOf(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("input, select, textarea, [contenteditable], dialog")) return undefined;
  const { key } = event;
  if (key === " " && target?.closest("button, a, summary")) return undefined;
  // A panel that scrolls keeps the keys that scroll it; tabs keep those that move between them.
  const moves = key.startsWith("Arrow") || key === "End" || key === " ";
  if (moves && target?.closest(".panel-body, [role=tab]") && key !== " ") return undefined;
  return ACTIONS[key.length === 1 ? key.toLowerCase() : key];
}
