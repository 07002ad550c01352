import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

import { FakeTime } from "./fakes.ts";

interface Scope {
  onmessage?: (event: { data: { id: number; delay: number } }) => void;
}

/** `.js` where the tests are compiled: the Worker can be run; else it has types, and only stands here. */
const suffix = import.meta.url.slice(-3);
const skip = suffix === ".ts";

async function read(name: string): Promise<string> {
  return await readFile(new URL(`../../src/host/${name}${suffix}`, import.meta.url), "utf8");
}

/** What is compiled, in a scope of its own. */
async function source(): Promise<string> {
  return (await read("timer-worker")).replace(/^export \{\};?$/m, "");
}

/** The same once more, as it stands in `browser.ts`. */
async function inline(): Promise<string> {
  const found = /const TIMER = `([^`]*)`/.exec(await read("browser"))?.[1];
  assert.ok(found);
  return found;
}

for (const [name, text] of [
  ["file", source],
  ["inline", inline],
] as const) {
  test(`the timer Worker (${name}) tells each alarm once, and takes orders back`, {
    skip: skip && text === source,
  }, async () => {
    const time = new FakeTime();
    const told: number[] = [];
    const scope: Scope & Record<string, unknown> = {
      postMessage: ({ id }: { id: number }) => told.push(id),
      setTimeout: (fire: () => void, delay: number) => time.after(delay, fire),
      clearTimeout: (timer: unknown) => time.cancel(timer),
    };
    runInNewContext(await text(), scope);
    const order = (id: number, delay: number) => scope.onmessage?.({ data: { id, delay } });
    order(1, 100);
    order(2, 50);
    order(3, 70);
    order(3, -1);
    order(2, 200);
    order(9, -1);
    time.pass(100);
    assert.deepEqual(told, [1]);
    time.pass(10_000);
    assert.deepEqual(told, [1, 2]);
    order(1, 0);
    time.pass(0);
    assert.deepEqual(told, [1, 2, 1]);
    assert.equal(time.timers, 0);
  });
}
