// Operations: outcomes, signals, options, ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, connect, MqttkaError, topicMatches } from "../../dist/node.js";
import { broker, connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

test("each publish has its outcome", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  assert.deepEqual(await client.publish("a", "0"), { reasonCode: 0, receipt: "written" });
  await peer.packet("PUBLISH");
  const acknowledged = client.publish("a", "1", { qos: 1 });
  const first = await peer.packet("PUBLISH");
  const id = first.body.readUInt16BE(3);
  peer.puback(id, 0x10);
  assert.deepEqual(await acknowledged, {
    reasonCode: 0x10,
    packetId: id,
    receipt: "acknowledged",
  });
  const refused = client.publish("a", "1", { qos: 1 });
  peer.puback((await peer.packet("PUBLISH")).body.readUInt16BE(3), 0x87);
  await assert.rejects(refused, { name: "MqttkaError", code: "refused", reasonCode: 0x87 });
  const twice = client.publish("a", "2", { qos: 2, retain: true });
  const second = await peer.packet("PUBLISH");
  assert.equal(second.flags, 0b101);
  const [high, low] = second.body.subarray(3, 5);
  peer.send([0x50, 2, high, low]);
  await peer.packet("PUBREL");
  peer.send([0x70, 2, high, low]);
  assert.equal((await twice).reasonCode, 0);
});

test("payloads of each kind arrive as their bytes", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const bytes = Uint8Array.of(0, 1, 255);
  for (const [payload, expected] of [
    ["é", Buffer.from("é")],
    [bytes, bytes],
    [bytes.buffer, bytes],
    [new DataView(bytes.buffer, 1), bytes.subarray(1)],
    [21.5, Buffer.from("21.5")],
    [12345678901234567890n, Buffer.from("12345678901234567890")],
    [true, Buffer.from("true")],
    [null, Buffer.alloc(0)],
    [undefined, Buffer.alloc(0)],
  ]) {
    client.enqueue("a", payload);
    const { body } = await peer.packet("PUBLISH");
    assert.deepEqual([...body.subarray(4)], [...expected], String(payload));
  }
  await assert.rejects(client.publish("a", { an: "object" }), TypeError);
  assert.throws(() => client.enqueue("a", () => {}), TypeError);
});

test("properties go out as they were given", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  client.enqueue("a", "", {
    properties: {
      contentType: "x",
      correlationData: "c",
      userProperties: [
        ["n", "1"],
        ["n", "2"],
      ],
    },
  });
  const { body } = await peer.packet("PUBLISH");
  const expected = [3, 0, 1, 120, 9, 0, 1, 99, 38, 0, 1, 110, 0, 1, 49, 38, 0, 1, 110, 0, 1, 50];
  assert.deepEqual([...body.subarray(3)], [expected.length, ...expected]);
  for (const [properties, option] of [
    [{ messageExpiryInterval: -1 }, "properties.messageExpiryInterval"],
    [{ payloadFormatIndicator: 2 }, "properties.payloadFormatIndicator"],
    [{ responseTopic: "a/#" }, "properties.responseTopic"],
    [{ other: 1 }, "properties.other"],
  ]) {
    await assert.rejects(client.publish("a", "", { properties }), {
      code: "invalidOption",
      option,
    });
  }
});

test("many publishes of one moment are one write", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const before = peer.chunks;
  const all = [];
  for (let index = 0; index < 100; index++) all.push(client.publish("a", `${index}`));
  await Promise.all(all);
  for (let index = 0; index < 100; index++) await peer.packet("PUBLISH");
  assert.equal(peer.chunks - before, 1);
});

test("a publish that was sent when a signal gave up goes on", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const stop = new AbortController();
  const reason = new Error("enough");
  const published = client.publish("a", "1", { qos: 1, signal: stop.signal });
  const { body } = await peer.packet("PUBLISH");
  stop.abort(reason);
  await assert.rejects(published, reason);
  assert.equal(client.status().outboundQueueMessages, 1);
  peer.puback(body.readUInt16BE(3));
  await assert.rejects(client.publish("a", "2", { signal: AbortSignal.abort(reason) }), reason);
  client.enqueue("a", "3");
  assert.equal(
    String((await peer.packet("PUBLISH")).body.subarray(4)),
    "3",
    "2 was never asked for",
  );
});

test("timeouts, and refusals at once, have codes", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, {
    reconnect: false,
    outboundQueueMaxMessages: 1,
  });
  const late = client.publish("a", "1", { qos: 1, timeout: 0.05 });
  await assert.rejects(client.publish("a", "2", { qos: 1 }), { code: "queueFull" });
  await assert.rejects(late, { code: "timedOut" });
  await assert.rejects(client.publish("a/#", ""), { code: "invalidTopic" });
  await assert.rejects(client.publish("a\0", ""), { code: "invalidText" });
  await assert.rejects(client.publish("a", "", { timeout: 0 }), {
    code: "invalidOption",
    option: "publishTimeout",
  });
  await assert.rejects(client.connect(), { code: "alreadyConnected" });
  peer.socket.destroy();
  await new Promise((resolve) => client.once("disconnected", resolve));
  await assert.rejects(client.publish("a", "3"), { code: "notConnected" });
  await client.disconnect();
});

