// mqttka in Node, for the lab (tests/lab): `node client.mjs HOST PORT KEEP_ALIVE LOAD`, told by its environment how to
// connect; events out on standard output, commands in on standard input. The lab's README has the protocol.
//
// MQTTKA_PACKAGE names the package's folder; without it the one around this file.

import { readFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";
import { exchange } from "./exchange.mjs";
import { begin } from "./load.mjs";
import { say } from "./say.mjs";

const folder = process.env.MQTTKA_PACKAGE;
const main = folder
  ? pathToFileURL(path.join(path.resolve(folder), "dist", "node.js")).href
  : "mqttka";
const { Client, topicMatches } = await import(main);
// What is measured is an attempt to connect, not how long a starved machine takes to compile the WebAssembly.
await topicMatches("#", "loaded");

const [keepAlive, load] = [Number(process.argv[4]), process.argv[5]];
const setting = (name) => process.env[name] || undefined;

const options = { keepAlive };
if (setting("LAB_CA")) options.tlsCa = readFileSync(setting("LAB_CA"), "utf8");
if (setting("LAB_PROXY")) options.proxy = setting("LAB_PROXY");
if (setting("LAB_PROTOCOL_VERSION") === "4") options.protocolVersion = "3.1.1";
// The lab's `--reconnect`: a client that comes back by itself and keeps its session.
const returns = load === "exchange" || setting("LAB_RETURNS") === "1";
if (returns) {
  const back = { clientId: "lab-returning", sessionExpiryInterval: 3600, cleanStart: false };
  Object.assign(options, back, { makeBeforeBreak: setting("LAB_MAKE_BEFORE_BREAK") === "1" });
} else {
  options.reconnect = false;
}

const client = new Client(setting("LAB_URI"), options);
const asked = (kind) => kind === "clientClosed" || kind === "disconnectRequested";
/** The lab's words are those of the vocabulary in snake_case. */
const snake = (name) => name?.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

client.on("connected", (event) => {
  say("connected", { connection: event.connectionNumber });
  if (!returns) begin(client, load, keepAlive);
});
client.on("disconnected", (event) => {
  const { cause, connectionNumber: connection } = event;
  const { lastInboundAge, unansweredPings: unanswered_pings } = event.liveness;
  const ages = { inbound_age_ms: Math.round(lastInboundAge * 1000), unanswered_pings };
  say("disconnected", { connection, cause: snake(cause.kind), final: asked(cause.kind), ...ages });
});
client.on("connectFailed", (event) => {
  say("connect_failed", {
    stage: snake(event.error.stage),
    cause: snake(event.error.kind),
    final: asked(event.error.kind),
  });
});
for (const name of [
  "reconnecting",
  "reconnectStopped",
  "moved",
  "suspect",
  "alive",
  "subscriptionsLost",
]) {
  client.on(name, (event) => say(snake(name), { connection: event.connectionNumber }));
}

/** Its outcome is told by the events. */
function connect() {
  say("connecting");
  client.connect().catch(() => {});
}

async function quit() {
  await client.close();
  // Not by exit(), which waits for a call of the system's resolver that hangs.
  process.kill(process.pid, "SIGKILL");
}

connect();
const exchanging = returns ? exchange(client) : undefined;
const commands = readline.createInterface({ input: process.stdin });
commands.on("line", (line) => {
  if (line === "connect") connect();
  if (line === "quit") commands.close();
  if (line === "publish") exchanging?.start();
  if (line === "settle") exchanging?.settle();
  if (line.startsWith("network ")) client.networkChanged(line.split(" ")[1]);
});
commands.on("close", quit);
