// MQTT.js as its documentation advises, with its own defaults; it connects again only when told to.
"use strict";

const fs = require("fs");
const { spawnSync } = require("child_process");
const mqtt = require("mqtt");

const UP = "lab/up";
const DOWN = "lab/down";
const [keepAlive, load] = [Number(process.argv[4]), process.argv[5]];
const SUBSCRIBERS = ["subscriber", "both", "stuck", "download", "download-qos0"];

// Node shows the clock that stands still while the machine sleeps. It does not sleep here: the two differ by a constant.
const asked = spawnSync("python3", [
  "-c",
  "import time; print(time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC))",
]);
const offset = BigInt(asked.stdout.toString().trim());

let client;
let connected = false;
let quitting = false;

function say(event, fields = {}) {
  const t = process.hrtime.bigint() + offset;
  const rest = Object.entries(fields).map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
  // Synchronous: nothing may be left in a buffer.
  fs.writeSync(1, `{"t":${t},"event":${JSON.stringify(event)}${rest.join("")}}\n`);
}

function connect() {
  say("connecting");
  let failure = "";
  const options = { keepalive: keepAlive, clean: true, protocolVersion: 4, reconnectPeriod: 0 };
  if (process.env.LAB_CA) options.ca = fs.readFileSync(process.env.LAB_CA);
  if (options.ca) options.wsOptions = { ca: options.ca };
  const own = (client = mqtt.connect(process.env.LAB_URI, options));
  let over = false;
  own.on("connect", () => {
    connected = true;
    say("connected");
    if (SUBSCRIBERS.includes(load)) own.subscribe(DOWN, (error) => error || say("subscribed"));
    begin(own);
  });
  own.on("error", (error) => (failure = String(error.message || error.code || error)));
  own.on("message", () => {
    if (load === "stuck") stick();
  });
  own.on("close", () => {
    if (over) return;
    over = true;
    say(connected ? "disconnected" : "connect_failed", { reason: quitting ? "requested" : failure });
    connected = false;
    if (quitting) process.exit(0);
  });
}

/** The handler that never returns: nothing else runs in this process until the lab says so. */
function stick() {
  say("stuck");
  const byte = Buffer.alloc(64);
  for (;;) {
    try {
      const count = fs.readSync(0, byte);
      if (count === 0 || byte.subarray(0, count).toString().includes("quit")) break;
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
  quit();
}

function begin(own) {
  const lives = () => own === client && connected && !quitting;
  const every = (qos) => {
    const publish = () => (lives() ? own.publish(UP, Buffer.alloc(64), { qos }) : clearInterval(timer));
    const timer = setInterval(publish, 100 * keepAlive);
  };
  const pour = (length, qos) => {
    const payload = Buffer.alloc(length);
    // One after another; a turn of the event loop between, or nothing else would ever run.
    const next = () => lives() && own.publish(UP, payload, { qos }, () => setImmediate(next));
    next();
  };
  if (["qos0", "both", "download-qos0"].includes(load)) every(0);
  if (load === "qos1") every(1);
  if (load === "flood") pour(1024, 0);
  if (load === "upload") pour(10_000_000, 1);
}

function quit() {
  quitting = true;
  if (!connected) process.exit(0);
  client.end(false, {}, () => {
    if (connected) say("disconnected", { reason: "requested" });
    process.exit(0);
  });
}

connect();
let typed = "";
process.stdin.on("data", (data) => {
  typed += data;
  const lines = typed.split("\n");
  typed = lines.pop();
  for (const line of lines) {
    if (line === "connect") connect();
    if (line === "quit") quit();
  }
});
process.stdin.on("end", quit);
