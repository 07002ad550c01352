// Headless Chromium over a pipe, by its DevTools protocol: as much as the examples and their picture need.
// CHROMIUM names another one than the first of those below that is there.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where it is, or undefined. */
export const chromium = PLACES.find((path) => path && existsSync(path));

export class Browser {
  #process;
  #profile = mkdtempSync(join(tmpdir(), "mqttka-chromium-"));
  #waiting = new Map(); // id -> {resolve, reject}
  #listeners = new Map(); // session -> function
  #lastId = 0;
  #rest = "";

  constructor() {
    const flags = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu"];
    this.#process = spawn(chromium, [...flags, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      detached: true, // with all its processes it is one group
    });
    this.#process.stdio[4].setEncoding("utf8").on("data", (text) => this.#read(text));
    this.#process.on("exit", () => this.#fail(new Error("Chromium ended")));
    this.#process.on("error", (error) => this.#fail(error));
    process.on("exit", this.#kill);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  async page(url, { width = 880, height = 820, scale = 1 } = {}) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    this.#listeners.set(sessionId, (method, params) => page.hear(method, params));
    for (const domain of ["Page", "Runtime", "Log"]) await page.send(`${domain}.enable`);
    const metrics = { width, height, deviceScaleFactor: scale, mobile: false };
    await page.send("Emulation.setDeviceMetricsOverride", metrics);
    await page.open(url);
    return page;
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.send("Browser.close").catch(() => {});
    await ended;
    process.off("exit", this.#kill);
    this.#kill();
  }

  #kill = () => {
    try {
      process.kill(-this.#process.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  };

  #read(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages) {
      const { id, result, error, method, params, sessionId } = JSON.parse(message);
      if (id === undefined) this.#listeners.get(sessionId)?.(method, params);
      else {
        const { resolve, reject } = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error) reject(new Error(error.message));
        else resolve(result);
      }
    }
  }

  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

class Page {
  /** What went wrong in the page. */
  errors = [];
  #browser;
  #session;
  #loaded = () => {};

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
  }

  hear(method, params) {
    if (method === "Page.loadEventFired") this.#loaded();
    else if (method === "Runtime.exceptionThrown")
      this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    else if (method === "Log.entryAdded" && params.entry.level === "error")
      this.errors.push(`${params.entry.text} ${params.entry.url ?? ""}`);
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  async open(url) {
    const loaded = new Promise((resolve) => {
      this.#loaded = resolve;
    });
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** Calls a function in the page; what it gives must be JSON. */
  async call(code, ...args) {
    const expression = `(${code})(...${JSON.stringify(args)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  click(selector) {
    return this.call((selector) => document.querySelector(selector).click(), selector);
  }

  /** Waits until an element has this text in it. */
  async sees(selector, text) {
    const seen = await this.call(
      async (selector, text) => {
        const end = performance.now() + 60_000;
        while (performance.now() < end) {
          if (document.querySelector(selector)?.textContent.includes(text)) return true;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return document.querySelector(selector)?.textContent;
      },
      selector,
      text,
    );
    if (seen !== true)
      throw new Error(`${selector} shows no "${text}", but: ${seen}\n${this.errors.join("\n")}`);
  }

  text(selector) {
    return this.call((selector) => document.querySelector(selector).textContent, selector);
  }

  async picture(quality) {
    const { data } = await this.send("Page.captureScreenshot", { format: "webp", quality });
    return Buffer.from(data, "base64");
  }

  scheme(value) {
    return this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value }],
    });
  }
}
