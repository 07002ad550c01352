// Headless Chromium for the examples and their picture. CHROMIUM names one that is elsewhere.

import { existsSync } from "node:fs";
import playwright from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const WAIT = 60_000; // ms, against hanging

/** Where it is, or undefined. */
export const chromium = PLACES.find((path) => path && existsSync(path));

export function launch() {
  return playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });
}

/** A page, with `errors`, what went wrong in it, and `sees`, which waits until an element has a text in it. */
export async function open(browser, url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 880, height: 800 }, ...options });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  const sees = async (selector, text) => {
    const element = page.locator(selector);
    try {
      await element.filter({ hasText: text }).waitFor({ timeout: WAIT });
    } catch {
      throw new Error(
        `${selector} shows no "${text}", but: ${await element.textContent()}\n${errors.join("\n")}`,
      );
    }
  };
  return Object.assign(page, { errors, sees });
}
