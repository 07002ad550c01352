// What a client tells of itself: counters, metrics, packets, traces, the flight record.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

test("a client tells what it does", TIMEOUT, async (t) => {
  const packets = [];
  const { client, peer } = await connected(t, Client, {
    password: "secret",
    userName: "ann",
    packetTap: (packet) => packets.push(packet),
    tolerate: ["publishBeforeConnack"],
    rateLimit: { messagesPerSecond: 1_000_000 },
    reconnect: false,
  });
  assert.equal(client.negotiated.topicAliasMaximum, 0);
  await client.publish("a", "x", {
    traceContext: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
  });
  const { body } = await peer.packet("PUBLISH");
  assert.ok(body.includes("traceparent"));
  const messages = client.messages();
  peer.send([0x30, body.length, ...body]);
  const { traceContext } = (await messages.next()).value;
  assert.match(traceContext.traceparent, /^00-0af7/);
  const counters = client.counters();
  assert.equal(counters.connections, 1);
  assert.equal(counters.packetsSent.PUBLISH, 1);
  assert.equal(counters.pingRoundTrips.buckets.length, 15);
  assert.deepEqual(
    packets.slice(0, 3).map(({ direction, packetType }) => [direction, packetType]),
    [
      ["sent", "CONNECT"],
      ["received", "CONNACK"],
      ["sent", "PUBLISH"],
    ],
  );
  assert.ok(!Buffer.from(packets[0].bytes).includes("secret"));
  assert.equal(packets[0].size, packets[0].bytes.length);
  const ended = new Promise((resolve) => client.once("disconnected", resolve));
  peer.socket.destroy();
  const { record } = await ended;
  assert.ok(JSON.stringify(record).includes("CONNACK"), JSON.stringify(record));
  assert.equal(client.negotiated, undefined);
});

/** The members of the interfaces of `src/flight.ts`, nested ones with their path: what is documented. */
function documented() {
  const source = readFileSync(new URL("../../src/flight.ts", import.meta.url), "utf8");
  const interfaces = {};
  const path = [];
  let name;
  for (const line of source.split("\n")) {
    const begins = /^export interface (\w+) \{/.exec(line);
    const member = /^\s+readonly (\w+): (.*)$/.exec(line);
    if (begins) {
      name = begins[1];
      interfaces[name] = {};
    } else if (member) {
      const [, key, type] = member;
      const own = [...path, key].join(".");
      interfaces[name][own] = type;
      if (type.endsWith("{")) path.push(key);
    } else if (/^\s+\}/.test(line)) {
      path.pop();
    }
  }
  const all = [];
  const add = (prefix, members) => {
    for (const [key, type] of Object.entries(members)) {
      all.push(prefix + key);
      const other = Object.keys(interfaces).find((it) => type.includes(it));
      if (other) add(`${prefix}${key}.`, interfaces[other]);
    }
  };
  add("", interfaces.FlightRecord);
  return all.sort();
}

/** The same of a record that came; of an array, what its elements have. */
function told(value, prefix = "") {
  const all = new Set();
  for (const [key, it] of Object.entries(value)) {
    all.add(prefix + key);
    const within = Array.isArray(it) ? it : [it];
    for (const one of within) {
      if (typeof one === "object" && one !== null)
        for (const inner of told(one, `${prefix}${key}.`)) all.add(inner);
    }
  }
  return [...all].sort();
}

test("the flight record has what its type says, and nothing else", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, { reconnect: false });
  const ended = new Promise((resolve) => client.once("disconnected", resolve));
  peer.socket.destroy();
  const { record } = await ended;
  assert.deepEqual(told(record), documented());
  assert.equal(record.schema, 1);
  assert.equal(record.cause, "closed_by_server");
  assert.equal(record.packets[0].type, "CONNECT");
  assert.ok(record.packets[0].ago_us >= record.packets[1].ago_us);
});

test("counters have OpenTelemetry's names, too", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const gone = new Client("mqtt://127.0.0.1:9");
  gone.abort();
  await gone.close();
  assert.deepEqual(gone.metrics(), []);
  await client.publish("a", "x");
  await peer.packet("PUBLISH");
  const metrics = client.metrics();
  const points = metrics.map(({ name, attributes }) => JSON.stringify([name, attributes]));
  assert.equal(new Set(points).size, points.length, "no point is there twice");
  const of = (name, attributes = {}) =>
    metrics.find(
      (it) => it.name === name && JSON.stringify(it.attributes) === JSON.stringify(attributes),
    );
  const published = { "network.io.direction": "transmit", "mqttka.packet.type": "PUBLISH" };
  assert.deepEqual(of("mqttka.client.packets", published), {
    name: "mqttka.client.packets",
    unit: "{packet}",
    description: "Packets sent and received.",
    kind: "counter",
    attributes: published,
    value: 1,
  });
  const { bytesSent } = client.counters();
  assert.equal(of("mqttka.client.io", { "network.io.direction": "transmit" }).value, bytesSent);
  const pings = of("mqttka.client.ping.duration");
  assert.equal(pings.kind, "histogram");
  assert.equal(pings.value.buckets.length, 15);
  assert.equal(of("mqttka.client.evidence.age").kind, "gauge");
});

test("a trace is checked by the core, and what is wrong with it is named", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const [traceContext, option] of [
    [{ traceparent: `${traceparent}-more` }, "traceContext.traceparent"],
    [{ traceparent: traceparent.toUpperCase() }, "traceContext.traceparent"],
    [{ traceparent, tracestate: "no list" }, "traceContext.tracestate"],
    [{}, "traceContext.traceparent"],
    [{ traceparent, state: "" }, "traceContext.state"],
  ]) {
    await assert.rejects(client.publish("a", "", { traceContext }), { option });
  }
  const userProperties = [
    ["traceparent", "of another"],
    ["own", "1"],
  ];
  const traceContext = { traceparent, tracestate: "vendor=1" };
  await client.publish("a", "x", { traceContext, properties: { userProperties } });
  const { body } = await peer.packet("PUBLISH");
  const messages = client.messages();
  peer.send([0x30, body.length, ...body]);
  const { value } = await messages.next();
  assert.deepEqual(value.traceContext, traceContext);
  assert.deepEqual(value.properties.userProperties, [
    ["own", "1"],
    ["traceparent", traceparent],
    ["tracestate", "vendor=1"],
  ]);
});
