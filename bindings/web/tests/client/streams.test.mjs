// Loops over messages: what is acknowledged, and what is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Client } from "../../dist/node.js";
import { broker, connected, idOf } from "./broker.mjs";

const TIMEOUT = 60_000;

/** A loop that has been granted. */
async function subscribed(t, options = {}) {
  const both = await connected(t, Client);
  const messages = both.client.subscribe("a", { qos: 1, ...options });
  await both.peer.grant();
  assert.deepEqual((await messages.ready).reasonCodes, [1]);
  return { ...both, messages };
}

/** Nothing was acknowledged: what the client says next is this. */
async function nothingBut(client, peer, name) {
  client.enqueue("marker", "");
  const packet = await peer.packet();
  assert.equal(packet.name, name);
  return packet;
}

test("a message is acknowledged when the next one is asked for", {
  timeout: TIMEOUT,
}, async (t) => {
  const { client, peer, messages } = await subscribed(t);
  peer.publish("a", "one", { qos: 1, id: 7 });
  peer.publish("a", "two", { qos: 1, id: 8 });
  assert.equal((await messages.next()).value.text(), "one");
  await nothingBut(client, peer, "PUBLISH");
  assert.equal((await messages.next()).value.text(), "two");
  assert.equal(idOf(await peer.packet("PUBACK")), 7);
  await nothingBut(client, peer, "PUBLISH");
  const third = messages.next();
  assert.equal(idOf(await peer.packet("PUBACK")), 8);
  peer.publish("a", "three");
  assert.equal((await third).value.text(), "three");
});

for (const [how, leave] of [
  ["break", (messages) => loop(messages, (at) => at)],
  ["an error", (messages) => loop(messages, () => assert.fail("left")).catch(() => {})],
]) {
  test(`leaving by ${how} ends the subscription and takes nothing`, {
    timeout: TIMEOUT,
  }, async (t) => {
    const { peer, messages } = await subscribed(t);
    peer.publish("a", "one", { qos: 1, id: 7 });
    const left = leave(messages);
    // No PUBACK before it.
    await peer.release();
    await left;
    assert.deepEqual(await messages.next(), { done: true, value: undefined });
  });
}

async function loop(messages, body) {
  for await (const message of messages) {
    if (body(message)) break;
  }
}

test("what is said to be done is acknowledged, although the loop is left", {
  timeout: TIMEOUT,
}, async (t) => {
  const { peer, messages } = await subscribed(t);
  peer.publish("a", "one", { qos: 1, id: 7 });
  const left = loop(messages, () => {
    messages.done();
    return true;
  });
  assert.equal(idOf(await peer.packet("PUBACK")), 7);
  await peer.release();
  await left;
});

test("a signal ends a loop with its reason, and takes nothing", { timeout: TIMEOUT }, async (t) => {
  const stop = new AbortController();
  const { peer, messages } = await subscribed(t, { signal: stop.signal });
  peer.publish("a", "one", { qos: 1, id: 7 });
  const reason = new Error("enough");
  const left = assert.rejects(
    loop(messages, () => void stop.abort(reason)),
    reason,
  );
  await peer.release();
  await left;
});

test("a signal that aborted before ends a loop at once", { timeout: TIMEOUT }, async (t) => {
  const { client } = await connected(t, Client);
  const reason = new Error("enough");
  const messages = client.subscribe("a", { signal: AbortSignal.abort(reason) });
  await assert.rejects(messages.ready, reason);
  await assert.rejects(messages.next(), reason);
});

test("what a closed loop was lent, another one gets", { timeout: TIMEOUT }, async (t) => {
  const { client, peer, messages } = await subscribed(t);
  const others = client.messages("a");
  peer.publish("a", "one", { qos: 1, id: 7 });
  assert.equal((await messages.next()).value.text(), "one");
  assert.equal((await others.next()).value.text(), "one");
  const closed = messages.close();
  await peer.release();
  await closed;
  await nothingBut(client, peer, "PUBLISH");
  void others.next();
  assert.equal(idOf(await peer.packet("PUBACK")), 7);
});

