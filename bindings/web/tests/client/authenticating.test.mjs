// Enhanced authentication: what AUTH and CONNACK say besides their data, and what ours says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, connect } from "../../dist/node.js";
import { FakeBroker } from "../../dist/testing-node.js";

const TIMEOUT = { timeout: 60_000 };

/** A broker that asks one question, and an authenticator that gives these answers by their step. */
async function both(t, answers) {
  const broker = await FakeBroker.start();
  t.after(() => broker.stop());
  broker.authenticate("ticket");
  broker.challenge("which?");
  broker.finishAuthentication("fine");
  const told = [];
  const authenticator = {
    method: "ticket",
    authenticate({ step, reasonString, userProperties }) {
      told.push([step, reasonString, userProperties]);
      return answers[step];
    },
  };
  return { broker, told, options: { authenticator, reconnect: false } };
}

test("the broker's words and user properties come with each step", TIMEOUT, async (t) => {
  const { broker, told, options } = await both(t, { start: "me", continue: "this one" });
  broker.setProperties("AUTH", { reasonString: "show it", userProperties: [["a", "1"]] });
  const pairs = [
    ["b", "2"],
    ["b", "3"],
  ];
  broker.setProperties("CONNACK", { reasonString: "welcome", userProperties: pairs });
  const client = await connect(broker.uri, options);
  t.after(() => client.abort());
  assert.deepEqual(told.splice(0), [
    ["start", undefined, undefined],
    ["continue", "show it", [["a", "1"]]],
    ["finish", "welcome", pairs],
  ]);
  // There is no CONNACK where the connection goes on: AUTH ends it.
  await client.reauthenticate();
  assert.deepEqual(told[2], ["finish", "show it", [["a", "1"]]]);
});

test("an answer has user properties, in AUTH", TIMEOUT, async (t) => {
  const answers = { start: "me", continue: { data: "this one", userProperties: { c: "4" } } };
  const { broker, options } = await both(t, answers);
  const client = await connect(broker.uri, options);
  t.after(() => client.abort());
  const seen = async () => (await broker.expect("authenticating")).properties.userProperties;
  assert.equal(await seen(), undefined);
  assert.deepEqual(await seen(), [["c", "4"]]);
  const pairs = [
    ["d", "5"],
    ["d", "6"],
  ];
  answers.start = { userProperties: pairs };
  await client.reauthenticate();
  assert.deepEqual(await seen(), pairs);
});

test("what no AUTH can have fails the exchange by name", TIMEOUT, async (t) => {
  const pairs = { userProperties: { a: "1" } };
  for (const [step, answer, why] of [
    ["start", pairs, /user_?properties/i],
    ["finish", pairs, /user_?properties/i],
    ["continue", { userProperties: { a: "\0" } }, /userProperties/],
    ["continue", { words: "" }, /words/],
    ["continue", { data: 5 }, /data/],
  ]) {
    const { broker, options } = await both(t, { start: "me", continue: "this", [step]: answer });
    const client = new Client(broker.uri, options);
    t.after(() => client.abort());
    await assert.rejects(client.connect(), (error) => {
      assert.equal(error.code, "connectFailed");
      assert.equal(error.error.kind, "authentication");
      assert.match(error.message, why);
      return true;
    });
  }
});

test("an answer that is too large for the broker fails the exchange", TIMEOUT, async (t) => {
  const answers = { start: "me", continue: "this" };
  const { broker, options } = await both(t, answers);
  broker.announce({ maximumPacketSize: 100 });
  const client = await connect(broker.uri, options);
  t.after(() => client.abort());
  answers.continue = { userProperties: { a: "x".repeat(200) } };
  await assert.rejects(client.reauthenticate(), { code: "authentication" });
});
