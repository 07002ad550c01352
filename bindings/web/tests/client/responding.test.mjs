// Requests of others are answered several at a time.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { connect } from "../../dist/node.js";
import { FakeBroker } from "../../dist/testing-node.js";

const TIMEOUT = { timeout: 60_000 };

/** A client that answers by this function, and what asks it. */
async function service(t, answer, options = {}) {
  const broker = await FakeBroker.start();
  t.after(() => broker.stop());
  const client = await connect(broker.uri, { keepAlive: 60, ...options });
  t.after(() => client.abort());
  const responder = client.respond("q", answer, { qos: 1 });
  await responder.ready;
  const ask = (payload, qos = 0) =>
    broker.publish("q", payload, { qos, properties: { responseTopic: "a" } });
  const answered = async () => (await broker.expectPublish("a")).text();
  return { broker, client, responder, ask, answered };
}

function promise() {
  let resolve;
  const made = new Promise((it) => {
    resolve = it;
  });
  return { made, resolve };
}

/** What was seen of this kind so far. */
function seen(broker, kind) {
  const all = [];
  for (let one = broker.takeAny(); one !== undefined; one = broker.takeAny())
    if (one.kind === kind) all.push(one);
  return all;
}

test("a slow answer holds no other one up", TIMEOUT, async (t) => {
  const slow = promise();
  const { broker, ask, answered } = await service(t, (request) =>
    request.text() === "slow" ? slow.made : request.text(),
  );
  ask("slow", 1);
  ask("fast", 1);
  assert.equal(await answered(), "fast");
  assert.deepEqual(seen(broker, "acknowledged"), []);
  slow.resolve("done");
  assert.equal(await answered(), "done");
  for (let count = 0; count < 2; count++) await broker.expect("acknowledged");
});

test("many that hang hold no other one up", TIMEOUT, async (t) => {
  const { ask, answered } = await service(t, (request) =>
    request.text() === "hang" ? new Promise(() => {}) : "here",
  );
  for (let count = 0; count < 600; count++) ask("hang");
  ask("answer");
  assert.equal(await answered(), "here");
});

test("what is no request is dropped, and undefined is no answer", TIMEOUT, async (t) => {
  const asked = [];
  const { broker, ask, answered } = await service(t, (request) => {
    asked.push(request.text());
    return request.text() === "quiet" ? undefined : request.text();
  });
  broker.publish("q", "plain", { qos: 1 });
  ask("quiet", 1);
  ask("loud", 1);
  assert.equal(await answered(), "loud");
  assert.deepEqual(asked, ["quiet", "loud"]);
  for (let count = 0; count < 3; count++) await broker.expect("acknowledged");
});

test("what a function throws is told, and ends nobody's service", TIMEOUT, async (t) => {
  // Node's tests take uncaught errors for failures, unless somebody hears them.
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  t.after(() => {
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  const uncaught = once(process, "uncaughtException");
  const { broker, ask, answered } = await service(t, (request) => {
    if (request.text() === "bad") throw new Error("no");
    return {}.nothing ?? request.text();
  });
  ask("bad", 1);
  assert.equal((await uncaught)[0].message, "no");
  await broker.expect("acknowledged");
  ask("good", 1);
  assert.equal(await answered(), "good");
});

test("it outlives connections, until it is closed", TIMEOUT, async (t) => {
  const { broker, client, responder, ask, answered } = await service(t, () => "yes");
  await client.disconnect();
  await client.connect();
  await broker.expect("subscribed");
  await broker.expect("subscribed");
  ask("?");
  assert.equal(await answered(), "yes");
  await responder.close();
  await broker.expect("unsubscribed", "q");
});
