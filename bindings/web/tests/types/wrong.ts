// What is wrong does not compile: each line here is an error, or this file is one.

import { Client, connect } from "../../dist/index.js";

const client = new Client("wss://a");
// @ts-expect-error an option of another name
new Client("wss://a", { username: "ann" });
// @ts-expect-error a number as text
new Client("wss://a", { keepAlive: "60" });
// @ts-expect-error no such policy
new Client("wss://a", { queuePolicy: "drop" });
// @ts-expect-error no such version
new Client("wss://a", { protocolVersion: 3 });
// @ts-expect-error a will has a topic
new Client("wss://a", { will: { payload: "x" } });
// @ts-expect-error no broker
new Client();
// @ts-expect-error no such QoS
void client.publish("a", "b", { qos: 3 });
// @ts-expect-error an object is no payload
void client.publish("a", { b: 1 });
// @ts-expect-error no such event
client.on("closed", () => {});
// @ts-expect-error an event has no such field
client.on("connected", (event) => event.cause);
// @ts-expect-error a kind that is none
client.on("disconnected", ({ cause }) => cause.kind === "timeout");
// @ts-expect-error a field of another kind
client.on("disconnected", ({ cause }) => cause.reasonCode);
// @ts-expect-error a filter is text
client.subscribe(5);
// @ts-expect-error no such handling
client.subscribe({ filter: "a", retainHandling: 1 });
// @ts-expect-error states are read
client.state = "idle";
// @ts-expect-error what is known is not to be changed
client.status().keepAlive = 5;
// @ts-expect-error a signal
void connect("wss://a", { signal: true });
