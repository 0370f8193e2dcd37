// The rows of the timeline: the lanes of one run, or of several, group below group on one clock. No geometry, no DOM.

import { aligned } from "../lib/pair.js";
import { coreTracks, countThings, FEW_THINGS, thingTracks } from "./tracks.js";

/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./group.js").Row} Row */

export class TimelineModel {
  /** @param {Group[]} groups one for each run, at least one; no two with the same prefix */
  constructor(groups) {
    this.groups = groups;
    /** Lanes of the same name stand below each other, whichever run they are of. */
    this.overlaid = false;
    this.showInternal = false;
    /** @type {import("./tracks.js").ThingsShown} */
    this.showThings = "off";
    this.showCores = false;
    /** How many things there are to show. */
    this.things = 0;
    /** @type {Row[]} the lanes shown, in display order */
    this.rows = [];
    /** @type {Map<string, number>} a row's key -> its position in `rows` */
    this.positions = new Map();
    /** @type {Map<string, number>} the same; of a row below a collapsed one, the position of that one */
    this.places = new Map();
    this.spans = 0;
    this.arranged = false;
  }

  /** Whether a heading stands above the lanes of each run. */
  get hasHeadings() {
    return this.groups.length > 1 && !this.overlaid;
  }

  /** Take in what the folds were fed since. */
  update() {
    let changed = !this.arranged;
    this.spans = 0;
    for (const group of this.groups) {
      if (group.update(this.showInternal)) {
        group.own = group.rows;
        changed = true;
      }
      this.spans += group.spans;
    }
    changed = this.#updateTracks() || changed;
    if (changed) this.#gather();
  }

  /** Unless the reader chose: a few things of one run are shown; of several runs the lanes need the room. */
  get showsThings() {
    const { showThings, things, groups } = this;
    return showThings === "on" || (showThings === "auto" && groups.length === 1 && things <= FEW_THINGS);
  }

  /** Have below the lanes what shall be there; return whether it is other than before. */
  #updateTracks() {
    this.things = this.groups.reduce((sum, group) => sum + countThings(group), 0);
    const isShown = this.showsThings;
    let changed = false;
    for (const group of this.groups) {
      const cores = this.showCores ? coreTracks(group) : [];
      const tracks = [...(isShown ? thingTracks(group) : []), ...cores];
      changed = changed || tracks.length !== group.tracks.length;
      group.tracks = tracks;
    }
    return changed;
  }

  /** The lanes and tracks in the order in which they are seen. */
  get stops() {
    return this.groups.flatMap((group) => [...group.rows, ...group.tracks]);
  }

  /** Whether a lane was ever seen on a core that has a number. */
  get hasCores() {
    return this.groups.some(({ fold }) => fold.onCpu.ns.length > 0);
  }

  /** @param {string} key @returns {import("./tracks.js").Track | undefined} */
  trackOf(key) {
    return this.groups.flatMap((group) => group.tracks).find((track) => track.key === key);
  }

  #gather() {
    this.arranged = true;
    this.rows = [];
    this.#place();
    for (const group of this.groups) {
      group.first = this.rows.length;
      // Not push(...rows): a run may have more lanes than a call can have arguments.
      for (const row of group.rows) this.rows.push(row);
    }
    this.positions = new Map(this.rows.map((row, position) => [row.key, position]));
    this.places = new Map(this.positions);
    this.rows.forEach(({ below }, position) => {
      for (const row of below) this.places.set(row.key, position);
    });
  }

  /** Which rows stand where: overlaid, those of all runs stand in the first one's place. */
  #place() {
    const { groups } = this;
    for (const group of groups) group.rows = this.overlaid ? [] : group.own;
    if (!this.overlaid) return;
    const lanes = aligned(groups.map((group) => group.own.map((row) => row.name)));
    groups[0].rows = lanes.flatMap((places) => places.flatMap((place, at) => groups[at].own[place] ?? []));
  }

  /** @param {boolean} overlaid */
  setOverlaid(overlaid) {
    this.overlaid = overlaid;
    this.arranged = false;
    this.groups.forEach((group, at) => {
      group.mark = overlaid ? markOf(at) : "";
    });
  }

  /** @param {string} key a row's @returns {Row | undefined} also of a lane that is not shown */
  rowOf(key) {
    for (const group of this.groups) {
      const row = key.startsWith(group.prefix) && group.rowOf.get(key.slice(group.prefix.length));
      if (row) return row;
    }
    return undefined;
  }

  /** How many lanes the reader hid, or filtered out. */
  get hiddenRows() {
    return this.groups.reduce((sum, group) => sum + group.hiddenRows, 0);
  }

  /** When the first lane of all began. */
  get beginNs() {
    const begins = this.groups.flatMap((group) => group.beginNs ?? []);
    return begins.length ? Math.min(...begins) : 0;
  }

  /** The last instant of the longest run. */
  get endNs() {
    return Math.max(...this.groups.map((group) => group.fold.endNs));
  }

  get ended() {
    return this.groups.every((group) => group.fold.ended);
  }

  /** How many lanes there are, with those that are not shown. */
  get lanes() {
    return this.groups.reduce((sum, group) => sum + group.rowOf.size, 0);
  }

  /** How many flows there are. */
  get flows() {
    return this.groups.reduce((sum, group) => sum + group.fold.flows.length, 0);
  }
}

/** What a run is called beside others: A, B, ... @param {number} at */
export function markOf(at) {
  return String.fromCharCode(65 + at);
}
