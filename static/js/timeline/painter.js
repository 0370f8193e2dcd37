// A scene -> draw calls on a 2D context, in the order of the layers. Keeps only caches.

import { headHeight, barTop, plotWidth, visibleRows } from "./layout.js";
import { paintDensity, paintFlows } from "./paint_flows.js";
import {
  paintBackground,
  paintCursor,
  paintEdges,
  paintEnds,
  paintHeadings,
  paintLabels,
  paintRuler,
  paintScrollBar,
  ticksOf,
} from "./paint_frame.js";
import { paintMarks, paintRange, paintRangeBand } from "./paint_range.js";
import { paintSpotlight } from "./paint_spotlight.js";
import { paintHolds, paintSpanLabels, paintSpans, paintTasks, spanRect } from "./paint_spans.js";
import { paintTrackLabels, paintTracks } from "./paint_tracks.js";
import { Patterns } from "./patterns.js";
import { Raster } from "./raster.js";
import { fontOf, plate, PLATE_EXTRA, widthOf } from "./text.js";
import { lookOf } from "../trace/looks.js";

/** @typedef {import("./layout.js").Scene} Scene */

export class Painter {
  /** @param {CanvasRenderingContext2D} context */
  constructor(context) {
    this.context = context;
    this.raster = new Raster(context.canvas.ownerDocument);
    /** @type {Patterns | null} */
    this.patterns = null;
    this.patternsFor = "";
    /** How many flows were in sight, and whether each was drawn. */
    this.flows = { count: 0, drawn: true };
  }

  /**
   * @param {Scene} scene
   * @param {number} ratio device pixels per CSS pixel
   */
  paint(scene, ratio) {
    const { context } = this;
    const { model, size, viewport } = scene;
    const range = visibleRows(scene);
    const rows = model.rows.slice(...range);
    for (const row of rows) row.columns.update(viewport, row.group.fold.endNs, scene.hiddenLooks);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const ticks = ticksOf(context, scene);
    paintBackground(context, scene, range, ticks);
    paintRangeBand(context, scene);
    context.save();
    context.beginPath();
    context.rect(size.labels, headHeight(scene), plotWidth(scene), scene.height);
    context.clip();
    this.raster.draw(context, scene, rows, (at) => barTop(scene, range[0] + at));
    paintSpans(context, scene, this.patternsOf(scene, ratio), range);
    paintEdges(context, scene);
    paintHolds(context, scene, range);
    this.paintSelection(scene);
    this.flows = paintFlows(context, scene);
    paintTracks(context, scene);
    paintSpanLabels(context, scene, range);
    paintTasks(context, scene, range);
    paintEnds(context, scene, range);
    context.restore();
    paintRuler(context, scene, ticks);
    if (!this.flows.drawn) this.paintManyFlows(scene);
    paintMarks(context, scene);
    paintCursor(context, scene);
    paintLabels(context, scene, range);
    paintTrackLabels(context, scene);
    paintHeadings(context, scene);
    paintRange(context, scene);
    paintSpotlight(context, scene, range);
    paintScrollBar(context, scene);
    if (!model.rows.length && !model.hasHeadings) this.paintEmpty(scene);
  }

  /**
   * @param {Scene} scene
   * @param {number} ratio
   */
  patternsOf(scene, ratio) {
    const key = `${scene.theme.background} ${scene.size.lane} ${ratio}`;
    if (!this.patterns || key !== this.patternsFor) {
      this.patterns = new Patterns(this.context, scene.theme, scene.size, ratio);
      this.patternsFor = key;
    }
    return this.patterns;
  }

  /** @param {Scene} scene */
  paintSelection(scene) {
    const { selection, model, theme, size } = scene;
    const position = selection && model.positions.get(selection.key);
    if (!selection || selection.span < 0 || position === undefined || position === null) return;
    const { lane, columns } = model.rows[position];
    if (columns.look.length === 0 || selection.span >= lane.startNs.length) return;
    const look = lookOf(lane.state.data[selection.span], lane.reason.data[selection.span]);
    const rect = spanRect(scene, position, selection.span, look);
    this.context.strokeStyle = theme.accent;
    this.context.lineWidth = Math.max(2, size.stroke * 1.5);
    this.context.strokeRect(rect.x - 1, rect.y - 1, Math.max(rect.width, 1) + 2, rect.height + 2);
  }

  /** @param {Scene} scene */
  paintManyFlows(scene) {
    const { context } = this;
    paintDensity(context, scene);
    context.font = fontOf(scene.size.small, 600);
    const text = scene.strings.manyFlows(this.flows.count);
    const left = scene.width - widthOf(context, text) - PLATE_EXTRA - 10;
    plate(context, scene, text, left, scene.size.ruler / 2, { border: scene.theme.border });
  }

  /** @param {Scene} scene */
  paintEmpty(scene) {
    const { context } = this;
    context.font = fontOf(scene.size.font);
    context.fillStyle = scene.theme.muted;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const text = scene.model.hiddenRows ? scene.strings.noneShown : scene.strings.empty;
    context.fillText(text, scene.size.labels + plotWidth(scene) / 2, scene.height / 2);
  }
}
