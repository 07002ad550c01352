// The fake broker, within the program and on a port.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, connect, ScramSha256 } from "../../dist/node.js";
import { FakeBroker, MissingError } from "../../dist/testing-node.js";

const TIMEOUT = { timeout: 60_000 };
const KINDS = ["start", "listen"];

/** One, and a client that is connected with it; both end with the test. */
async function both(t, kind, options = {}) {
  const broker = await FakeBroker[kind]();
  t.after(() => broker.stop());
  const client = await connect(broker.uri, { keepAlive: 60, clientId: "pump-1", ...options });
  t.after(() => client.abort());
  return { broker, client };
}

const next = (client, name) => new Promise((resolve) => client.once(name, resolve));

for (const kind of KINDS) {
  test(`${kind}: messages go and come, and are seen`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind);
    assert.equal((await broker.expect("connected")).clientId, "pump-1");
    assert.deepEqual(broker.clients, ["pump-1"]);
    const properties = { contentType: "text/plain", userProperties: [["a", "b"]] };
    await client.publish("status/pump-1", "online", { qos: 1, retain: true, properties });
    const message = await broker.expectPublish("status/+");
    assert.equal(message.text(), "online");
    assert.equal(message.qos, 1);
    assert.equal(message.properties.contentType, "text/plain");
    assert.deepEqual(message.properties.userProperties, [["a", "b"]]);
    assert.equal(broker.retained("status/pump-1").text(), "online");
    assert.equal(broker.retained("other"), undefined);

    const messages = client.subscribe("orders/#", { qos: 2 });
    await messages.ready;
    assert.equal((await broker.expect("subscribed", "orders/#")).reasonCode, 2);
    broker.publish("orders/1", "go", { qos: 2, properties: { responseTopic: "answers" } });
    const { value } = await messages.next();
    assert.equal(value.text(), "go");
    assert.equal(value.isRequest, true);
    await client.reply(value, "gone");
    assert.equal((await broker.expectPublish("answers")).text(), "gone");
    await client.disconnect();
    await broker.expect("disconnected");
  });

  test(`${kind}: the internet is gone, and comes back`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind);
    broker.goSilent();
    let settled = false;
    const publishing = client.publish("a", "1", { qos: 1 }).then(() => {
      settled = true;
    });
    // A second client comes nowhere, and is let in when the internet is back.
    const second = new Client(broker.uri, { clientId: "pump-2", connectTimeout: 60 });
    t.after(() => second.abort());
    const connecting = second.connect();
    await assert.rejects(broker.expect("published", "a", { timeout: 0.05 }), MissingError);
    assert.equal(settled, false);
    broker.comeBack();
    await publishing;
    await connecting;
    assert.equal((await broker.expectPublish("a")).text(), "1");
    assert.deepEqual(broker.clients, ["pump-1", "pump-2"]);
  });

  test(`${kind}: a path that is gone is told within the bound`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind, { keepAlive: 2, reconnect: false });
    const ended = next(client, "disconnected");
    broker.goSilent();
    assert.match((await ended).cause.kind, /keepAliveTimeout|serverUnresponsive/);
  });

  test(`${kind}: it ends connections in each way`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind, {
      reconnectFirstDelay: 0.01,
      reconnectMaxDelay: 0.01,
    });
    for (const [end, cause] of [
      [() => broker.disconnect(0x8b, "pump-1", "good night"), "serverDisconnect"],
      [() => broker.close(), "closedByServer"],
      [() => broker.halfClose("pump-1"), "closedByServer"],
      [() => broker.reset(), "transport"],
      [() => broker.sendBytes(Uint8Array.of(0)), "protocol"],
    ]) {
      const ended = next(client, "disconnected");
      const again = next(client, "connected");
      end();
      const { cause: told } = await ended;
      assert.equal(told.kind, cause);
      if (cause === "serverDisconnect") assert.equal(told.reasonString, "good night");
      if (client.state !== "connected") {
        if (client.state !== "reconnecting" && client.state !== "connecting")
          await client.connect();
        else await again;
      }
    }
  });

  test(`${kind}: it refuses`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind);
    broker.refusePublishes(0x97);
    await assert.rejects(client.publish("a", "", { qos: 1 }), { reasonCode: 0x97 });
    broker.refusePublishes(null);
    await client.publish("a", "", { qos: 1 });
    broker.refuseSubscriptions();
    await assert.rejects(client.subscribe("a").ready, { reasonCode: 0x87 });
    broker.refuseConnections(0x8a, 1);
    await assert.rejects(connect(broker.uri, { reconnect: false }), { code: "connectFailed" });
    assert.equal((await broker.expect("refused")).reasonCode, 0x8a);
    const other = await connect(broker.uri);
    other.abort();
    assert.throws(() => broker.refuseConnections(0), { code: "invalidArgument" });
    assert.throws(() => broker.close("nobody"), { code: "notConnected" });
  });

  test(`${kind}: acknowledgements are held, and announcements kept`, TIMEOUT, async (t) => {
    const { broker, client } = await both(t, kind);
    broker.acknowledge("held");
    let settled = false;
    const publishing = client.publish("a", "", { qos: 1 }).then(() => {
      settled = true;
    });
    await broker.expectPublish("a");
    assert.equal(settled, false);
    broker.acknowledge("atOnce");
    await publishing;
    assert.throws(() => broker.acknowledge("later"), { option: "acknowledging" });
    broker.announceNumber("maximumQos", 1);
    assert.throws(() => broker.announceNumber("maximumQos", 7), { code: "invalidArgument" });
    const limited = await connect(broker.uri);
    t.after(() => limited.abort());
    assert.equal(limited.negotiated.maximumQos, 1);
  });
}

