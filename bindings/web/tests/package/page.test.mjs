// The package bundled by those that pages are bundled with, and what came of it in a browser: one message there and back,
// with the WebAssembly and the timer's Worker loaded from where the bundler has laid them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { BUNDLERS } from "./bundlers.mjs";
import { Project } from "./project.mjs";

const CHROMIUM =
  process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync);
const MOSQUITTO = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto"].find(existsSync);
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
const PATIENCE_MS = 60_000;
const skip = CHROMIUM && MOSQUITTO ? false : "there is no chromium or no mosquitto";

let project, browser, server, broker, brokerPort;

before(async () => {
  if (skip) return;
  project = new Project();
  // One listener without WebSocket, or mosquitto 2.0.11 says that it has none.
  brokerPort = await freePort();
  const config = project.write(
    "mosquitto.conf",
    `allow_anonymous true\nlistener ${await freePort()} 127.0.0.1\nlistener ${brokerPort} 127.0.0.1\nprotocol websockets\n`,
  );
  broker = spawn(MOSQUITTO, ["-c", config], { stdio: "ignore" });
  await listens(brokerPort);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = project.path("pages", path.normalize(pathname));
    if (pathname.endsWith("/")) {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
      );
    } else if (existsSync(file)) {
      response.writeHead(200, {
        "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream",
      });
      response.end(readFileSync(file));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  await browser?.close();
  server?.close();
  broker?.kill();
  project?.remove();
});

/** A port that nobody has. */
async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function listens(port) {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    const socket = net.connect(port, "127.0.0.1");
    const open = await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    socket.destroy();
    if (open) return;
  }
  throw new Error("mosquitto does not listen");
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name}: a message there and back`, { skip, timeout: 2 * PATIENCE_MS }, async () => {
    await bundle(project, "page.js", project.path("pages", name));
    const context = await browser.newContext();
    const page = await context.newPage();
    const loaded = [];
    const problems = [];
    page.on("response", (response) =>
      loaded.push(`${response.status()} ${path.extname(new URL(response.url()).pathname)}`),
    );
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
    const base = `http://127.0.0.1:${server.address().port}`;
    await page.goto(
      `${base}/${name}/?broker=${encodeURIComponent(`ws://127.0.0.1:${brokerPort}/mqtt`)}`,
    );
    await page.waitForFunction(() => document.title !== "", undefined, { timeout: PATIENCE_MS });
    assert.equal(await page.title(), "there and back");
    assert.deepEqual(problems, []);
    assert.ok(loaded.includes("200 .wasm"), loaded.join(", "));
    const [worker] = page.workers();
    assert.ok(worker, "the timer has no Worker");
    assert.ok(
      worker.url().startsWith(`${base}/${name}/`),
      `the Worker comes from ${worker.url().slice(0, 80)}`,
    );
    await context.close();
  });
}

// Rollup and webpack would have to be told where to put chunks; that they leave out what is not used, the tests before show.
for (const name of ["esbuild", "vite"]) {
  test(`${name}: the fake broker and SCRAM, in a page`, {
    skip,
    timeout: 2 * PATIENCE_MS,
  }, async () => {
    await BUNDLERS[name](project, "tested.js", project.path("pages", `${name}-tested`));
    const page = await browser.newPage();
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
    await page.goto(`http://127.0.0.1:${server.address().port}/${name}-tested/`);
    await page.waitForFunction(() => document.title !== "", undefined, { timeout: PATIENCE_MS });
    assert.equal(await page.title(), "tested, SCRAM-SHA-256");
    assert.deepEqual(problems, []);
    await page.close();
  });
}
