#!/usr/bin/env node
// Makes docs/figures/web-demo.webp and web-demo-dark.webp: the demo page in Chromium, after the path was cut and brought back.
// Needs Chromium (CHROMIUM names another one than /usr/bin/chromium), mosquitto, the package in bindings/web/dist, and
// playwright-core of bindings/web.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { chromium } = createRequire(here("../../bindings/web/package.json"))("playwright-core");
const LARGEST = 150_000; // bytes

const server = spawn(process.execPath, [here("hotspot.mjs"), "--port", "0", ...process.argv.slice(2)], { stdio: ["ignore", "pipe", "inherit"] });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const url = await new Promise((resolve, reject) => {
    server.stdout.once("data", (text) => resolve(String(text).trim()));
    server.once("exit", () => reject(new Error("the demo's server ended")));
  });
  const page = await browser.newPage({ viewport: { width: 880, height: 820 }, deviceScaleFactor: 1.5 });
  page.on("pageerror", (error) => console.error(error));
  const is = (...states) => page.locator(states.map((state) => `#state[data-state="${state}"]`).join(", ")).waitFor({ timeout: 60_000 });
  const logged = (text) => page.locator("#log", { hasText: text }).waitFor({ timeout: 60_000 });
  await page.goto(url);
  await page.click("#connect");
  await is("connected");
  await page.click("#publish");
  await logged("PINGRESP");
  await page.click("#cut");
  await logged("EVENT: disconnected");
  await page.click("#publish");
  await page.click("#cut");
  await logged("EVENT: connected,");
  await logged('"hello 2" came back');
  await page.locator("#verdict", { hasText: "Back by itself" }).waitFor();
  const session = await page.context().newCDPSession(page);
  for (const [scheme, file] of [["light", "web-demo.webp"], ["dark", "web-demo-dark.webp"]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    const bytes = Buffer.from(data, "base64");
    if (bytes.length > LARGEST) throw new Error(`${file} would have ${bytes.length} bytes, more than ${LARGEST}`);
    writeFileSync(here(`../../docs/figures/${file}`), bytes);
    console.log(`docs/figures/${file}: ${bytes.length} bytes`);
  }
} finally {
  await browser.close();
  server.kill();
}
