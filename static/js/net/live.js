// Watch one run over Socket.IO: every event exactly once and in order, whatever the connection does.

import { io } from "socket.io-client";
import { InOrder } from "../lib/in_order.js";
import { parseLines, unpack } from "../lib/unpack.js";
import { Sequence } from "./sequence.js";

/** @typedef {import("./sequence.js").TraceEvent} TraceEvent */
/** @typedef {"idle" | "connecting" | "on" | "delayed" | "off" | "ending" | "refused"} LinkState */
/**
 * @typedef {object} Watcher
 * @property {(answer: {run: string, header: any, state: string, may_stop?: boolean, place?: number, events?: number}) => void} onHeader
 *   how the run stands, once it is asked for, and again when one that was waiting has begun
 * @property {(place: number) => void} onQueued it waits, and so many runs begin before it
 * @property {(events: TraceEvent[]) => void} onEvents
 * @property {(end: {run: string, status: string}) => void} onEnded
 * @property {(sentence: string) => void} onError
 * @property {(state: LinkState) => void} onLink
 */

const RETRY_MS = 500;

export class Live {
  /** @param {string} token @param {Watcher} watcher */
  constructor(token, watcher) {
    this.watcher = watcher;
    /** @type {string | null} */
    this.run = null;
    this.sequence = new Sequence();
    this.inOrder = new InOrder();
    this.ended = false;
    this.asking = false;
    // The server said that it is being ended: what follows is no fault of the network.
    this.serverEnds = false;
    this.socket = io({
      transports: ["websocket"],
      auth: { token },
      autoConnect: false,
      reconnectionDelay: 200,
      reconnectionDelayMax: 3000,
    });
    this.#listen();
  }

  /** Begin to watch a run from its first event; forget the one before. @param {string} run */
  watch(run) {
    this.run = run;
    this.sequence = new Sequence();
    this.ended = false;
    if (this.socket.connected) this.#ask();
    else this.connect();
  }

  connect() {
    if (this.socket.active) return;
    this.watcher.onLink("connecting");
    this.socket.connect();
  }

  #listen() {
    const { socket, watcher } = this;
    socket.on("connect", () => {
      this.serverEnds = false;
      watcher.onLink("on");
      this.#ask();
    });
    socket.on("server_ending", () => {
      this.serverEnds = true;
      watcher.onLink("ending");
    });
    socket.on("delayed", ({ on }) => watcher.onLink(on ? "delayed" : "on"));
    socket.on("disconnect", (reason) => {
      watcher.onLink(this.serverEnds ? "ending" : "off");
      // The server cut us (too slow, or it ends): Socket.IO leaves that to us.
      if (reason === "io server disconnect") setTimeout(() => socket.connect(), RETRY_MS);
    });
    socket.on("connect_error", () => {
      // Socket.IO goes on trying after a transport error, but not after the server's refusal.
      if (!socket.active) watcher.onLink("refused");
      else watcher.onLink(this.serverEnds ? "ending" : "off");
    });
    socket.on("events", (batch) => this.inOrder.now(() => this.#onEvents(batch)));
    socket.on("packed", ({ run, lines }) => {
      this.inOrder.later(
        unpack(lines),
        (text) => this.#onEvents({ run, events: parseLines(text) }),
        // As when it had not come: it is asked for again.
        () => this.#ask(),
      );
    });
    socket.on("queued", ({ run, place }) => {
      if (run === this.run) watcher.onQueued(place);
    });
    socket.on("began", (answer) => {
      if (answer.run === this.run) watcher.onHeader(answer);
    });
    socket.on("ended", (end) => this.inOrder.now(() => this.#onEnded(end)));
  }

  /** @param {{run: string, status: string}} end */
  #onEnded(end) {
    if (end.run !== this.run || this.ended) return;
    this.ended = true;
    this.watcher.onEnded(end);
  }

  /** @param {{run: string, events: TraceEvent[]}} batch */
  #onEvents(batch) {
    if (batch.run !== this.run) return;
    const { fresh, gap } = this.sequence.take(batch.events);
    if (fresh.length) this.watcher.onEvents(fresh);
    if (gap) this.#ask();
  }

  /** Ask for all that we do not have. The answer may come after the first events: both orders are right. */
  #ask() {
    const run = this.run;
    if (run === null || this.asking) return;
    this.asking = true;
    this.socket.timeout(10_000).emit(
      "watch",
      { run, since: this.sequence.last, packed: true },
      /** @param {Error | null} late @param {any} answer */
      (late, answer) => {
        this.asking = false;
        if (run !== this.run) return this.#ask();
        if (late) return this.socket.connected ? this.#ask() : undefined;
        if (answer.error) return this.watcher.onError(answer.error.detail ?? String(answer.error));
        if (answer.delayed) this.watcher.onLink("delayed");
        this.watcher.onHeader(answer);
      },
    );
  }
}
