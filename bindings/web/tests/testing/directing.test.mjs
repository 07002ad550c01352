// What a test tells the fake broker is what Rust's can be told, and reaches the client.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { connect } from "../../dist/node.js";
import { FakeBroker } from "../../dist/testing-node.js";

const TIMEOUT = { timeout: 60_000 };
const RUST = new URL("../../../../mqttka/testing/src/", import.meta.url);

/** What is called otherwise here, or has no meaning. */
const OTHERWISE = {
  announce_all: "announce", // one call for one and for several
  start_on: "listen",
};
const ABSENT = {
  start_with: "the fake broker of the npm package has neither TLS nor WebSocket",
  authority: "no TLS",
};

const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The public methods of these files, without those that carry bytes and the time. */
function methods(...files) {
  const names = files.flatMap((file) => [
    ...readFileSync(new URL(file, RUST), "utf8").matchAll(/^ {4}pub fn (\w+)/gm),
  ]);
  return names.map(([, name]) => name).filter((name) => !/^(new|handle_|poll_)/.test(name));
}

test("all that Rust's broker can be told and asked is here", () => {
  const told = methods("broker/directing.rs", "broker/authenticating.rs");
  const asked = methods("broker.rs", "loopback.rs", "loopback/expecting.rs");
  assert.ok(told.length > 25 && asked.length > 40, `${told.length}, ${asked.length}`);
  // `take` and `missing` are halves of `expect`.
  const wanted = [...told, ...asked].filter((name) => name !== "take" && name !== "missing");
  const missing = wanted.filter((name) => {
    const here = camelCase(OTHERWISE[name] ?? name);
    return !(name in ABSENT) && !(here in FakeBroker) && !has(FakeBroker.prototype, here);
  });
  assert.deepEqual(missing, []);
  for (const name of [...Object.keys(ABSENT), ...Object.keys(OTHERWISE)])
    assert.ok(wanted.includes(name), `${name}: there is none any more`);
});

function has(prototype, name) {
  for (let it = prototype; it !== null; it = Object.getPrototypeOf(it))
    if (Object.getOwnPropertyDescriptor(it, name) !== undefined) return true;
  return false;
}

async function started(t) {
  const broker = await FakeBroker.start();
  t.after(() => broker.stop());
  return broker;
}

async function client(t, broker, options = {}) {
  const client = await connect(broker.uri, { keepAlive: 60, ...options });
  t.after(() => client.abort());
  return client;
}

test("what is announced is said and held to", TIMEOUT, async (t) => {
  const broker = await started(t);
  broker.announce({ maximumQos: 1, receiveMaximum: 7, userProperties: [["a", "1"]] });
  broker.announce({ receiveMaximum: 8, reasonString: "here", userProperties: { b: "2" } });
  const { negotiated } = await client(t, broker, { clientId: "pump-1" });
  assert.equal(negotiated.maximumQos, 1);
  assert.deepEqual(negotiated.properties, {
    receiveMaximum: 8,
    maximumQoS: 1,
    reasonString: "here",
    userProperties: [
      ["a", "1"],
      ["b", "2"],
    ],
  });
});

test("each packet has the properties that were put into its kind", TIMEOUT, async (t) => {
  const broker = await started(t);
  const words = (kind) => ({ reasonString: kind, userProperties: [["kind", kind]] });
  for (const kind of ["CONNACK", "PUBACK", "SUBACK", "UNSUBACK", "DISCONNECT"])
    broker.setProperties(kind, words(kind));
  const it = await client(t, broker, { reconnect: false });
  const said = ({ reasonString, userProperties }) => ({ reasonString, userProperties });
  assert.deepEqual(said(it.negotiated.properties), words("CONNACK"));
  assert.deepEqual(said(await it.publish("a", "", { qos: 1 })), words("PUBACK"));
  const messages = it.subscribe("b");
  assert.deepEqual(said(await messages.ready), words("SUBACK"));
  assert.deepEqual(said(await it.unsubscribe("b")), words("UNSUBACK"));
  // Those of the last call count.
  broker.setProperties("PUBACK", {});
  assert.deepEqual(said(await it.publish("a", "", { qos: 1 })), said({}));
  const ended = new Promise((resolve) => it.once("disconnected", resolve));
  broker.disconnect();
  const { cause, userProperties } = await ended;
  assert.deepEqual(said({ ...cause, userProperties }), words("DISCONNECT"));
});

test("a publish with QoS 2 has what PUBREC said, then what PUBCOMP said", TIMEOUT, async (t) => {
  const broker = await started(t);
  for (const kind of ["PUBREC", "PUBCOMP"])
    broker.setProperties(kind, { userProperties: [["kind", kind]] });
  const it = await client(t, broker);
  const { userProperties } = await it.publish("a", "", { qos: 2 });
  assert.deepEqual(userProperties, [
    ["kind", "PUBREC"],
    ["kind", "PUBCOMP"],
  ]);
});

test("what no packet can have is refused by name", TIMEOUT, async (t) => {
  const broker = await started(t);
  for (const [wrong, expected] of [
    [() => broker.announce({ color: 1 }), { option: "properties.color" }],
    [() => broker.announce({ receiveMaximum: 65_536 }), { option: "properties.receiveMaximum" }],
    [() => broker.announce({ reasonString: "\0" }), { option: "properties.reasonString" }],
    [() => broker.announce({ contentType: "x" }), { code: "invalidArgument" }],
    [() => broker.announce({ maximumQos: 2 }), { code: "invalidArgument" }],
    [() => broker.announce(1), { option: "properties" }],
    [() => broker.setProperties("PINGREQ", {}), { code: "invalidArgument" }],
    [() => broker.setProperties("PUBACK", { maximumQos: 1 }), { code: "invalidArgument" }],
    [() => broker.setProperties("PUBACKS", {}), { option: "packetType" }],
  ])
    assert.throws(wrong, expected);
  const { negotiated } = await client(t, broker, { clientId: "pump-1" });
  assert.deepEqual(negotiated.properties, {});
});

test("it says whether the internet is gone, and whether it was stopped", TIMEOUT, async (t) => {
  const broker = await started(t);
  assert.deepEqual([broker.isSilent, broker.isStopped], [false, false]);
  broker.goSilent();
  assert.equal(broker.isSilent, true);
  broker.comeBack();
  assert.equal(broker.isSilent, false);
  await broker.stop();
  assert.equal(broker.isStopped, true);
});
