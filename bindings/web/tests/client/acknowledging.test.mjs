// Messages that the application acknowledges itself, receipts, and what is withdrawn.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

test("a loop acknowledges manually", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const messages = client.subscribe("a", { qos: 1, manualAcknowledgement: true });
  await peer.grant();
  for (const id of [1, 2, 3]) peer.publish("a", `${id}`, { qos: 1, id });
  const [first, second] = [await messages.next(), await messages.next()].map((it) => it.value);
  second.acknowledge();
  assert.throws(() => first.refuse(0x10), { code: "invalidOption" });
  first.refuse(0x97, { reasonString: "no" });
  // Only the first word counts.
  first.acknowledge();
  const refused = await peer.packet("PUBACK");
  assert.deepEqual([...refused.body], [0, 1, 0x97, 5, 0x1f, 0, 2, 110, 111]);
  assert.deepEqual([...(await peer.packet("PUBACK")).body], [0, 2]);
  (await messages.next()).value.acknowledge();
  assert.deepEqual([...(await peer.packet("PUBACK")).body], [0, 3]);
});

test("what is neither acknowledged nor refused comes again", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, { manualAcknowledgement: true });
  const messages = client.messages();
  peer.publish("a", "1", { qos: 1, id: 1 });
  const first = (await messages.next()).value;
  assert.equal(first.dup, false);
  first.giveBack();
  const again = (await messages.next()).value;
  assert.deepEqual([again.text(), again.dup], ["1", true]);
  again.acknowledge();
  assert.deepEqual([...(await peer.packet("PUBACK")).body], [0, 1]);
});

test("a receipt says that the broker has read it", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const read = client.publish("a", "0", { receipt: true });
  await peer.packet("PUBLISH");
  await peer.packet("PINGREQ");
  peer.send([0xd0, 0]);
  assert.deepEqual(await read, { reasonCode: 0, receipt: "read" });
  const flushed = client.flush({ timeout: 60 });
  await peer.packet("PINGREQ");
  peer.send([0xd0, 0]);
  await flushed;
  await assert.rejects(client.flush({ timeout: 0 }), { code: "invalidOption" });
});

test("a signal withdraws what is still queued", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, { maxInflight: 1 });
  const first = client.publish("a", "1", { qos: 1 });
  const packet = await peer.packet("PUBLISH");
  const gone = new AbortController();
  const second = client.publish("a", "2", { qos: 1, signal: gone.signal });
  const third = client.publish("a", "3", { qos: 1 });
  gone.abort(new Error("gone"));
  await assert.rejects(second, { message: "gone" });
  peer.puback(packet.body.readUInt16BE(3));
  await first;
  const next = await peer.packet("PUBLISH");
  assert.equal(next.body.at(-1), "3".charCodeAt(0));
  peer.puback(next.body.readUInt16BE(3));
  await third;
  assert.equal(client.status().outboundQueueMessages, 0);
});