test(
  "a connection that ends is told once, with its cause, and what is pending fails",
  TIMEOUT,
  async (t) => {
    const { client, peer } = await connected(t, Client, { reconnect: false });
    const events = [];
    client.on("disconnected", (event) => events.push(event));
    const loop = client.events();
    const pending = client.publish("a", "1", { qos: 1 });
    await peer.packet("PUBLISH");
    const failed = assert.rejects(pending, { code: "disconnected" });
    peer.send([0xe0, 1, 0x8b]);
    await failed;
    const { value: event } = await loop.next();
    assert.equal(event.type, "disconnected");
    assert.equal(event.cause.kind, "serverDisconnect");
    assert.equal(event.cause.reasonCode, 0x8b);
    assert.equal(event.isFinal, true);
    assert.ok(event.liveness.lastInboundAge >= 0);
    await client.close();
    assert.deepEqual(events, [event]);
    assert.equal((await loop.next()).done, true);
  },
);

test("a client comes back by itself", TIMEOUT, async (t) => {
  const { client, peer, next } = await connected(t, Client, { reconnectFirstDelay: 0.01 });
  const events = [];
  for (const name of ["disconnected", "reconnecting", "connected"]) {
    client.on(name, (event) => events.push(event));
  }
  peer.socket.destroy();
  const second = await next();
  await second.accept();
  await new Promise((resolve) => client.once("connected", resolve));
  assert.deepEqual(
    events.map((event) => event.type),
    ["disconnected", "reconnecting", "connected"],
  );
  assert.equal(events[0].willReconnect, true);
  assert.ok(events[1].delay <= 0.01 && events[1].cause.disconnected !== undefined);
  assert.equal(events[2].connectionNumber, 2);
  assert.ok(events[2].offline > 0);
});

test("an attempt that a signal gave up has ended", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri);
  t.after(() => client.abort());
  const stop = new AbortController();
  const connecting = client.connect({ signal: stop.signal });
  const first = await peer();
  await first.packet("CONNECT");
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(connecting, reason);
  await first.closed;
  assert.equal(client.state, "idle");
  await assert.rejects(connect(uri, { signal: AbortSignal.abort(reason) }), reason);
  const wait = new AbortController();
  const other = connect(uri, { signal: wait.signal });
  const second = await peer();
  wait.abort(reason);
  await assert.rejects(other, reason);
  await second.closed;
});

test("an attempt that is refused says why", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const connecting = connect(uri, { reconnect: false });
  const first = await peer();
  await first.packet("CONNECT");
  first.send([0x20, 3, 0, 0x87, 0]);
  await assert.rejects(connecting, (error) => {
    assert.ok(error instanceof MqttkaError);
    assert.equal(error.code, "connectFailed");
    assert.equal(error.error.kind, "refused");
    assert.equal(error.error.reasonCode, 0x87);
    return true;
  });
  const nobody = connect("mqtt://127.0.0.1:1", { reconnect: false });
  await assert.rejects(nobody, (error) => {
    assert.equal(error.error.kind, "transport");
    assert.equal(error.error.stage, "tcp");
    assert.equal(error.error.error.kind, "system");
    assert.equal(error.error.error.osError, 111);
    assert.equal(error.error.attempted.host, "127.0.0.1");
    return true;
  });
});

const WRONG = [
  [{ keepAlive: 70_000 }, "keepAlive", "70000", "0 to 65535"],
  [{ keepAlive: 1.5 }, "keepAlive", "1.5", "0 to 65535"],
  [{ keepAlive: "60" }, "keepAlive", "a string", "0 to 65535"],
  [{ port: 0 }, "port", "0", "1 to 65535"],
  [{ receiveMaximum: 0 }, "receiveMaximum", "0", "1 to 65535"],
  [{ maximumPacketSize: 15 }, "maximumPacketSize", "15", "16 to 268435460"],
  [{ deadPeerTimeout: 1 }, "deadPeerTimeout", "1s", "1.5s to 86400s"],
  [{ connectTimeout: -1 }, "connectTimeout", "-1", "a number of seconds"],
  [{ reconnectFactor: 0.5 }, "reconnectFactor", "0.5", "1 to 100"],
  [{ reconnectRetryOn: ["maxTime"] }, "reconnectRetryOn", '"maxTime"', undefined],
  [
    { queuePolicy: "drop" },
    "queuePolicy",
    '"drop"',
    "one of refuseNewest, dropOldestQos0, dropOldest",
  ],
  [{ protocolVersion: 3 }, "protocolVersion", "3", '5, 4, "5.0" or "3.1.1"'],
  [{ clientId: 5 }, "clientId", "5", "a string"],
  [{ password: 5 }, "password", "5", "a string or a Uint8Array"],
  [{ cleanStart: 1 }, "cleanStart", "1", "true or false"],
  [{ will: { payload: "x" } }, "will.topic", "undefined", "a topic name"],
  [{ will: { topic: "a/#" } }, "will.topic", "a string", undefined],
  [{ will: { topic: "a", qos: 3 } }, "will.qos", "3", "0 to 2"],
  [{ userProperties: { a: 1 } }, "userProperties", "1", "a string"],
  [{ username: "ann" }, "username", "given", "left out: there is no such option; perhaps userName"],
  [{ tlsCa: "PEM" }, "tlsCa", "given", undefined],
  [{ protocolVersion: 4, password: "x" }, "password", "set", undefined],
];

