// Names and numbers in what is told: they must not depend on how the engine was made small.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { broker } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

test("the properties of CONNACK have their names and values", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri);
  t.after(() => client.abort());
  const connecting = client.connect();
  const first = await peer();
  const properties = [
    [0x12, 0, 1, 99],
    [0x13, 0, 20],
    [0x1f, 0, 1, 120],
    [0x21, 0, 7],
    [0x22, 0, 10],
    [0x24, 1],
    [0x26, 0, 1, 97, 0, 1, 98],
    [0x27, 0, 1, 0, 0],
    [0x28, 0],
  ];
  await first.accept(properties.flat());
  const connected = await connecting;
  assert.deepEqual(connected.properties, {
    assignedClientIdentifier: "c",
    serverKeepAlive: 20,
    reasonString: "x",
    receiveMaximum: 7,
    topicAliasMaximum: 10,
    maximumQoS: 1,
    maximumPacketSize: 65_536,
    wildcardSubscriptionAvailable: 0,
    userProperties: [["a", "b"]],
  });
  assert.equal(connected.keepAlive, 20);
  assert.equal(connected.assignedClientIdentifier, "c");
  assert.equal(connected.maximumQos, 1);
});

test("words have their numbers", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, { reconnect: false, connectTimeout: 0.05 });
  t.after(() => client.abort());
  const late = client.connect();
  void peer();
  await assert.rejects(late, (error) => {
    assert.match(
      error.message,
      /^timed out after 50ms waiting for CONNACK: 127\.0\.0\.1:\d+ \(timeout\)$/,
    );
    assert.deepEqual([error.error.stage, error.error.after], ["mqtt", 0.05]);
    return true;
  });
  for (const change of ["lost", "available", "changed"]) {
    client.networkChanged(change);
    assert.equal(client.status().network.change, change);
  }
});
