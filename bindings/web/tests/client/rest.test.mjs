// What a client that was disconnected keeps: neither the process nor itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import { Client } from "../../dist/node.js";
import { broker } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

/** Runs a program in a Node of its own; what it printed, and how long it lived after it said goodbye. */
async function run(program, uri) {
  const source = `import { connect } from "${new URL("../../dist/node.js", import.meta.url)}";
    const uri = "${uri}";
    ${program}
    console.log("bye");`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", source]);
  let [printed, said] = ["", 0];
  child.stdout.on("data", (data) => {
    printed += data;
    said = performance.now();
  });
  child.stderr.on("data", (data) => (printed += data));
  const [code] = await once(child, "close");
  assert.equal(code, 0, printed);
  return { printed, lived: performance.now() - said };
}

test("a process ends although its loop left a message behind", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const over = run(
    `const client = await connect(uri);
    for await (const message of client.subscribe("a")) break;
    await client.disconnect();`,
    uri,
  );
  const it = await peer();
  await it.accept();
  await it.grant();
  it.publish("a", "left behind");
  await it.release();
  await it.packet("DISCONNECT");
  it.socket.end();
  const { lived } = await over;
  // The message waits 10 s for another consumer.
  assert.ok(lived < 7_000, `${lived} ms`);
});

test("who drops a client that is disconnected is rid of it", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const over = run(
    `let client = await connect(uri);
    await client.disconnect();
    const [it, end] = [new WeakRef(client), performance.now() + 20_000];
    client = undefined;
    while (it.deref() !== undefined && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
    }
    console.log(it.deref() === undefined ? "gone" : "still there");`,
    uri,
  );
  const it = await peer();
  await it.accept();
  await it.packet("DISCONNECT");
  it.socket.end();
  assert.match((await over).printed, /gone\nbye/);
});

test("a signal ends no attempt that another call began", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri);
  t.after(() => client.abort());
  const first = client.connect();
  const controller = new AbortController();
  const second = client.connect({ signal: controller.signal });
  controller.abort();
  await assert.rejects(second);
  await (await peer()).accept();
  await first;
  assert.equal(client.state, "connected");
});
