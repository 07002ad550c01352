// User properties of each packet by which a broker answers, refuses or ends.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { broker, connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

/** A name may be there several times, and the order counts. */
const USER = [
  ["n", "1"],
  ["é", '"'],
  ["n", "2"],
];
const text = (text) => [0, Buffer.byteLength(text), ...Buffer.from(text)];
const PROPERTIES = USER.flatMap(([name, value]) => [0x26, ...text(name), ...text(value)]);

/** A packet that ends in properties, and then in these bytes. */
const packet = (type, head, rest = []) => {
  const body = [...head, PROPERTIES.length, ...PROPERTIES, ...rest];
  return [type, body.length, ...body];
};
const publishId = ({ body }) => [...body.subarray(3, 5)];
const firstId = ({ body }) => [...body.subarray(0, 2)];

/** What is asked for, and what the broker does; with a code of 0x80 and above it refuses. */
const ANSWERS = {
  PUBACK: [0, 0x10, 0x87],
  PUBREC: [0x87, 0x97],
  PUBCOMP: [0],
  SUBACK: [1, 0x87],
  UNSUBACK: [0, 0x11, 0x87],
};
const asked = {
  PUBACK: (client) => client.publish("a", "", { qos: 1 }),
  PUBREC: (client) => client.publish("a", "", { qos: 2 }),
  PUBCOMP: (client) => client.publish("a", "", { qos: 2 }),
  SUBACK: (client) => client.subscribeOnly("a", { qos: 1 }),
  UNSUBACK: (client) => client.unsubscribe("a"),
};
const answered = {
  PUBACK: async (peer, code) =>
    peer.send(packet(0x40, [...publishId(await peer.packet("PUBLISH")), code])),
  PUBREC: async (peer, code) =>
    peer.send(packet(0x50, [...publishId(await peer.packet("PUBLISH")), code])),
  PUBCOMP: async (peer, code) => {
    const id = publishId(await peer.packet("PUBLISH"));
    peer.send([0x50, 2, ...id]);
    await peer.packet("PUBREL");
    peer.send(packet(0x70, [...id, code]));
  },
  SUBACK: async (peer, code) =>
    peer.send(packet(0x90, firstId(await peer.packet("SUBSCRIBE")), [code])),
  UNSUBACK: async (peer, code) =>
    peer.send(packet(0xb0, firstId(await peer.packet("UNSUBSCRIBE")), [code])),
};

for (const [name, codes] of Object.entries(ANSWERS)) {
  test(`${name}'s are in the outcome and in the error`, TIMEOUT, async (t) => {
    const { client, peer } = await connected(t, Client);
    for (const code of codes) {
      const outcome = asked[name](client);
      await Promise.all([
        answered[name](peer, code),
        code < 0x80
          ? outcome.then(({ reasonCode, userProperties }) =>
              assert.deepEqual(
                { reasonCode, userProperties },
                { reasonCode: code, userProperties: USER },
              ),
            )
          : assert.rejects(outcome, { code: "refused", reasonCode: code, userProperties: USER }),
      ]);
    }
  });
}

test("an answer that has none has no such field", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const subscribed = client.subscribeOnly("a");
  await peer.grant();
  assert.ok(!("userProperties" in (await subscribed)));
  const published = client.publish("a", "", { qos: 1 });
  const [high, low] = publishId(await peer.packet("PUBLISH"));
  peer.puback(high * 256 + low);
  assert.ok(!("userProperties" in (await published)));
});

test("a loop that is refused tells them, as its ready does", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const messages = client.subscribe("a");
  const next = messages.next();
  const refused = { code: "refused", reasonCode: 0x87, userProperties: USER };
  await Promise.all([
    answered.SUBACK(peer, 0x87),
    assert.rejects(messages.ready, refused),
    assert.rejects(next, refused),
  ]);
});

test("DISCONNECT's are in the event", TIMEOUT, async (t) => {
  const { client, peer, next } = await connected(t, Client, { reconnectFirstDelay: 0.01 });
  const ended = () => new Promise((resolve) => client.once("disconnected", resolve));
  const first = ended();
  peer.send(packet(0xe0, [0x8b]));
  const { cause, userProperties } = await first;
  assert.equal(cause.kind, "serverDisconnect");
  assert.deepEqual(userProperties, USER);
  const second = await next();
  await second.accept(PROPERTIES);
  await new Promise((resolve) => client.once("connected", resolve));
  assert.deepEqual(client.negotiated.properties.userProperties, USER);
  // The next end has another cause, and nothing of the one before.
  const last = ended();
  second.socket.destroy();
  assert.equal((await last).userProperties, undefined);
});

test("those of a CONNACK that refuses are in the event and in the error", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, { reconnect: false });
  t.after(() => client.abort());
  const events = [];
  client.on("connectFailed", (event) => events.push(event));
  for (const [properties, expected] of [
    [packet(0x20, [0, 0x87]), USER],
    [[0x20, 3, 0, 0x87, 0], undefined],
  ]) {
    const refused = assert.rejects(client.connect(), (error) => {
      assert.equal(error.code, "connectFailed");
      assert.equal(error.error.reasonCode, 0x87);
      assert.deepEqual(error.userProperties, expected);
      return true;
    });
    const it = await peer();
    await it.packet("CONNECT");
    it.send(properties);
    await refused;
  }
  assert.deepEqual(
    events.map(({ userProperties }) => userProperties),
    [USER, undefined],
  );
});
