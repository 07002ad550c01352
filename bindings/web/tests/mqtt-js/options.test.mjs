// What becomes of MQTT.js's options: honoured, refused, or warned of by name.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MqttClient } from "../../dist/mqtt-js/client.js";
import { translated as given } from "../../dist/mqtt-js/options.js";
import { payload } from "../../dist/mqtt-js/payload.js";
import { uri, withUrl } from "../../dist/mqtt-js/server.js";

/** What is undefined has its default: it is not looked at. */
const said = (object) => JSON.parse(JSON.stringify(object));
const translated = (options, protocol) => said(given(options, protocol));

/** The warnings that a call gives. */
function warningsOf(call) {
  const said = [];
  const { emitWarning } = process;
  process.emitWarning = (text) => said.push(text);
  try {
    call();
  } finally {
    process.emitWarning = emitWarning;
  }
  return said;
}

test("defaults are MQTT.js's, but for what is better left to mqttka", () => {
  const options = translated({}, "mqtt");
  assert.deepEqual(options, {
    protocolVersion: 4,
    cleanStart: true,
    keepAlive: 60,
    uri: "mqtt://localhost",
  });
});

test("what is the same by another name", () => {
  const options = {
    keepalive: 7,
    clientId: "c",
    clean: false,
    username: "u",
    password: "p",
    protocolVersion: 5,
    connectTimeout: 2500,
    will: {
      topic: "t",
      payload: "gone",
      qos: 1,
      properties: { willDelayInterval: 3, payloadFormatIndicator: true },
    },
    properties: { sessionExpiryInterval: 9, userProperties: { a: ["1", "2"] } },
    wsOptions: { headers: { Authorization: "x" } },
    rejectUnauthorized: false,
    ca: "PEM",
  };
  assert.deepEqual(translated(options, "mqtt"), {
    uri: "mqtt://localhost",
    keepAlive: 7,
    clientId: "c",
    cleanStart: false,
    userName: "u",
    password: "p",
    protocolVersion: 5,
    connectTimeout: 2.5,
    will: {
      topic: "t",
      payload: "gone",
      qos: 1,
      properties: { willDelayInterval: 3, payloadFormatIndicator: 1 },
    },
    sessionExpiryInterval: 9,
    userProperties: [
      ["a", "1"],
      ["a", "2"],
    ],
    webSocketHeaders: [["Authorization", "x"]],
    tlsDangerAcceptAnyCertificate: true,
    tlsCa: "PEM",
  });
});

test("coming back", () => {
  const reconnecting = (given) => {
    const { protocolVersion, cleanStart, keepAlive, uri, ...rest } = translated(given, "mqtt");
    return rest;
  };
  assert.deepEqual(reconnecting({ reconnectPeriod: 0 }), { reconnect: false });
  const steady = { reconnectFirstDelay: 0.5, reconnectFactor: 1, reconnectMaxDelay: 0.5 };
  assert.deepEqual(reconnecting({ reconnectPeriod: 500 }), steady);
  assert.ok(
    reconnecting({ reconnectOnConnackError: true }).reconnectRetryOn.includes("credentials"),
  );
  for (const reconnectPeriod of [-1, 5, Number.NaN, 1e9])
    assert.throws(
      () => translated({ reconnectPeriod }, "mqtt"),
      /reconnectPeriod is .*; it must be 0, or 10 to/,
    );
});

test("refused by name", () => {
  const refused = {
    incomingStore: {},
    outgoingStore: {},
    customHandleAcks() {},
    authPacket: {},
    createWebsocket() {},
    messageIdProvider: {},
    socksProxy: "socks5://localhost",
    keyPath: "k",
    protocolVersion: 3,
    protocolId: "MQIsdp",
  };
  for (const [name, value] of Object.entries(refused))
    assert.throws(() => translated({ [name]: value }, "mqtt"), {
      name: "TypeError",
      message: new RegExp(name),
    });
  const properties = { authenticationMethod: "SCRAM" };
  assert.throws(() => translated({ properties }, "mqtt"), /authenticationMethod/);
  assert.throws(
    () => translated({ protocol: "wx" }, "mqtt"),
    /protocol is "wx"; it must be one of/,
  );
});

