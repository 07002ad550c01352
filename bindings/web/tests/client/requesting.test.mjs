// Requests, responders, authentication, and options that are wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { Client } from "../../dist/node.js";
import { broker, connected } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

/** A PUBLISH of QoS 0 with the properties of a request or a response. */
function message(topic, payload, responseTopic, correlation) {
  const text = (text) => [text.length >> 8, text.length & 255, ...Buffer.from(text)];
  const properties = [
    ...(responseTopic === undefined ? [] : [8, ...text(responseTopic)]),
    ...(correlation === undefined ? [] : [9, 0, correlation.length, ...correlation]),
  ];
  const body = [...text(topic), properties.length, ...properties, ...Buffer.from(payload)];
  return [0x30, body.length, ...body];
}

test("a request has its response", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client, { clientId: "device" });
  const response = client.request("q", "2", { timeout: 60 });
  const subscribed = await peer.grant([2]);
  const filter = subscribed.subarray(5, -1).toString();
  assert.match(filter, /^mqttka\/response\/device\/[0-9a-f]{16}$/);
  const { body } = await peer.packet("PUBLISH");
  const data = body.subarray(body.indexOf(9, 4 + 3 + filter.length) + 3).subarray(0, 16);
  peer.send(message(filter, "4", undefined, data));
  assert.equal((await response).text(), "4");
  await assert.rejects(client.request("q", "", { timeout: 0.001 }), { code: "timedOut" });
});

test("a function answers requests until its loop is closed", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const responder = client.respond("double", async (request) => 2 * Number(request.text()));
  await peer.grant([0]);
  await responder.ready;
  peer.send(message("double", "21", "to/me", [1, 2]));
  const { body } = await peer.packet("PUBLISH");
  assert.equal(body.subarray(2, 7).toString(), "to/me");
  assert.deepEqual([...body.subarray(7)], [5, 9, 0, 2, 1, 2, ...Buffer.from("42")]);
  const closed = responder.close();
  await peer.release();
  await closed;
});

test("no two programs have the same topic for responses", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  // Each has a WebAssembly of its own, as each page has: nothing that it draws lots from is shared.
  const program = `
    const { Client } = await import(${JSON.stringify(new URL("../../dist/node.js", import.meta.url).href)});
    const client = new Client(${JSON.stringify(uri)});
    client.request("q", "").catch(() => {});
    await client.connect();`;
  const topics = new Set();
  for (let count = 0; count < 3; count++) {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    const it = await peer();
    await it.accept();
    const { body } = await it.packet("SUBSCRIBE");
    topics.add(body.subarray(5, -1).toString());
    await worker.terminate();
  }
  assert.equal(topics.size, 3, [...topics].join(", "));
});

test("what is no request has no answer", TIMEOUT, async (t) => {
  const { client, peer } = await connected(t, Client);
  const messages = client.messages();
  peer.send(message("q", "?"));
  peer.send(message("q", "?", "a/#", [1]));
  const { value: plain } = await messages.next();
  assert.equal(plain.isRequest, false);
  await assert.rejects(client.reply(plain, "!"), { code: "invalidArgument" });
});

test("3.1.1 has neither", TIMEOUT, async (t) => {
  const { uri } = await broker(t);
  const client = new Client(uri, { protocolVersion: 4 });
  t.after(() => client.abort());
  await assert.rejects(client.request("q", ""), { code: "notSupported" });
  await assert.rejects(client.respond("q", () => "").ready, { code: "notSupported" });
});

test("the program proves who it is, step by step", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const steps = [];
  const client = new Client(uri, {
    authenticator: {
      method: "m",
      async authenticate({ step, data }) {
        steps.push([step, data === undefined ? undefined : Buffer.from(data).toString()]);
        return step === "finish" ? undefined : `my ${step}`;
      },
    },
  });
  t.after(() => client.abort());
  const connecting = client.connect();
  const it = await peer();
  const connect = await it.packet("CONNECT");
  assert.ok(connect.body.includes("my start"));
  it.send([0xf0, 10, 0x18, 8, 0x15, 0, 1, 109, 0x16, 0, 1, 63]);
  assert.ok((await it.packet("AUTH")).body.includes("my continue"));
  it.send([0x20, 11, 0, 0, 8, 0x15, 0, 1, 109, 0x16, 0, 1, 33]);
  assert.equal((await connecting).authenticationMethod, "m");
  assert.deepEqual(steps, [
    ["start", undefined],
    ["continue", "?"],
    ["finish", "!"],
  ]);
});

test("options that are wrong are named", TIMEOUT, async (t) => {
  const { uri } = await broker(t);
  for (const [options, option] of [
    [{ tolerate: ["all"] }, "tolerate"],
    [{ rateLimit: {} }, "rateLimit"],
    [{ rateLimit: { messagesPerSecond: -1 } }, "rateLimit.messagesPerSecond"],
    [{ topicAliasMaximum: 65_536 }, "topicAliasMaximum"],
    [{ manualAcknowledgement: 1 }, "manualAcknowledgement"],
    [{ authenticator: { method: "", authenticate: () => "" } }, "authenticator"],
  ]) {
    await assert.rejects(new Client(uri, options).connect(), { code: "invalidOption", option });
  }
  const client = new Client(uri);
  t.after(() => client.abort());
  await assert.rejects(client.disconnect({ sessionExpiryInterval: -1 }), {
    option: "sessionExpiryInterval",
  });
});
