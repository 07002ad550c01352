import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, FakeLeaf, open, Stage, settled } from "./fakes.ts";

const HOUR = 3_600_000;

test("what a turn asks for is done in order, then the client is told", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened("192.0.2.1:80");
  let seen: string[] = [];
  client.onDeliver = () => (seen = [...leaf.did]);
  await client.act(
    { type: "write", stream: 1, bytes: bytes("a") },
    { type: "write", stream: 1, bytes: bytes("b") },
    { type: "finish", stream: 1 },
    { type: "abort", stream: 1 },
  );
  assert.deepEqual(seen, ["write a", "write b", "finish", "abort"]);
  assert.deepEqual(leaf.target.server.host, "broker.test");
  assert.equal(leaf.target.protocol, "mqtt");
});

test("what is over tells nothing any more", async () => {
  const stage = new Stage();
  const client = await stage.client();
  for (const ending of ["giveUp", "abort", "close"] as const) {
    await client.act(open(1));
    const leaf = stage.leaves.pop() as FakeLeaf;
    if (ending !== "giveUp") {
      leaf.listener.opened();
      await settled();
    }
    await client.act({ type: ending, attempt: 1, stream: 1 });
    assert.deepEqual(leaf.did, [ending === "close" ? "close" : "abort"]);
    client.engine.told();
    leaf.listener.stage("tls");
    leaf.listener.opened();
    leaf.listener.openFailed("tcp", { kind: "system", message: "late" });
    leaf.listener.received(bytes("late"));
    leaf.listener.drained();
    leaf.listener.ended();
    leaf.listener.failed({ kind: "closed", message: "late" });
    await settled();
    stage.yielder.run();
    stage.time.pass(HOUR);
    assert.deepEqual(client.engine.told(), [], ending);
  }
});

test("an attempt that is over leaves the next one alone", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1), { type: "giveUp", attempt: 1 }, open(2));
  const [first, second] = stage.leaves as [FakeLeaf, FakeLeaf];
  client.engine.told();
  first.listener.opened();
  second.listener.opened();
  first.listener.failed({ kind: "closed", message: "" });
  await settled();
  assert.deepEqual(client.engine.told(), ["opened 2", "turn"]);
});

test("a failed attempt and a broken stream are told once, and their leaves are ended", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  client.engine.told();
  const [attempt] = stage.leaves as [FakeLeaf];
  const failure = { kind: "unknownIssuer", message: "x", number: 48 } as const;
  attempt.listener.openFailed("tls", failure);
  attempt.listener.openFailed("tls", failure);
  await settled();
  assert.deepEqual(client.engine.told(), ["openFailed 1 tls unknownIssuer 48", "turn"]);
  assert.deepEqual(attempt.did, ["abort"]);
  await client.act(open(2));
  const stream = stage.leaves[1] as FakeLeaf;
  stream.listener.opened();
  // After it opened, an attempt cannot fail.
  stream.listener.openFailed("tls", failure);
  stream.listener.ended();
  stream.listener.failed({ kind: "system", message: "x", number: 104 });
  stream.listener.failed({ kind: "system", message: "x", number: 104 });
  await settled();
  assert.deepEqual(client.engine.told(), [
    "turn",
    "opened 2",
    "ended 2",
    "failed 2 system 104",
    "turn",
  ]);
});

test("an opening that throws, or fails before it returns, is a failed attempt", async () => {
  const stage = new Stage();
  const client = await stage.client();
  stage.open = () => {
    throw new Error("no sockets left");
  };
  await client.act(open(1));
  assert.deepEqual(client.engine.told(), [
    "turn",
    "openFailed 1 webSocket system undefined",
    "turn",
  ]);
  let leaf: FakeLeaf | undefined;
  stage.open = (target, listener) => {
    listener.openFailed("dns", { kind: "system", message: "" });
    leaf = new FakeLeaf(target, listener);
    return leaf;
  };
  await client.act(open(2));
  assert.deepEqual(client.engine.told(), ["turn", "openFailed 2 dns system undefined", "turn"]);
  assert.deepEqual(leaf?.did, ["abort"]);
});

test("buffered bytes are told at each turn, and asked for while they stand still", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  await settled();
  client.engine.told();
  await client.act();
  assert.deepEqual(client.engine.told(), ["turn"]);
  leaf.buffered = 1_000;
  await client.act();
  assert.deepEqual(client.engine.told(), ["buffered 1 1000", "turn"]);
  stage.time.pass(1_000);
  await settled();
  const told = client.engine.told();
  assert.ok(told.length >= 5 && told.length <= 20, `${told.length}`);
  assert.ok(told.every((it) => it === "buffered 1 1000"));
  leaf.buffered = 400;
  stage.time.pass(100);
  await settled();
  const after = client.engine.told();
  assert.deepEqual([after[0], after.includes("turn")], ["buffered 1 400", true]);
  leaf.buffered = 0;
  stage.time.pass(100);
  await settled();
  assert.ok(client.engine.told().includes("buffered 1 0"));
  assert.equal(stage.time.timers, 0);
});

test("what becomes of a write is told at once", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  await settled();
  client.engine.told();
  // All of it went: the engine has room for more, and nothing else will happen.
  await client.act({ type: "write", stream: 1, bytes: bytes("x") });
  assert.deepEqual(client.engine.told(), ["turn", "buffered 1 0"]);
  await client.act();
  assert.deepEqual(client.engine.told(), ["turn"]);
});

test("what grows under the leaf's own layer is a sign of life, as of the last look (L3)", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  leaf.under = 100;
  await settled();
  const looked = stage.time.now();
  client.engine.told();
  stage.time.pass(1_000);
  await client.act();
  assert.deepEqual(client.engine.told(), ["turn"], "it has not grown");
  leaf.under = 200;
  stage.time.pass(1_000);
  await client.act();
  assert.deepEqual(client.engine.told(), [`unfinished 1 ${looked + 1_000}`, "turn"]);
  leaf.under = 300;
  leaf.listener.received(bytes("x"));
  await settled();
  assert.ok(
    !client.engine.told().some((it) => it.startsWith("unfinished")),
    "it has become something",
  );
});

test("a leaf that tells by itself is not asked", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.tellsDrained = true;
  leaf.listener.opened();
  leaf.buffered = 1_000;
  await client.act();
  assert.equal(stage.time.timers, 0);
  client.engine.told();
  leaf.buffered = 0;
  leaf.listener.drained();
  await settled();
  assert.deepEqual(client.engine.told(), ["buffered 1 0", "turn"]);
});

test("reading stops while much is unread, and goes on", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  client.engine.unreadBytes = 600_000;
  leaf.listener.received(bytes("x"));
  leaf.listener.received(bytes("x"));
  await settled();
  assert.deepEqual(leaf.did, ["pause"]);
  client.engine.unreadBytes = 300_000;
  await client.act();
  assert.deepEqual(leaf.did, ["pause"]);
  client.engine.unreadBytes = 100_000;
  await client.act();
  await client.act();
  assert.deepEqual(leaf.did, ["pause", "resume"]);
});
