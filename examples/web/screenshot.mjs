#!/usr/bin/env node
// Makes docs/figures/web-demo.webp and web-demo-dark.webp: the demo page in Chromium, after the path was cut and brought back.
// Needs Chromium (CHROMIUM names one that is elsewhere), mosquitto, and the package in bindings/web/dist.

import { writeFileSync } from "node:fs";
import { Browser } from "../../bindings/web/tests/chromium.mjs";
import { serve } from "../../bindings/web/tests/examples/served.mjs";

const LARGEST = 150_000; // bytes

const server = await serve(...process.argv.slice(2));
const browser = new Browser();
try {
  const page = await browser.page(server.url, { width: 880, height: 800, scale: 1.5 });
  await page.click("#connect");
  await page.sees("#log", "EVENT: connected");
  await page.click("#publish");
  await page.sees("#log", "PINGRESP");
  await page.click("#cut");
  await page.sees("#log", "EVENT: disconnected");
  await page.sees("#verdict", "disconnected after");
  await page.click("#publish");
  await page.click("#cut");
  await page.sees("#verdict", "Back by itself");
  await page.sees("#log", '"hello 2" came back');
  for (const [scheme, name] of [["light", "web-demo.webp"], ["dark", "web-demo-dark.webp"]]) {
    await page.scheme(scheme);
    await page.call(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const bytes = await page.picture(80);
    if (bytes.length > LARGEST) throw new Error(`${name} would have ${bytes.length} bytes, more than ${LARGEST}`);
    writeFileSync(new URL(`../../docs/figures/${name}`, import.meta.url), bytes);
    console.log(`docs/figures/${name}: ${bytes.length} bytes`);
  }
} finally {
  await browser.close();
  await server.stop();
}
