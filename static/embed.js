// <concurrency-lab>: a lesson of Concurrency Lab, or a recorded run, in a page of yours (docs/embedding.md).
//
//   <script src="https://lab.example.org/static/embed.js" async></script>
//   <concurrency-lab lesson="fork-twice" src="fork-twice.html"></concurrency-lab>
//
// It needs nothing but this file, which may also be copied beside the page; then say `server`.
(() => {
  const NAME = "concurrency-lab";
  const VERSION = "1.0.0";
  const PROTOCOL = 1;
  const PARAMETERS = ["lang", "theme", "panels", "autoplay", "t", "height", "controls"];
  const USUAL_PX = 480;
  const LEAST_PX = 120;
  const MOST_PX = 2000;
  const PATIENCE_S = 10;
  /** A frame that is about to be scrolled to is loaded. */
  const NEARLY_IN_SIGHT = "400px";
  const LIVE_SANDBOX =
    "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";
  // A file beside the page has the page's own origin: without one of its own it can do nothing to the page.
  const FILE_SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads";
  const STYLES = `
    :host { display: block; margin: 1em 0; }
    :host([hidden]) { display: none; }
    iframe { display: block; box-sizing: border-box; width: 100%; border: 1px solid #8a8f98; border-radius: 6px; }
    p { margin: 0 0 6px; padding: 8px 12px; border-left: 4px solid #c28800; font: 14px/1.45 system-ui, sans-serif;
      background: light-dark(#fff7e0, #33290d); color: light-dark(#16191d, #e8eaed); }
    button { margin-left: 8px; padding: 3px 10px; font: inherit; cursor: pointer; }
    a { color: inherit; }`;
  /** @type {Record<string, Record<string, string>>} */
  const WORDS = {
    en: {
      title: "Concurrency Lab: {what}",
      unreachable: "The lab at {server} could not be reached, or does not let this page show it.",
      recorded: "Below is a recorded run.",
      nothing: "This element needs a lesson, a run or a src.",
      open: "Open it in a tab of its own",
      again: "Try again",
    },
    zh: {
      title: "并发实验室：{what}",
      unreachable: "无法连接 {server} 上的实验室，或者它不允许本页面显示。",
      recorded: "下面是一次录制好的运行。",
      nothing: "这个元素需要 lesson、run 或 src。",
      open: "在新标签页中打开",
      again: "重试",
    },
  };
  const script = document.currentScript;
  const origin = script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : "";
  const style = new CSSStyleSheet();
  style.replaceSync(STYLES);

  /** Fires lab-ready, lab-started, lab-step, lab-answer, lab-ended, lab-error and lab-state, with what is told as `detail`. */
  class ConcurrencyLab extends HTMLElement {
    static version = VERSION;
    static observedAttributes = ["lesson", "run", "src", "fallback", "server", ...PARAMETERS];

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style];
      /** @type {HTMLIFrameElement | null} */
      this.frame = null;
      /** Where what the frame says comes from; "null": a file that has no origin of its own. */
      this.frameOrigin = "";
      /** @type {"waiting" | "live" | "recorded" | "failed"} */
      this.state = "waiting";
      this.changing = false;
      /** It was in sight: from then on a change of its attributes shows. */
      this.begun = false;
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      this.timer = undefined;
      /** @type {IntersectionObserver | null} */
      this.sight = null;
      this.hear = (/** @type {MessageEvent} */ event) => this.#onMessage(event);
    }

    connectedCallback() {
      addEventListener("message", this.hear);
      this.sight = new IntersectionObserver(
        (entries) => {
          if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
          this.sight?.disconnect();
          this.show();
        },
        { rootMargin: NEARLY_IN_SIGHT },
      );
      this.#replace();
      this.sight.observe(this);
    }

    disconnectedCallback() {
      removeEventListener("message", this.hear);
      this.sight?.disconnect();
      clearTimeout(this.timer);
    }

    /** @param {string} name @param {string | null} before @param {string | null} after */
    attributeChangedCallback(name, before, after) {
      if (before === after || !this.begun) return;
      if (name === "theme") return this.setTheme(after ?? "auto");
      if (name === "height") return this.#setHeight(Number(after) || USUAL_PX);
      if (this.changing) return;
      // Several attributes that are set one after the other are one change.
      this.changing = true;
      queueMicrotask(() => {
        this.changing = false;
        if (this.isConnected) this.show();
      });
    }

    // -- what can be asked of it ---------------------------------------------------------------------------

    run() {
      this.#send("run");
    }

    stop() {
      this.#send("stop");
    }

    play() {
      this.#send("play");
    }

    pause() {
      this.#send("pause");
    }

    /** @param {1 | -1} [by] @param {boolean} [lane] keep to the chosen lane */
    step(by = 1, lane = false) {
      this.#send("step", { by, lane });
    }

    /** @param {number} seconds of the run */
    seek(seconds) {
      this.#send("seek", { seconds });
    }

    /** @param {string} theme auto, light, dark or projector */
    setTheme(theme) {
      this.#send("set-theme", { theme });
    }

    /** @param {string} type @param {Record<string, unknown>} [detail] */
    #send(type, detail = {}) {
      const target = this.frameOrigin === "null" ? "*" : this.frameOrigin;
      const message = { ...detail, source: NAME, version: PROTOCOL, type };
      if (target) this.frame?.contentWindow?.postMessage(message, target);
    }

    // -- what it shows -------------------------------------------------------------------------------------

    /** Show the lesson or run that the attributes say, from its server; else the recorded run. */
    show() {
      this.begun = true;
      clearTimeout(this.timer);
      const path = this.#path();
      if (!path) return this.#file ? this.#showFile([]) : this.#fail([this.#note(this.#words.nothing)]);
      const server = this.#server;
      if (!server) return this.#fallBack();
      const url = new URL(path, server);
      for (const name of PARAMETERS) {
        const value = this.getAttribute(name);
        if (value !== null) url.searchParams.set(name, name === "autoplay" && value === "" ? "1" : value);
      }
      this.#setState("waiting");
      this.frameOrigin = server;
      this.#replace(this.#makeFrame(url.href, LIVE_SANDBOX));
      this.timer = setTimeout(
        () => this.#fallBack(),
        (Number(this.getAttribute("timeout")) || PATIENCE_S) * 1000,
      );
    }

    #path() {
      const [run, lesson] = ["run", "lesson"].map((name) =>
        encodeURIComponent(this.getAttribute(name) ?? ""),
      );
      return run ? `/embed/runs/${run}` : lesson && `/embed/${lesson}`;
    }

    get #file() {
      return this.getAttribute("src") ?? this.getAttribute("fallback") ?? "";
    }

    /** The server's origin; "": there is none. */
    get #server() {
      try {
        return new URL(this.getAttribute("server") || origin, document.baseURI).origin;
      } catch {
        return "";
      }
    }

    get #words() {
      const language = this.getAttribute("lang") ?? (document.documentElement.lang || "en");
      return WORDS[language.startsWith("zh") ? "zh" : "en"];
    }

    /** @param {string} [reason] what the server said; without it nothing was heard of it */
    #fallBack(reason = "") {
      clearTimeout(this.timer);
      const words = this.#words;
      const note = this.#note(reason || words.unreachable.replace("{server}", this.#server));
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = words.again;
      again.addEventListener("click", () => this.show());
      if (this.#file) {
        note.append(` ${words.recorded}`, again);
        return this.#showFile([note]);
      }
      const link = document.createElement("a");
      link.href = new URL(this.#path(), this.#server || document.baseURI).href;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = words.open;
      note.append(" ", link, again);
      this.#fail([note]);
    }

    /** @param {HTMLElement[]} notes */
    #showFile(notes) {
      this.frameOrigin = "null";
      const url = new URL(this.#file, document.baseURI);
      for (const name of ["lang", "theme"]) {
        const value = this.getAttribute(name);
        if (value !== null && !url.searchParams.has(name)) url.searchParams.set(name, value);
      }
      this.#replace(...notes, this.#makeFrame(url.href, FILE_SANDBOX));
      this.#setState("recorded");
    }

    /** @param {HTMLElement[]} notes */
    #fail(notes) {
      this.#replace(...notes);
      this.#setState("failed");
    }

    /** @param {string} text */
    #note(text) {
      const note = document.createElement("p");
      note.setAttribute("role", "status");
      note.textContent = text;
      return note;
    }

    /** @param {string} src @param {string} sandbox */
    #makeFrame(src, sandbox) {
      const frame = document.createElement("iframe");
      const what = this.getAttribute("lesson") ?? this.getAttribute("run") ?? this.#file;
      frame.title = this.getAttribute("label") ?? this.#words.title.replace("{what}", what);
      frame.loading = "lazy";
      frame.setAttribute("sandbox", sandbox);
      frame.allow = "clipboard-write";
      frame.src = src;
      this.frame = frame;
      this.#setHeight(Number(this.getAttribute("height")) || USUAL_PX);
      return frame;
    }

    /** @param {HTMLElement[]} elements */
    #replace(...elements) {
      if (!elements.some((element) => element === this.frame)) this.frame = null;
      this.shadowRoot?.replaceChildren(...elements);
    }

    /** @param {number} px */
    #setHeight(px) {
      if (this.frame) this.frame.style.height = `${Math.round(Math.max(LEAST_PX, Math.min(MOST_PX, px)))}px`;
    }

    /** @param {typeof this.state} state */
    #setState(state) {
      this.state = state;
      this.#fire("state", { state });
    }

    // -- what it is told -----------------------------------------------------------------------------------

    /** @param {MessageEvent} event */
    #onMessage({ source, origin: from, data }) {
      if (!this.frame || source !== this.frame.contentWindow || from !== this.frameOrigin) return;
      if (data?.source !== NAME || data.version !== PROTOCOL || typeof data.type !== "string") return;
      if (data.type === "resize" && !this.getAttribute("height"))
        this.#setHeight(Number(data.height) || USUAL_PX);
      if (this.state === "waiting" && data.type === "ready") {
        clearTimeout(this.timer);
        this.#setState("live");
      }
      // The server answered, but has no such lesson or run.
      if (this.state === "waiting" && data.type === "error") this.#fallBack(String(data.text ?? ""));
      this.#fire(data.type, data);
    }

    /** @param {string} type @param {unknown} detail */
    #fire(type, detail) {
      this.dispatchEvent(new CustomEvent(`lab-${type}`, { detail, bubbles: true }));
    }
  }

  if (!customElements.get(NAME)) customElements.define(NAME, ConcurrencyLab);
})();
