// The programs of examples/node and examples/web, as their readers run them: in Node, and in Chromium.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startBroker } from "../../../../examples/web/hotspot/broker.mjs";
import { chromium, launch, open } from "../chromium.mjs";
import { serve } from "./served.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const run = promisify(execFile);
const inChromium = { skip: !chromium && "there is no Chromium", timeout: 180_000 };

let broker;
let server;
let browser;
before(async () => {
  broker = await startBroker();
  server = await serve("--broker", `127.0.0.1:${broker.port}`);
  if (chromium) browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  broker?.stop();
});

test("node/hello.mjs, over TCP and WebSocket", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "mqttka-hello-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "bindings/web"), join(folder, "node_modules/mqttka"));
  cpSync(join(root, "examples/node/hello.mjs"), join(folder, "hello.mjs"));
  for (const url of [
    `mqtt://127.0.0.1:${broker.plainPort}`,
    `ws://127.0.0.1:${broker.port}/mqtt`,
  ]) {
    const { stdout } = await run(process.execPath, [join(folder, "hello.mjs"), url], {
      timeout: 60_000,
    });
    assert.match(stdout, /^received: hello$/m, url);
  }
});

test("web/hello.html", inChromium, async () => {
  const page = await open(browser, `${server.url}hello.html`);
  await page.sees("#out", "received: hello");
  assert.deepEqual(page.errors, []);
});

test("the demo: cut, told within the bound, back again", inChromium, async () => {
  const page = await open(browser, server.url);
  await page.selectOption("#keep-alive", "2");
  await page.click("#connect");
  await page.sees("#log", "EVENT: connected; keep-alive 2 s");
  await page.click("#publish");
  await page.sees("#log", '"hello 1" came back from the broker');
  await page.sees("#log", "PINGRESP page <- broker");
  await page.click("#cut");
  await page.sees("#log", "PINGREQ  page -> nowhere");
  await page.sees("#verdict", "disconnected after");
  const [, seconds, bound, events, reason] =
    /after ([\d.]+) s \(bound ([\d.]+) s\), events: (\d+), reason: (\w+)/.exec(
      await page.textContent("#verdict"),
    );
  assert.deepEqual([bound, events, reason], ["3.00", "1", "keepAliveTimeout"]);
  // Never before its time. How exactly the bound is kept, the browser lab measures: this machine may be busy.
  assert.ok(Number(seconds) >= 2.85, seconds);
  await page.click("#publish");
  await page.sees("#log", '"hello 2" waits for the connection');
  await page.click("#cut"); // which brings it back now
  await page.sees("#verdict", "Back by itself");
  await page.sees("#log", '"hello 2" came back from the broker');
  assert.equal(
    (await page.textContent("#log")).split("EVENT: disconnected").length,
    2,
    "one event",
  );
  assert.deepEqual(page.errors, [], "what its own policy forbids would be here, too");
});

test("the demo: a cut that is shorter than the bound is no event", inChromium, async () => {
  // How long the cut was is for the page to say, not for this machine's scheduler: where a busy one made it as long as the
  // bound, a longer bound is tried.
  for (const keepAlive of ["5", "10", "10"]) {
    const page = await open(browser, server.url);
    await page.selectOption("#keep-alive", keepAlive);
    // Whoever heals the path is in the page, and does it as it hears of the trouble.
    await page.evaluate(() => {
      let healed = false;
      new MutationObserver(() => {
        const log = document.querySelector("#log").textContent;
        if (!healed && log.includes("EVENT: suspect")) {
          healed = true;
          document.querySelector("#cut").click();
        }
      }).observe(document.querySelector("#log"), { childList: true });
    });
    await page.click("#connect");
    await page.sees("#log", "PINGRESP page <- broker");
    await page.click("#cut");
    await page.sees("#log", "the internet is gone");
    await page.sees("#log", /EVENT: alive|EVENT: disconnected/);
    const log = await page.textContent("#log");
    if (!log.includes("EVENT: disconnected")) {
      await page.close();
      return;
    }
    await page.sees("#verdict", "disconnected after");
    const verdict = await page.textContent("#verdict");
    const [, seconds, bound] = /after ([\d.]+) s \(bound ([\d.]+) s\)/.exec(verdict);
    // What is paid for dispatch is at most a quarter of a second.
    const silent = Number(seconds) >= Number(bound) - 0.25;
    assert.ok(silent, `told although nothing was silent for the bound: ${verdict}`);
    await page.close();
  }
  assert.fail("this machine was too busy for any cut to be shorter than the bound");
});

test("Blazor's module, with an object in the place of .NET's", inChromium, async () => {
  const shown = readFileSync(join(root, "docs/blazor.md"), "utf8").match(/```js\n(.*?)```/s)[1];
  const file = readFileSync(join(root, "examples/web/blazor/mqttka-blazor.js"), "utf8");
  assert.equal(file.slice(file.indexOf("import ")), shown, "docs/blazor.md shows another module");
  const page = await open(browser, `${server.url}hello.html`);
  const heard = await page.evaluate(
    async (broker) => {
      const { open } = await import("/blazor/mqttka-blazor.js");
      const heard = [];
      let got;
      const message = new Promise((resolve) => {
        got = resolve;
      });
      let left;
      const gone = new Promise((resolve) => {
        left = resolve;
      });
      const dotnet = {
        async invokeMethodAsync(method, ...args) {
          if (method === "OnMessage")
            got([
              args[0],
              args[1],
              args[2] instanceof Uint8Array,
              new TextDecoder().decode(args[2]),
            ]);
          else heard.push([method, args[0], typeof args[1]].join(" "));
          if (args[0] === "disconnected") left();
        },
      };
      const client = open(dotnet, broker, { keepAlive: 10 });
      await client.connect();
      await client.subscribe(7, "blazor/#", 1);
      await client.publish("blazor/a", new TextEncoder().encode("hello"), 1, false);
      heard.push(await message);
      await client.unsubscribe(7);
      await client.disconnect();
      client.close();
      await gone;
      return heard;
    },
    `${server.url.replace("http", "ws")}mqtt`,
  );
  assert.deepEqual(heard[0], "OnEvent connected string");
  assert.deepEqual(heard[1], [7, "blazor/a", true, "hello"]);
  assert.deepEqual(heard[2], "OnEvent disconnected string");
});
