import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, type FakeLeaf, open, Stage, settled } from "./fakes.ts";

const HOUR = 3_600_000;

test("many pokes are one turn, in a microtask", async () => {
  const { engine, host } = await new Stage().client();
  for (let i = 0; i < 10; i++) {
    host.poke();
  }
  assert.deepEqual(engine.told(), []);
  await settled();
  assert.deepEqual(engine.told(), ["turn"]);
});

test("a deadline is a turn, when the event loop has run (L9)", async () => {
  const stage = new Stage();
  const { engine, host } = await stage.client();
  engine.deadline = stage.time.now() + 5_000;
  host.poke();
  await settled();
  engine.told();
  stage.time.pass(4_999);
  stage.yielder.run();
  assert.deepEqual(engine.told(), []);
  engine.onTurn = () => (engine.deadline = Infinity);
  stage.time.pass(1);
  stage.yielder.runs(2);
  assert.deepEqual(engine.told(), []);
  stage.yielder.run();
  assert.deepEqual(engine.told(), ["turn"]);
  stage.time.pass(HOUR);
  stage.yielder.run();
  assert.deepEqual(engine.told(), []);
});

test("what came while the thread was busy is heard before a verdict (L9)", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  client.engine.deadline = stage.time.now() + 5_000;
  await client.act();
  client.engine.told();
  stage.time.block(9_000);
  // The application publishes as soon as it runs again, before the timer and before the socket.
  client.host.poke();
  await settled();
  assert.deepEqual(client.engine.told(), [], "a turn came before the event loop had its turn");
  // Nor do timers and what else is queued come before the socket.
  stage.time.pass(0);
  stage.yielder.runs(2);
  leaf.listener.received(bytes("pingresp"));
  await settled();
  assert.deepEqual(client.engine.told(), ["received 1 pingresp"]);
  stage.yielder.run();
  assert.deepEqual(client.engine.told(), ["turn"]);
});

test("what waits for its turn does not judge what became due meanwhile (L9)", async () => {
  const stage = new Stage();
  const client = await stage.client();
  client.engine.more = true;
  client.engine.deadline = stage.time.now() + 1_000;
  await client.act();
  client.engine.told();
  stage.time.block(2_000);
  stage.yielder.run();
  assert.deepEqual(client.engine.told(), []);
  client.engine.more = false;
  client.engine.onTurn = () => (client.engine.deadline = Infinity);
  stage.yielder.runs(3);
  assert.deepEqual(client.engine.told(), ["turn"]);
});

test("more to do comes after the event loop had its turn, and clients take turns (L20)", async () => {
  const stage = new Stage();
  const order: string[] = [];
  const [a, b] = [await stage.client(), await stage.client()];
  for (const [name, { engine }] of [
    ["a", a],
    ["b", b],
  ] as const) {
    engine.more = true;
    engine.onTurn = () => {
      order.push(name);
      // Two of them are a slice.
      stage.time.block(2);
    };
  }
  a.host.poke();
  b.host.poke();
  await settled();
  assert.deepEqual(order.splice(0), ["a", "b"]);
  stage.yielder.run();
  assert.deepEqual(order.splice(0), ["a", "b"]);
  a.engine.more = false;
  stage.yielder.run();
  assert.deepEqual(order.splice(0), ["a", "b"]);
  stage.yielder.run();
  assert.deepEqual(order.splice(0), ["b", "b"]);
});

test("turns by microtasks do not keep the event loop from running for ever", async () => {
  const stage = new Stage();
  const client = await stage.client();
  let turns = 0;
  // As an application that publishes as soon as the last publish is done.
  client.engine.onTurn = () => turns++;
  client.onDeliver = () => void Promise.resolve().then(() => client.host.poke());
  client.host.poke();
  for (let i = 0; i < 50; i++) {
    await settled();
  }
  assert.ok(turns > 10 && turns < 1_000, `${turns} turns`);
  const before = turns;
  stage.yielder.run();
  await settled();
  assert.ok(turns > before, "the event loop's turn is followed by further ones");
  client.onDeliver = () => {};
});

test("a wall clock that is set is a hint, never a turn that was missed (L2)", async () => {
  const stage = new Stage();
  const { engine, host } = await stage.client();
  engine.deadline = stage.time.now() + 50_000;
  host.poke();
  await settled();
  engine.told();
  stage.wall -= HOUR;
  stage.time.pass(20_000);
  await settled();
  assert.deepEqual(engine.told(), []);
  stage.wall += HOUR;
  stage.time.pass(15_000);
  await settled();
  assert.deepEqual(engine.told(), ["networkChanged changed", "turn"]);
  // Corrections are none.
  stage.wall += 4_000;
  stage.time.pass(15_000);
  await settled();
  assert.deepEqual(engine.told(), []);
});

test("without a deadline, or in the background, no clocks are compared", async () => {
  const stage = new Stage();
  const client = await stage.client();
  assert.equal(stage.time.timers, 0);
  client.engine.deadline = stage.time.now() + HOUR;
  client.host.background();
  await settled();
  stage.wall += HOUR;
  stage.time.pass(HOUR / 2);
  await settled();
  assert.deepEqual(client.engine.told(), ["background", "turn"]);
});

