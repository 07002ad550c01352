// The same program with MQTT.js and with the adapter says the same.

import assert from "node:assert/strict";
import net from "node:net";
import { after, before, test } from "node:test";
import mqttJs from "mqtt";
import { startBroker } from "../../../../examples/web/hotspot/broker.mjs";
import * as adapter from "../../dist/mqtt-js-node.js";
import { programs } from "./programs.mjs";

const LIMIT = Number(process.env.LIMIT ?? 60_000); // ms, of a program, against hanging

const libraries = { "MQTT.js": mqttJs, adapter };
let broker;
let guarded;
let breaking;
let ending;
before(async () => {
  broker = await startBroker();
  guarded = await startBroker({ user: "right" });
  breaking = await startBreaking(broker.plainPort);
  ending = await startEnding();
});
after(() => {
  for (const one of [broker, guarded, breaking, ending]) one?.stop();
});

for (const transport of ["mqtt", "ws"])
  for (const [title, program] of Object.entries(programs))
    test(`${transport}: ${title}`, { timeout: 3 * LIMIT }, async () => {
      const said = {};
      for (const [library, mqtt] of Object.entries(libraries)) {
        const lines = [];
        said[library] = lines;
        const name = `p${process.pid}${Math.random().toString(36).slice(2, 8)}`;
        const url = (one) =>
          transport === "ws"
            ? `ws://127.0.0.1:${one.port}/mqtt`
            : `mqtt://127.0.0.1:${one.plainPort}`;
        const scene = {
          mqtt,
          url: url(broker),
          guarded: url(guarded),
          nobody: `${transport}://127.0.0.1:1`,
          breaking,
          ending: ending.url,
          name,
          say: (...words) => lines.push(plain(words, name)),
        };
        await within(
          program(scene),
          () => `${library} hangs; so far it said ${JSON.stringify(lines)}`,
        );
      }
      assert.deepEqual(said.adapter, said["MQTT.js"]);
      assert.ok(said.adapter.length > 0);
    });

/** Without what differs from one run to the next. */
function plain(words, name) {
  return JSON.parse(JSON.stringify(words).replaceAll(name, "NAME"));
}

async function within(promise, text) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(text())), LIMIT);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A way to the broker whose connections can be broken. */
async function startBreaking(port) {
  const sockets = new Set();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, "127.0.0.1");
    sockets.add(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
    client.on("close", () => sockets.delete(client));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = () => {
    cut();
    server.close();
  };
  return { url: `mqtt://127.0.0.1:${server.address().port}`, cut, stop };
}

/** Accepts, and ends the connection with DISCONNECT, "server shutting down". */
async function startEnding() {
  const server = net.createServer((client) => {
    client.on("error", () => {});
    client.once("data", () => client.end(Uint8Array.of(0x20, 3, 0, 0, 0, 0xe0, 2, 0x8b, 0)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `mqtt://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
