// Listeners and loops of events.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Events, Listeners } from "../../dist/listeners.js";

test("a loop that is too slow is told so after what waits for it, and no event is missing before", async () => {
  let forgotten = 0;
  const events = new Events(() => forgotten++);
  for (let index = 0; index < 1030; index++) events.push({ index });
  for (let index = 0; index < 1024; index++) {
    assert.deepEqual((await events.next()).value, { index });
  }
  assert.ok(forgotten > 0);
  await assert.rejects(events.next(), { code: "eventsNotTaken" });
  assert.equal((await events.next()).done, true);
});

test("who waits gets the next event, and the end", async () => {
  const events = new Events(() => {});
  const waiting = [events.next(), events.next()];
  events.push({ index: 1 });
  events.end();
  assert.deepEqual(await Promise.all(waiting), [
    { done: false, value: { index: 1 } },
    { done: true, value: undefined },
  ]);
});

test("a listener that was added twice is called twice, and removed once", () => {
  const listeners = new Listeners();
  let calls = 0;
  const listener = () => calls++;
  listeners.add("alive", listener);
  listeners.add("alive", listener);
  listeners.emit({ type: "alive" });
  assert.equal(listeners.remove("alive", listener), true);
  listeners.emit({ type: "alive" });
  assert.equal(calls, 3);
  assert.equal(listeners.remove("suspect", listener), false);
  assert.throws(() => listeners.add("alive", "no function"), TypeError);
});