test("hints reach the engine", async () => {
  const stage = new Stage();
  const { engine, host } = await stage.client();
  const [hinted] = [...stage.hints.clients];
  hinted?.foreground();
  hinted?.networkChanged("lost");
  hinted?.resumed();
  await settled();
  assert.deepEqual(engine.told(), ["foreground", "networkChanged lost", "turn suspended"]);
  hinted?.show();
  await settled();
  assert.deepEqual(engine.told(), ["unpark", "turn suspended"]);
  host.poke();
  await settled();
  assert.deepEqual(engine.told(), ["turn"]);
});

test("a page that goes says goodbye before the handler returns", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  await settled();
  client.engine.told();
  let turns = 0;
  client.engine.more = true;
  client.engine.park = () => {
    client.engine.actions.push({ type: "write", stream: 1, bytes: bytes("goodbye") });
  };
  client.engine.onTurn = () => {
    client.engine.more = ++turns < 3;
    if (turns === 3) {
      client.engine.actions.push({ type: "finish", stream: 1 });
    }
  };
  const [hinted] = [...stage.hints.clients];
  hinted?.hide();
  assert.deepEqual(leaf.did, ["write goodbye", "finish"]);
  assert.equal(turns, 3);
});

test("a trap is told once, and all ends", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.act(open(1));
  const leaf = stage.leaves[0] as FakeLeaf;
  leaf.listener.opened();
  client.engine.deadline = stage.time.now() + 1_000;
  await client.act();
  const trap = new WebAssembly.RuntimeError("unreachable");
  client.engine.onTurn = () => {
    throw trap;
  };
  client.host.poke();
  await settled();
  client.engine.told();
  leaf.listener.received(bytes("x"));
  client.host.poke();
  stage.time.pass(HOUR);
  await settled();
  stage.yielder.run();
  assert.deepEqual(client.crashes, [trap]);
  assert.deepEqual(client.engine.told(), []);
  assert.deepEqual(leaf.did, ["abort"]);
  assert.equal(stage.hints.clients.size, 0);
  assert.equal(stage.time.timers, 0);
});

test("a trap in any call is one", async () => {
  for (const call of [
    "takeActions",
    "wanted",
    "received",
    "buffered",
    "enteredForeground",
  ] as const) {
    const stage = new Stage();
    const client = await stage.client();
    await client.act(open(1));
    const leaf = stage.leaves[0] as FakeLeaf;
    leaf.listener.opened();
    await settled();
    client.engine[call] = () => {
      throw new WebAssembly.RuntimeError(call);
    };
    leaf.buffered = 1;
    leaf.listener.received(bytes("x"));
    client.host.foreground();
    await settled();
    assert.equal(client.crashes.length, 1, call);
    assert.deepEqual(leaf.did, ["abort"], call);
  }
});

test("after the end nothing is left", async () => {
  for (const closes of [true, false]) {
    const stage = new Stage();
    const client = await stage.client();
    const other = await stage.client();
    await client.act(open(1), open(2));
    const [one, two] = stage.leaves as [FakeLeaf, FakeLeaf];
    one.listener.opened();
    one.buffered = 10;
    client.engine.deadline = stage.time.now() + 1_000;
    client.engine.more = true;
    await client.act();
    if (closes) {
      client.engine.closed = true;
      await client.act();
    } else {
      client.host.stop();
      client.host.stop();
    }
    assert.deepEqual([one.did, two.did], [["abort"], ["abort"]]);
    assert.equal(stage.time.timers, 0);
    assert.equal(stage.hints.clients.size, 1);
    assert.equal(stage.yielder.closed, 0, "another client is there");
    other.host.stop();
    assert.equal(stage.hints.clients.size, 0);
    assert.equal(stage.yielder.closed, 1);
    client.engine.told();
    client.host.poke();
    await settled();
    stage.yielder.run();
    assert.deepEqual(client.engine.told(), []);
  }
});

test("a client that is closed while it is told does not get another turn", async () => {
  const stage = new Stage();
  const client = await stage.client();
  client.engine.more = true;
  client.onDeliver = () => client.host.stop();
  await client.act();
  stage.yielder.run();
  assert.deepEqual(client.engine.told(), ["turn"]);
});

test("what is told while it is told is told afterwards, not within", async () => {
  const stage = new Stage();
  const client = await stage.client();
  let depth = 0;
  let times = 0;
  client.onDeliver = () => {
    assert.equal(depth++, 0);
    if (++times === 1) {
      // As `process.exit()` of an application does.
      client.host.hide();
    }
    depth--;
  };
  await client.act();
  assert.ok(times >= 2);
});

test("what is due keeps a process alive only for a connection, an attempt, or the next one", async () => {
  const stage = new Stage();
  const client = await stage.client();
  client.engine.deadline = stage.time.now() + 10_000;
  client.engine.now = "reconnecting";
  await client.act();
  assert.equal(stage.time.keeping, 1);
  client.engine.now = "idle";
  await client.act();
  assert.deepEqual([stage.time.timers, stage.time.keeping], [1, 0]);
  await client.act(open(1));
  assert.equal(stage.time.keeping, 1);
  await client.act({ type: "abort", stream: 1 });
  assert.equal(stage.time.keeping, 0);
  // Also where the alarm is set anew.
  client.engine.deadline = stage.time.now() + 1_000;
  await client.act();
  assert.deepEqual([stage.time.timers, stage.time.keeping], [1, 0]);
});
