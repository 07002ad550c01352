// An engine that traps: what is owed is told once, and nothing hangs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Driver } from "../../dist/driver.js";
import { Listeners } from "../../dist/listeners.js";

/** A driver whose engine does what a test says, with a host that counts. */
function driver(engine) {
  const listeners = new Listeners();
  const events = [];
  for (const name of ["connected", "disconnected", "connectFailed"]) {
    listeners.add(name, (event) => events.push(event));
  }
  const host = {
    stops: 0,
    now: () => 0,
    start() {},
    poke() {},
    soon() {},
    stop: () => host.stops++,
  };
  let over = 0;
  const made = new Driver(engine, host, listeners, new Set(), {}, () => over++);
  return { made, host, events, over: () => over };
}

/** What the engine reports next. */
const reports = (...list) => ({
  batchLength: () => 0,
  takeReports: () => (list.length > 0 ? JSON.stringify(list.splice(0)) : undefined),
  publish() {},
  connect() {},
  openMessages() {},
});

const trap = () => {
  throw new WebAssembly.RuntimeError("unreachable");
};

const CONNECTED = { report: "event", id: 0, type: "connected", connectionNumber: 3 };

test("a trap while connected is one disconnected event, and fails all who wait", async () => {
  const engine = reports(CONNECTED);
  const { made, host, events, over } = driver(engine);
  made.deliver();
  const pending = made.operation((it, now, id) => it.publish(id, now, "a"));
  const { stream } = made.stream(false, undefined, (it) => it.openMessages());
  const next = stream.next({});
  engine.publish = trap;
  const failed = { name: "MqttkaError", code: "engineFailed" };
  await assert.rejects(
    made.operation((it) => it.publish()),
    failed,
  );
  await assert.rejects(pending, failed);
  await assert.rejects(next, failed);
  made.crashed(new Error("again"));
  assert.deepEqual(
    events.map(({ type }) => type),
    ["connected", "disconnected"],
  );
  assert.equal(events[1].cause.kind, "engineFailed");
  assert.equal(events[1].connectionNumber, 3);
  assert.equal(events[1].isFinal, true);
  assert.deepEqual([host.stops, over()], [1, 1]);
  // Nothing goes in any more.
  engine.publish = () => assert.fail("called after the trap");
  await assert.rejects(
    made.operation((it) => it.publish()),
    failed,
  );
});

test("a trap in an attempt is one connectFailed event", async () => {
  const { made, events } = driver(reports());
  const connecting = made.operation((it) => it.connect());
  made.attempts();
  made.crashed(new WebAssembly.RuntimeError("unreachable"));
  await assert.rejects(connecting, { code: "engineFailed" });
  assert.deepEqual(
    events.map(({ type, error }) => [type, error.kind]),
    [["connectFailed", "engineFailed"]],
  );
});

test("a trap where nothing is owed is no event", () => {
  const engine = reports(CONNECTED, {
    report: "event",
    id: 0,
    type: "disconnected",
    connectionNumber: 3,
  });
  const { made, host, events } = driver(engine);
  made.deliver();
  engine.batchLength = trap;
  made.deliver();
  assert.deepEqual(
    events.map(({ type }) => type),
    ["connected", "disconnected"],
  );
  assert.equal(host.stops, 1);
});
