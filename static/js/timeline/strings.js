// What the timeline says. The page gives its own in its own language; these are the fallback.

/**
 * @typedef {object} TimelineStrings
 * @property {Record<string, string>} stateNames per state: new, runnable, running, blocked, zombie, dead
 * @property {Record<string, string>} lookNames per look: new, runnable, running, locked, waiting, sleeping, zombie, dead
 * @property {Record<string, string>} reasonNames per reason; what a blocked span says where there is room
 * @property {Record<string, string>} flowNames per flow: forked, started, joined, notified, put_got, sent, task, signal, overtaken
 * @property {(pid: number) => string} pid second line of a process's label
 * @property {(tid: number) => string} tid second line of a thread's label
 * @property {string} task second line of an asyncio task's label
 * @property {(code: number) => string} exitCode
 * @property {(signal: number) => string} signal
 * @property {string} orphan
 * @property {string} inferred said beside the state of a span that was not observed
 * @property {string} empty shown while there is no lane
 * @property {string} noneShown shown while every lane is hidden
 * @property {(count: number) => string} manyFlows shown where there are too many to draw
 * @property {string} pinned second line of the label of a lane that stays at the top
 * @property {(facts: {hidden: number, blocked: number}) => string} collapsed second line of the label of a collapsed lane
 * @property {(names: string[]) => string} waiters who waits for a thing at the cursor
 * @property {(track: import("./tracks.js").Track) => {name: string, note: string}} track the label of a row that is no lane
 * @property {(facts: {lanes: number, spans: number}) => string} label what a screen reader says of the canvas
 */

const SIGNAL_NAMES = new Map([
  [1, "SIGHUP"],
  [2, "SIGINT"],
  [3, "SIGQUIT"],
  [6, "SIGABRT"],
  [9, "SIGKILL"],
  [10, "SIGUSR1"],
  [11, "SIGSEGV"],
  [12, "SIGUSR2"],
  [13, "SIGPIPE"],
  [14, "SIGALRM"],
  [15, "SIGTERM"],
  [24, "SIGXCPU"],
]);

/** @type {TimelineStrings} */
export const DEFAULT_STRINGS = {
  stateNames: {
    new: "new",
    runnable: "runnable",
    running: "running",
    blocked: "blocked",
    zombie: "zombie",
    dead: "dead",
  },
  lookNames: {
    new: "new",
    runnable: "runnable",
    running: "running",
    locked: "blocked (lock)",
    waiting: "waiting",
    sleeping: "sleeping",
    zombie: "zombie",
    dead: "dead",
  },
  reasonNames: {
    lock: "wants lock",
    condition: "waits for notify",
    event: "waits for event",
    semaphore: "wants semaphore",
    barrier: "at barrier",
    join: "joins",
    sleep: "sleeping",
    queue_put: "queue full",
    queue_get: "queue empty",
    waitpid: "waits for child",
    io: "waits for I/O",
    future: "waits for result",
    manager: "waits for manager",
    gil: "waits for GIL",
    input: "waits for input",
    cpu: "waits for a core",
    step: "held by the lab",
  },
  flowNames: {
    forked: "forked",
    started: "started",
    joined: "joined",
    notified: "notified",
    put_got: "put → got",
    sent: "sent",
    task: "task",
    signal: "signal",
    overtaken: "overtaken",
  },
  pid: (pid) => `pid ${pid}`,
  tid: (tid) => `tid ${tid}`,
  task: "task",
  exitCode: (code) => `exit ${code}`,
  signal: (signal) => SIGNAL_NAMES.get(signal) ?? `signal ${signal}`,
  orphan: "orphan",
  inferred: "inferred",
  empty: "Nothing has run yet.",
  noneShown: "No lane is shown.",
  manyFlows: (count) => `${count} arrows`,
  pinned: "pinned",
  collapsed: ({ hidden, blocked }) => `${hidden} hidden` + (blocked ? `, ${blocked} blocked` : ""),
  waiters: (names) => `waiting: ${names.join(", ")}`,
  track: ({ resource, kind, number }) => ({
    name: resource?.name || `${kind} ${number}`,
    note: resource?.type ?? "",
  }),
  label: ({ lanes, spans }) => `Timeline: ${lanes} lanes, ${spans} spans`,
};

/**
 * @param {Partial<TimelineStrings> | undefined} strings
 * @returns {TimelineStrings}
 */
export function withDefaults(strings) {
  return { ...DEFAULT_STRINGS, ...strings };
}