test("refused by the broker: ready and the loop say so", { timeout: TIMEOUT }, async (t) => {
  const { client, peer } = await connected(t, Client);
  const messages = client.subscribe("a", { qos: 1 });
  await peer.grant([0x87]);
  await assert.rejects(messages.ready, { code: "refused", reasonCode: 0x87 });
  await assert.rejects(messages.next(), { code: "refused", reasonCode: 0x87 });
  assert.equal((await messages.next()).done, true);
});

test("what is wrong with a subscription is told by ready and the loop", {
  timeout: TIMEOUT,
}, async (t) => {
  const { client } = await connected(t, Client);
  for (const [filters, code] of [
    ["a#", "invalidTopic"],
    [[], "invalidArgument"],
    [{ filter: "a", qos: 3 }, "invalidOption"],
    [{ filter: "a", retainHandling: "never" }, "invalidOption"],
    [{ topic: "a" }, "invalidOption"],
  ]) {
    const messages = client.subscribe(filters);
    await assert.rejects(messages.ready, { code }, JSON.stringify(filters));
    await assert.rejects(messages.next(), { code });
  }
});

test("a loop ends with the connection's cause where the client does not come back", {
  timeout: TIMEOUT,
}, async (t) => {
  const { client, peer } = await connected(t, Client, { reconnect: false });
  const messages = client.subscribe("a", { qos: 1 });
  await peer.grant();
  const next = messages.next();
  peer.socket.destroy();
  await assert.rejects(next, (error) => {
    assert.equal(error.code, "disconnected");
    assert.match(error.disconnectCause.kind, /^(closedByServer|transport)$/);
    return true;
  });
});

test("a loop just ends where the application disconnects", { timeout: TIMEOUT }, async (t) => {
  const { client, peer, messages } = await subscribed(t);
  const next = messages.next();
  const gone = client.disconnect();
  await peer.packet("DISCONNECT");
  peer.socket.end();
  await gone;
  assert.deepEqual(await next, { done: true, value: undefined });
});

test("a loop that nobody has any more ends its subscription", { timeout: TIMEOUT }, async (t) => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const { client, peer } = await connected(t, Client);
  (() => client.subscribe("a", { qos: 1 }))();
  await peer.grant();
  let released = false;
  const release = peer.release().then(() => (released = true));
  while (!released) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await release;
});

test("a listener of messages has consumed what it returned from", {
  timeout: TIMEOUT,
}, async (t) => {
  const { client, peer } = await connected(t, Client);
  let finish;
  const heard = [];
  client.on("message", (message) => {
    heard.push(message.text());
    return new Promise((resolve) => (finish = resolve));
  });
  const granted = client.subscribeOnly("a", { qos: 1 });
  await peer.grant();
  await granted;
  peer.publish("a", "one", { qos: 1, id: 7 });
  while (finish === undefined) await new Promise((resolve) => setImmediate(resolve));
  await nothingBut(client, peer, "PUBLISH");
  finish();
  assert.equal(idOf(await peer.packet("PUBACK")), 7);
  assert.deepEqual(heard, ["one"]);
});

test("a flood that nobody takes is lent in part alone", { timeout: TIMEOUT }, async (t) => {
  const { peer, messages } = await subscribed(t);
  for (let index = 0; index < 2000; index++) peer.publish("a", `${index}`);
  for (let index = 0; index < 2000; index++) {
    assert.equal((await messages.next()).value.text(), `${index}`);
  }
});

test("loops made before the engine is loaded and connected have all messages", {
  timeout: TIMEOUT,
}, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri);
  t.after(() => client.abort());
  const messages = client.subscribe("a", { qos: 1 });
  const connecting = client.connect();
  const first = await peer();
  await first.accept();
  await connecting;
  await first.grant();
  first.publish("a", "one");
  assert.equal((await messages.next()).value.text(), "one");
});