test("clients prove who they are", TIMEOUT, async (t) => {
  const broker = await FakeBroker.start();
  t.after(() => broker.stop());
  broker.authenticateScram("pump-1", "pencil");
  const authenticator = new ScramSha256("pump-1", "pencil");
  const client = await connect(broker.uri, { authenticator });
  t.after(() => client.abort());
  assert.equal(
    (await broker.expect("authenticating")).properties.authenticationMethod,
    "SCRAM-SHA-256",
  );
  await client.reauthenticate();
  broker.refuseAuthentications(0x87);
  await assert.rejects(client.reauthenticate(), { reasonCode: 0x87 });
  broker.refuseAuthentications(null);
  await assert.rejects(connect(broker.uri, { authenticator: new ScramSha256("pump-1", "pen") }));
  broker.authenticate("ticket");
  broker.challenge("which?");
  broker.finishAuthentication("fine");
  const steps = [];
  const ticket = {
    method: "ticket",
    authenticate({ step, data }) {
      steps.push([step, data && Buffer.from(data).toString()]);
      return step === "finish" ? undefined : "this";
    },
  };
  const other = await connect(broker.uri, { authenticator: ticket });
  t.after(() => other.abort());
  assert.deepEqual(steps, [
    ["start", undefined],
    ["continue", "which?"],
    ["finish", "fine"],
  ]);
});

test("what is missing is told with what came instead", TIMEOUT, async (t) => {
  const { broker, client } = await both(t, "start");
  await client.publish("b", "x");
  await broker.expectPublish("b");
  await client.publish("c", "x");
  await assert.rejects(broker.expectPublish("a", { timeout: 0.01 }), (error) => {
    assert.ok(error instanceof MissingError);
    assert.match(error.message, /expected 'published' of a, which did not come in time/);
    assert.match(error.message, /published: connection 1, client 'pump-1', c/);
    return true;
  });
  broker.forgetSeen();
  assert.equal(broker.takeAny(), undefined);
  assert.throws(() => broker.announceNumber("color", 1), { option: "property" });
  await assert.rejects(broker.expect("nonsense"), { option: "kind" });
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = broker.expect("pinged", undefined, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(waiting, reason);
});

test("one that was stopped is not found, and tells who waits", TIMEOUT, async (t) => {
  for (const kind of KINDS) {
    const { broker, client } = await both(t, kind, { reconnect: false });
    const ended = next(client, "disconnected");
    const waiting = broker.expect("pinged");
    waiting.catch(() => {});
    await broker.stop();
    await broker.stop();
    await ended;
    await assert.rejects(waiting, /was stopped/);
    await assert.rejects(connect(broker.uri, { reconnect: false, connectTimeout: 5 }), {
      code: "connectFailed",
    });
  }
});
