// A canvas that fills its host: pixel ratio, resizing, one frame per change. Knows nothing of what is drawn.

export class CanvasView {
  /**
   * @param {HTMLElement} host
   * @param {{resize: (width: number, height: number) => void, paint: (ratio: number) => void}} owner
   */
  constructor(host, owner) {
    this.owner = owner;
    this.canvas = host.ownerDocument.createElement("canvas");
    this.canvas.style.display = "block";
    this.canvas.style.position = "absolute";
    this.canvas.style.inset = "0";
    this.canvas.style.width = "100%";
    this.canvas.style.height = "100%";
    // A canvas in the flow would hold its host open when that wants to shrink.
    if (getComputedStyle(host).position === "static") host.style.position = "relative";
    host.append(this.canvas);
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.frame = 0;
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(host);
    this.onRatio = () => this.measure();
    this.watchRatio();
    this.measure();
  }

  /** A window dragged to another screen changes the pixel ratio without changing the host's size. */
  watchRatio() {
    this.ratioQuery = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.ratioQuery.addEventListener("change", this.onRatio, { once: true });
  }

  measure() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = devicePixelRatio || 1;
    if (clientWidth === this.width && clientHeight === this.height && ratio === this.ratio) return;
    if (ratio !== this.ratio) {
      this.ratioQuery?.removeEventListener("change", this.onRatio);
      this.watchRatio();
    }
    this.width = clientWidth;
    this.height = clientHeight;
    this.ratio = ratio;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    this.owner.resize(clientWidth, clientHeight);
    // At once: a resized canvas is blank until it is painted.
    this.paintNow();
  }

  /** Paint once before the next frame, however often this is called. */
  request() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.width > 0 && this.height > 0) this.owner.paint(this.ratio);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.ratioQuery?.removeEventListener("change", this.onRatio);
    this.canvas.remove();
  }
}
