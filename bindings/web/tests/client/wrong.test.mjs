// Arguments that are wrong, as programs without TypeScript give them: refused by name, and the client goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import init from "../../dist/generated/mqttka-node.js";
import { Client, connect, topicMatches } from "../../dist/node.js";
import { broker, connected } from "./broker.mjs";

const TIMEOUT = { timeout: 30_000 };

test(
  "what is no topic, QoS, retain flag or signal is refused, and harms nobody",
  TIMEOUT,
  async (t) => {
    const { client, peer } = await connected(t, Client);
    const wrong = [
      [5, {}, "topic", "5"],
      [undefined, {}, "topic", "undefined"],
      [["a"], {}, "topic", "an object"],
      ["a", { qos: 3 }, "qos", "3"],
      ["a", { qos: 4 }, "qos", "4"],
      ["a", { qos: -1, retain: true }, "qos", "-1"],
      ["a", { qos: "1" }, "qos", "a string"],
      ["a", { retain: "no" }, "retain", "a string"],
    ];
    for (const [topic, options, option, value] of wrong) {
      const failed = { code: "invalidOption", option, value };
      await assert.rejects(client.publish(topic, "", options), failed);
      assert.throws(() => client.enqueue(topic, "", options), failed);
    }
    const signal = { code: "invalidOption", option: "signal", value: "an object" };
    await assert.rejects(client.publish("a", "", { signal: {} }), signal);
    await assert.rejects(client.connect({ signal: {} }), signal);
    await assert.rejects(client.subscribe("a", { signal: {} }).ready, signal);
    await assert.rejects(connect("mqtt://127.0.0.1:1", { signal: {} }), signal);
    await assert.rejects(topicMatches("a", 5), { code: "invalidOption", option: "topic" });
    await client.publish("a", "still there");
    await peer.packet("PUBLISH");
  },
);

test("a payload that fits no packet costs no memory, and traps nobody", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const { memory } = await init();
  const before = memory.buffer.byteLength;
  for (const size of [268_435_456, 4_200_000_000]) {
    const failed = { code: "packetTooLarge", size, limit: 268_435_455 };
    // Nobody writes to it, so that the system gives no memory for it.
    const payload = new Uint8Array(size);
    await assert.rejects(client.publish("a", payload), failed);
    assert.throws(() => client.enqueue("a", payload), failed);
  }
  assert.equal(memory.buffer.byteLength, before);
  await client.publish("a", "still there");
  await peer.packet("PUBLISH");
});

test("an attempt whose signal aborted before ends no connection", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const reason = new Error("too late");
  await assert.rejects(client.connect({ signal: AbortSignal.abort(reason) }), reason);
  await client.publish("a", "still connected");
  await peer.packet("PUBLISH");
});

test("clients that were closed leave no memory behind in the engine", TIMEOUT, async (t) => {
  const { uri } = await broker(t);
  const { memory } = await init();
  const some = () => Array.from({ length: 100 }, () => new Client(uri));
  await Promise.all(some().map((client) => client.close()));
  const before = memory.buffer.byteLength;
  for (let round = 0; round < 10; round++) {
    await Promise.all(some().map((client) => client.close()));
  }
  assert.equal(memory.buffer.byteLength, before);
});

test("an option or an event that there is not is told by name", { timeout: 30_000 }, async (t) => {
  const { client } = await connected(t, Client);
  const refused = async (call, option) => {
    await assert.rejects(
      async () => call(),
      (error) => {
        assert.deepEqual([error.code, error.option], ["invalidOption", option]);
        return true;
      },
    );
  };
  await refused(() => client.publish("a", "x", { retained: true }), "retained");
  await refused(() => client.publish("a", "x", null), "options");
  await refused(() => client.enqueue("a", "x", { QoS: 1 }), "QoS");
  await refused(() => client.subscribe("a", { Qos: 1 }).ready, "Qos");
  await refused(() => client.subscribeOnly("a", { rh: 1 }), "rh");
  await refused(() => client.messages("a", { qos: 1 }).next(), "qos");
  await refused(() => client.unsubscribe(undefined), "filter");
  await refused(() => client.unsubscribe("a", { qos: 1 }), "qos");
  await refused(() => client.connect({ timeout: 1 }), "timeout");
  await refused(() => client.disconnect({ force: true }), "force");
  await refused(() => client.on("connect", () => {}), "event");
  await refused(() => client.once("close", () => {}), "event");
  assert.equal(client.state, "connected");
});
