// What a signal gives up leaves nothing behind: nothing that waits, nothing that counts, nothing that is sent later.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { broker, connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };
const reason = new Error("enough");
const queued = (client) => client.status().outboundQueueMessages;

/** Gives up, and waits until so many operations are left. */
async function givenUp(client, controller, promise, left) {
  controller.abort(reason);
  await assert.rejects(promise, reason);
  // A turn of the engine is due, and no event tells that it was taken.
  do await new Promise((resolve) => setImmediate(resolve));
  while (queued(client) !== left);
}

/** Each that can be given up before there is a connection. */
const EACH = {
  publish: (client, options) => client.publish("a", "", { qos: 1, ...options }),
  reply: (client, options) => {
    const request = { topic: "q", qos: 1, properties: { responseTopic: "a" } };
    return client.reply(request, "", options);
  },
  flush: (client, options) => client.flush(options),
  subscribeOnly: (client, options) => client.subscribeOnly("a", options),
  unsubscribe: (client, options) => client.unsubscribe("a", options),
};

for (const [name, ask] of Object.entries(EACH)) {
  test(`${name} that waits for a connection is withdrawn`, TIMEOUT, async (t) => {
    const { uri, peer } = await broker(t);
    const client = new Client(uri);
    t.after(() => client.abort());
    const connecting = client.connect();
    const it = await peer();
    await it.packet("CONNECT");
    const controller = new AbortController();
    const asked = ask(client, { signal: controller.signal });
    while (queued(client) !== 1) await new Promise((resolve) => setImmediate(resolve));
    await givenUp(client, controller, asked, 0);
    it.send([0x20, 3, 0, 0, 0]);
    await connecting;
    client.enqueue("z", "");
    assert.equal((await it.packet("PUBLISH")).body[2], "z".charCodeAt(0));
  });
}

test("a flush that waits for the broker's answer is withdrawn", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const controller = new AbortController();
  const flushed = client.flush({ signal: controller.signal });
  await peer.packet("PINGREQ");
  assert.equal(queued(client), 1);
  await givenUp(client, controller, flushed, 0);
  // The late answer is nobody's, and another flush has its own.
  peer.send([0xd0, 0]);
  const again = client.flush();
  await peer.packet("PINGREQ");
  peer.send([0xd0, 0]);
  await again;
});

test("a request that waits for its response is withdrawn", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, { outboundQueueMaxMessages: 2 });
  const controller = new AbortController();
  const first = client.request("q", "1", { signal: controller.signal });
  await peer.grant([0]);
  await peer.packet("PUBLISH");
  const second = client.request("q", "2");
  second.catch(() => undefined);
  await peer.packet("PUBLISH");
  await assert.rejects(client.request("q", "3"), { code: "queueFull" });
  await givenUp(client, controller, first, 0);
  const third = client.request("q", "4");
  third.catch(() => undefined);
  await peer.packet("PUBLISH");
});

test("a request that was not sent never is", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const controller = new AbortController();
  const first = client.request("q", "1", { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(first, reason);
  client.enqueue("z", "");
  for (;;) {
    const { name, body } = await peer.packet();
    if (name === "PUBLISH") {
      assert.equal(body[2], "z".charCodeAt(0));
      break;
    }
  }
});

test("a re-authentication that waits for another one is withdrawn", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, {
    authenticator: {
      method: "m",
      authenticate: ({ step }) => (step === "finish" ? undefined : ""),
    },
  });
  t.after(() => client.abort());
  const connecting = client.connect();
  const it = await peer();
  await it.accept([0x15, 0, 1, 109]);
  await connecting;
  const first = client.reauthenticate();
  await it.packet("AUTH");
  const before = queued(client);
  const controller = new AbortController();
  const second = client.reauthenticate({ signal: controller.signal });
  while (queued(client) === before) await new Promise((resolve) => setImmediate(resolve));
  await givenUp(client, controller, second, before);
  it.send([0xf0, 6, 0, 4, 0x15, 0, 1, 109]);
  await first;
  client.enqueue("z", "");
  await it.packet("PUBLISH");
  await assert.rejects(client.reauthenticate({ signal: AbortSignal.abort(reason) }), reason);
});
