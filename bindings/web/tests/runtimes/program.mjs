// A program of an application, in whatever runtime: `program.mjs DOES URI CLIENT [CA FILE]`. It says what it has done, and ends by
// itself where nothing keeps it.

import { readFileSync } from "node:fs";
import process from "node:process";

import { connect } from "../../dist/node.js";

const [does, uri, clientId, ca] = process.argv.slice(2);
const say = (text) => console.log(text);
const will = { topic: "runtimes/will", payload: "gone" };
const options = { clientId, keepAlive: does === "busy" ? 4 : 60, will };
if (ca !== undefined) options.tlsCa = readFileSync(ca, "utf8");
const client = await connect(uri, options);
client.on("disconnected", ({ cause }) => say(`disconnected ${cause.kind}`));

const doings = {
  /** There and back, with every QoS and a payload that does not fit any buffer. */
  async trip() {
    const topic = `runtimes/${clientId}`;
    const messages = client.subscribe(`${topic}/#`, { qos: 2 });
    await messages.ready;
    const large = new Uint8Array(1_000_000).fill(7);
    const publishing = Promise.all([
      client.publish(`${topic}/0`, "zero"),
      client.publish(`${topic}/1`, "one", { qos: 1 }),
      client.publish(`${topic}/2`, large, { qos: 2 }),
    ]);
    const sizes = [];
    for await (const message of messages) {
      sizes.push(message.payload.length);
      if (sizes.length === 3) break;
    }
    await publishing;
    say(`took ${sizes}`);
    await client.disconnect();
    say("over");
  },

  /** Answers to pings wait in the system while this thread is busy past the time of a verdict. */
  async busy() {
    for (const milliseconds of [1200, 2200, 3600]) {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      // A verdict would come in one of these turns.
      client.publish("runtimes/busy", "still here").catch(() => {});
      await new Promise((done) => setTimeout(done));
    }
    await new Promise((done) => setTimeout(done, 100));
    say(`then ${client.state}`);
    await client.disconnect();
  },

  /** The process is ended in the middle of its life. */
  exit() {
    process.exit(3);
  },

  /** The client is dropped as `close` drops it, without waiting for anything. */
  close() {
    client.close();
  },
};
await doings[does]();