test("each option that is wrong is named, with its value and its bound", TIMEOUT, async () => {
  for (const [options, option, value, bound] of WRONG) {
    const client = new Client("mqtt://127.0.0.1:1", options);
    await assert.rejects(client.connect(), (error) => {
      assert.equal(error.code, "invalidOption", `${option}: ${error.message}`);
      assert.equal(error.option, option);
      assert.equal(error.value, value);
      if (bound !== undefined) assert.equal(error.bound, bound);
      assert.equal(error.message, `${error.option} is ${error.value}; it must be ${error.bound}`);
      return true;
    });
    await assert.rejects(client.publish("a", ""), { code: "invalidOption", option });
    assert.equal(client.state, "closed");
    await client.close();
  }
  for (const uri of ["http://a.example", "a.example", ""]) {
    await assert.rejects(new Client(uri).connect(), { code: "invalidArgument" }, uri);
  }
  await assert.rejects(new Client({}).connect(), { code: "invalidArgument" });
});

test("a client may be closed twice, and does nothing afterwards", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const pending = assert.rejects(client.publish("a", "1", { qos: 1 }), { code: "closed" });
  const messages = client.messages();
  const next = messages.next();
  const closed = Promise.all([client.close(), client.close()]);
  await peer.packet("PUBLISH");
  await peer.packet("DISCONNECT");
  peer.socket.end();
  await Promise.all([closed, pending]);
  assert.equal((await next).done, true);
  assert.equal(client.state, "closed");
  assert.equal(client.status().state, "closed");
  client.abort();
  await client.close();
  await client.disconnect();
  await assert.rejects(client.connect(), { code: "closed" });
  await assert.rejects(client.publish("a", ""), { code: "closed" });
  assert.throws(() => client.enqueue("a", ""), { code: "closed" });
  await assert.rejects(client.messages().next(), { code: "closed" });
  assert.equal((await client.events().next()).done, true);
  const never = new Client("mqtt://127.0.0.1:1");
  await never.close();
  await assert.rejects(never.connect(), { code: "closed" });
});

test("an aborted client says no goodbye", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  client.abort();
  assert.equal((await peer.packet()).name, "END");
  await client.close();
});

test("the provider says what each attempt connects with", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const asked = [];
  const client = new Client("mqtt://127.0.0.1:1", {
    provider: async (request) => {
      asked.push(request.attemptNumber);
      if (asked.length === 1) throw new Error("no token");
      return { uri, userName: "ann", password: "fresh" };
    },
    reconnectFirstDelay: 0.01,
  });
  t.after(() => client.abort());
  await assert.rejects(client.connect(), (error) => {
    assert.equal(error.error.kind, "provider");
    assert.match(error.message, /no token/);
    return true;
  });
  const { body } = await (await peer()).packet("CONNECT");
  assert.match(String(body), /ann.*fresh/s);
  assert.deepEqual(asked, [1, 2]);
});

test("what a listener throws reaches the process, and no other listener", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const thrown = new Error("the listener's");
  const uncaught = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  t.after(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  client.on("disconnected", () => {
    throw thrown;
  });
  const heard = new Promise((resolve) => client.on("disconnected", resolve));
  peer.socket.destroy();
  await heard;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(uncaught, [thrown]);
});

test("topics match as the specification has it", TIMEOUT, async () => {
  assert.equal(await topicMatches("a/+/#", "a/b"), true);
  assert.equal(await topicMatches("#", "$SYS/uptime"), false);
  await assert.rejects(topicMatches("a#", "a"), { code: "invalidTopic" });
});

test("the network, probes and hints are taken in every state", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  client.networkChanged({ change: "changed", metered: true });
  await peer.packet("PINGREQ");
  peer.send([0xd0, 0]);
  client.enteredBackground();
  client.enteredForeground();
  client.reconnectNow();
  assert.throws(() => client.networkChanged("gone"), { code: "invalidOption", option: "change" });
  assert.throws(() => client.probeNow(0), { code: "invalidOption", option: "probeTimeout" });
  client.probeNow(5);
  assert.deepEqual(client.status().network, { change: "changed", metered: true, id: "" });
});
