#!/usr/bin/env node
// Makes docs/figures/web-demo.webp and web-demo-dark.webp: the demo page in Chromium, after the path was cut and brought back.
// Needs Chromium (CHROMIUM names one that is elsewhere), mosquitto, and bindings/web/build before it.

import { writeFileSync } from "node:fs";
import { launch, open } from "../../bindings/web/tests/chromium.mjs";
import { serve } from "../../bindings/web/tests/examples/served.mjs";

const LARGEST = 150_000; // bytes

const server = await serve(...process.argv.slice(2));
const browser = await launch();
try {
  const page = await open(browser, server.url, { deviceScaleFactor: 1.5 });
  const session = await page.context().newCDPSession(page);
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
  await page.sees("#age", "1."); // so that there is something in the bar
  for (const [scheme, name] of [["light", "web-demo.webp"], ["dark", "web-demo-dark.webp"]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    // Playwright has no WebP.
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
    const bytes = Buffer.from(data, "base64");
    if (bytes.length > LARGEST) throw new Error(`${name} would have ${bytes.length} bytes, more than ${LARGEST}`);
    writeFileSync(new URL(`../../docs/figures/${name}`, import.meta.url), bytes);
    console.log(`docs/figures/${name}: ${bytes.length} bytes`);
  }
} finally {
  await browser.close();
  await server.stop();
}
