// What the broker says where it refuses to subscribe again, or to unsubscribe.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../../dist/node.js";
import { FakeBroker } from "../../dist/testing-node.js";

const TIMEOUT = { timeout: 60_000 };
const TOLD = { reasonString: "too many", userProperties: [["k", "v"]] };
const REFUSED = { code: "refused", reasonCode: 0x83, ...TOLD };

async function connected(t) {
  const broker = await FakeBroker.start();
  t.after(() => broker.stop());
  broker.setProperties("SUBACK", TOLD);
  broker.setProperties("UNSUBACK", TOLD);
  const client = await connect(broker.uri, { keepAlive: 60, reconnectFirstDelay: 0.01 });
  t.after(() => client.abort());
  return { broker, client };
}

test("who loses a subscription to a lost session hears why", TIMEOUT, async (t) => {
  const { broker, client } = await connected(t);
  const messages = client.subscribe("a");
  await messages.ready;
  const response = client.request("nobody", "?");
  await broker.expectPublish("nobody");
  const lost = new Promise((resolve) => client.once("subscriptionsLost", resolve));
  const ended = [assert.rejects(messages.next(), REFUSED), assert.rejects(response, REFUSED)];
  broker.refuseSubscriptions(0x83);
  broker.reset();
  await Promise.all(ended);
  const { subscriptions, reasonString, userProperties } = await lost;
  assert.equal(subscriptions[0].reasonCode, 0x83);
  assert.deepEqual({ reasonString, userProperties }, TOLD);
});

test("who unsubscribes in vain hears why", TIMEOUT, async (t) => {
  const { broker, client } = await connected(t);
  broker.refuseUnsubscriptions(0x83);
  await assert.rejects(client.unsubscribe("a"), REFUSED);
  // A loop ends all the same.
  const messages = client.subscribe("b");
  await messages.ready;
  await messages.close();
  assert.equal((await broker.expect("unsubscribed", "b")).reasonCode, 0x83);
  broker.refuseUnsubscriptions(null);
  await client.subscribeOnly("c");
  assert.equal((await client.unsubscribe("c")).reasonCode, 0);
});