test("warned of by name, once", () => {
  const options = {
    reschedulePings: false,
    log() {},
    resubscribe: false,
    wsOptions: { maxPayload: 1 },
    properties: { topicAliasMaximum: 5 },
    misspelt: 1,
  };
  const said = warningsOf(() => translated(options, "mqtt"));
  for (const name of [
    "reschedulePings",
    "log",
    "resubscribe",
    "wsOptions.maxPayload",
    "properties.topicAliasMaximum",
    "misspelt",
  ])
    assert.equal(said.filter((text) => text.includes(` ${name}: `)).length, 1, name);
  assert.deepEqual(
    warningsOf(() => translated(options, "mqtt")),
    [],
  );
  assert.deepEqual(
    warningsOf(() => translated({ resubscribe: true, log: undefined }, "mqtt")),
    [],
  );
});

test("what is asked for later is no less judged", () => {
  const silent = {
    on() {},
    connect: async () => {},
    messages: async function* () {},
    state: "closed",
  };
  const client = new MqttClient(() => silent, { manualConnect: true }, "mqtt");
  assert.throws(() => client.reconnect({ incomingStore: {} }), /incomingStore cannot be honoured/);
  for (const add of ["on", "once", "addListener"]) {
    const event = `packet${add}`;
    const [said, ...more] = warningsOf(() => client[add](event, () => {}));
    assert.match(said, new RegExp(` ${event}: never comes`));
    assert.deepEqual(more, []);
  }
});

test("servers", () => {
  const of = (url, options = {}) => uri(withUrl(url, options), "mqtt");
  assert.equal(of("mqtt://broker.example:1884"), "mqtt://broker.example:1884");
  assert.equal(of("tcp://broker.example"), "mqtt://broker.example");
  assert.equal(of("ssl://[::1]:8883"), "mqtts://[::1]:8883");
  assert.equal(of("ws://broker.example"), "ws://broker.example/");
  assert.equal(
    of("wss://broker.example/mqtt?token=a%20b"),
    "wss://broker.example/mqtt?token=a%20b",
  );
  assert.equal(
    of("ws://a.example/x", { host: "b.example", port: 9, path: "/y" }),
    "ws://b.example:9/y",
  );
  assert.equal(uri({ hostname: "::1", protocol: "ws", path: "/m" }, "mqtt"), "ws://[::1]/m");
  const { username, password, clientId } = withUrl(
    "mqtt://an%40n:s%3Acret@b.example?clientId=c",
    {},
  );
  assert.deepEqual([username, password, clientId], ["an@n", "s:cret", "c"]);
  assert.throws(() => withUrl("broker.example", {}), /Missing protocol/);
  const servers = [
    { host: "a", port: 1 },
    { host: "b", port: 2, protocol: "mqtts" },
  ];
  const { uri: first, servers: others } = translated({ servers, protocol: "mqtt" }, "mqtt");
  assert.deepEqual([first, others], ["mqtt://a:1", ["mqtts://b:2"]]);
});

test("a payload is a Buffer, and without one its toString is the text", (t) => {
  const bytes = new TextEncoder().encode("xhällo").subarray(1);
  assert.ok(Buffer.isBuffer(payload(bytes)));
  assert.equal(payload(bytes).toString(), "hällo");
  const { Buffer: kept } = globalThis;
  globalThis.Buffer = undefined;
  t.after(() => {
    globalThis.Buffer = kept;
  });
  const plain = payload(bytes);
  assert.equal(`${plain}`, "hällo");
  assert.equal(plain.toString("hex"), "68c3a46c6c6f");
  assert.equal(plain.length, 6);
  assert.ok(plain instanceof Uint8Array && !(plain.slice(1) instanceof plain.constructor));
  assert.throws(() => plain.toString("latin1"), /encoding is "latin1"/);
});
