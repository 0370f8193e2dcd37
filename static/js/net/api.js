// The server's JSON API. A failed request throws a Problem whose text is a sentence for the learner.

const NOBODY_BEHIND = [502, 503, 504];

export class Problem extends Error {
  /**
   * @param {string} sentence
   * @param {number} status 0: no answer at all
   * @param {{name: string, detail: string}[]} [errors] what is wrong with which parameter
   * @param {Record<string, any>} [answer] all that the server said
   */
  constructor(sentence, status, errors = [], answer = {}) {
    super(sentence);
    this.status = status;
    this.errors = errors;
    this.answer = answer;
  }
}

export class Api {
  /**
   * @param {string} token
   * @param {() => string} lang the language that answers should be in
   */
  constructor(token, lang) {
    this.token = token;
    this.lang = lang;
  }

  /**
   * @param {string} lesson @param {Record<string, unknown>} params @param {string} caseId "" = the first one
   * @returns {Promise<{id: string, url: string, state: string, place?: number}>} place: how many begin before it
   */
  startRun(lesson, params, caseId) {
    return this.#send("POST", "/api/runs", { lesson, params, ...(caseId && { case: caseId }) });
  }

  /**
   * Run a program of one's own.
   * @param {string} code @param {Record<string, unknown>} switches
   * @returns {Promise<{id: string, url: string}>}
   */
  runCode(code, switches) {
    return this.#send("POST", "/api/runs", { code, ...switches });
  }

  /** Keep a program for whoever has the link. @param {string} code @returns {Promise<{id: string, url: string}>} */
  share(code) {
    return this.#send("POST", "/api/snippets", { code });
  }

  /** What a run that has ended came to; 409 while it is going. @param {string} id @returns {Promise<any>} */
  outcomes(id) {
    return this.#send("GET", `/api/runs/${encodeURIComponent(id)}/outcomes`);
  }

  /** How a run stands, without its events. @param {string} id @returns {Promise<{state: string, lesson: string | null}>} */
  run(id) {
    return this.#send("GET", `/api/runs/${encodeURIComponent(id)}`);
  }

  /** One's own runs. @param {URLSearchParams} query see web/library.py @returns {Promise<any>} */
  runs(query) {
    return this.#send("GET", `/api/runs?${query}`);
  }

  /** @param {string} id @param {{name?: string | null, kept?: boolean}} change @returns {Promise<{name: string | null, kept: boolean}>} */
  changeRun(id, change) {
    return this.#send("PATCH", `/api/runs/${encodeURIComponent(id)}`, change);
  }

  /** Delete a recorded run for good. @param {string} id */
  removeRun(id) {
    return this.#send("DELETE", `/api/runs/${encodeURIComponent(id)}/record`);
  }

  /** @param {string} id */
  stopRun(id) {
    return this.#send("DELETE", `/api/runs/${encodeURIComponent(id)}`);
  }

  /**
   * What the server would put into this page in another language; it remembers the choice.
   * @param {string} lang
   * @returns {Promise<any>} the page's data
   */
  async page(lang) {
    const url = new URL(location.href);
    url.searchParams.set("lang", lang);
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) throw new Problem("", response?.status ?? 0);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return JSON.parse(page.getElementById("page-data")?.textContent ?? "");
  }

  /** Have the server remember a theme for the next page. @param {string} theme */
  async rememberTheme(theme) {
    await fetch(`/?theme=${theme}`, { method: "HEAD" }).catch(() => null);
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  async #send(method, path, body) {
    const headers = new Headers({ Accept: "application/json", "Accept-Language": this.lang() });
    headers.set("X-Lab-Token", this.token);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const url = new URL(path, location.origin);
    url.searchParams.set("lang", this.lang());
    let response;
    try {
      response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch {
      throw new Problem("", 0);
    }
    const answer = await response.json().catch(() => null);
    // A proxy says so, in a page of its own, where nobody is behind it.
    if (answer === null && NOBODY_BEHIND.includes(response.status)) throw new Problem("", 0);
    if (!response.ok)
      throw new Problem(answer?.detail ?? answer?.title ?? "", response.status, answer?.errors, answer ?? {});
    return answer;
  }
}
