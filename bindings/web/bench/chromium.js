// Runs clients in headless Chromium, each run in a page of its own. The page is one bundle, as an application would be.

import { copyFileSync, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PATIENCE_MS = 60_000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** What the package asks for beside its own code. */
const ASSETS = ["generated/mqttka_bg.wasm", "host/timer-worker.js"];

/** Where the browser is; undefined: there is none. */
export const program = () => process.env.CHROMIUM ?? PLACES.find(existsSync);

/** A minified bundle of a page's program, with the files it asks for beside it: the folder. */
async function bundle(client, into) {
  const out = path.join(into, client);
  await build({
    stdin: {
      contents: `import * as driver from "./clients/${client}.js"; import { run } from "./page.js"; run(driver);`,
      resolveDir: HERE,
    },
    outfile: path.join(out, "page.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
  });
  // esbuild leaves `new URL("file", import.meta.url)` as it is.
  for (const file of ASSETS)
    copyFileSync(path.join(HERE, "..", "dist", file), path.join(out, path.basename(file)));
  return out;
}

/** A run that takes longer is stuck. */
function inTime(run) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not done after ${PATIENCE_MS / 1000} s`)),
      PATIENCE_MS,
    );
  });
  return Promise.race([run, late]).finally(() => clearTimeout(timer));
}

export class Browser {
  static async start(clients, into) {
    const folders = Object.fromEntries(
      await Promise.all(clients.map(async (name) => [name, await bundle(name, into)])),
    );
    const server = createServer(async (request, response) => {
      const [, client, file = ""] = request.url.split(/[?#]/)[0].split("/");
      const page = `<!doctype html><meta charset="utf-8"><title>${client}</title><script type="module" src="page.js"></script>`;
      try {
        const body =
          file === ""
            ? page
            : await readFile(path.join(folders[client] ?? "", path.basename(file)));
        response.writeHead(200, {
          "Content-Type": TYPES[path.extname(file) || ".html"],
          "Cache-Control": "no-store",
        });
        response.end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath: program(),
      // A page that is measured is one that a person looks at.
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
    });
    return new Browser(browser, server, await browser.newBrowserCDPSession());
  }

  constructor(browser, server, session) {
    Object.assign(this, { browser, server, session });
    this.base = `http://127.0.0.1:${server.address().port}`;
  }

  /** Milliseconds on the processor since they began: the page's process, and the one that has its sockets. */
  async processor() {
    const { processInfo } = await this.session.send("SystemInfo.getProcessInfo");
    const sum = (wanted) =>
      1000 *
      processInfo
        .filter(({ type }) => wanted.test(type))
        .reduce((total, { cpuTime }) => total + cpuTime, 0);
    return { page: sum(/renderer/i), sockets: sum(/network|utility/i) };
  }

  /** One run, in a fresh page of a fresh profile. */
  async run(client, work) {
    const context = await this.browser.newContext();
    try {
      const page = await context.newPage();
      const failures = [];
      page.on("pageerror", (error) => failures.push(String(error)));
      let before;
      await page.exposeFunction("measured", async () => (before = await this.processor()));
      const query = work.mode === "cold" ? `?cold=${encodeURIComponent(JSON.stringify(work))}` : "";
      await page.goto(`${this.base}/${client}/${query}`);
      await page.waitForFunction(() => globalThis.ready ?? globalThis.failed, undefined, {
        timeout: 30_000,
      });
      const result = await inTime(page.evaluate((given) => globalThis.ready(given), work));
      if (failures.length > 0) throw new Error(failures.join("; "));
      const after = await this.processor();
      if (before)
        Object.assign(result, {
          cpu: after.page - before.page,
          sockets: after.sockets - before.sockets,
        });
      return result;
    } finally {
      await context.close();
    }
  }

  async stop() {
    await this.browser.close();
    this.server.close();
  }
}
