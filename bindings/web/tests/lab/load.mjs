// What the adapter does while connected: the lab's loads.
import { say } from "./say.mjs";

const UP = "lab/up";
const DOWN = "lab/down";
const SUBSCRIBERS = ["subscriber", "both", "stuck", "download", "download-qos0"];
/** How many publishes of a flood wait for their end at a time: an application that goes as fast as it is accepted. */
const FLOOD = 64;

/** Begins the load of a connection; it ends when the connection does. */
export function begin(client, load, keepAlive) {
  const over = new AbortController();
  client.once("disconnected", () => over.abort());
  if (SUBSCRIBERS.includes(load)) void subscribe(client, load, over.signal);
  if (["qos0", "both", "download-qos0"].includes(load)) stream(client, 0, keepAlive, over.signal);
  if (load === "qos1") stream(client, 1, keepAlive, over.signal);
  if (load === "flood")
    for (let index = 0; index < FLOOD; index++) void pour(client, 1024, 0, over.signal);
  if (load === "upload") void pour(client, 10_000_000, 1, over.signal);
}

/** A publish whose end nobody asks for: the events tell of what matters here. */
const publish = (client, bytes, qos, signal) => client.publish(UP, bytes, { qos, signal });

function stream(client, qos, keepAlive, signal) {
  const every = Number(process.env.LAB_EVERY ?? 0.1 * keepAlive);
  const send = () => publish(client, new Uint8Array(64), qos, signal).catch(() => {});
  const timer = setInterval(send, 1000 * every);
  signal.addEventListener("abort", () => clearInterval(timer));
  send();
}

/** One after another. */
async function pour(client, length, qos, signal) {
  const bytes = new Uint8Array(length);
  while (!signal.aborted) {
    await publish(client, bytes, qos, signal).catch(() => {});
    // A turn of the event loop between, or nothing else would ever run.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Takes messages. The load `stuck` never asks for the second one: a loop that waits for ever is what a stuck handler is
 * in JavaScript. (One that computes for ever stops all of the thread, and its callbacks, too.)
 */
async function subscribe(client, load, signal) {
  try {
    const messages = client.subscribe(DOWN, { qos: 0, signal });
    messages.ready.then(
      () => say("subscribed"),
      () => {},
    );
    for await (const _ of messages) {
      if (load !== "stuck") continue;
      say("stuck");
      await new Promise(() => {});
    }
  } catch {
    // The connection is over, which the events tell.
  }
}
