// The first program: subscribes, publishes, prints what comes, and says goodbye.
//
//   node hello.mjs [URL]          mqtt://localhost by default; mqtts://, ws:// and wss:// too, with user:password@

import { connect } from "mqttka";

const client = await connect(process.argv[2] ?? "mqtt://localhost", { keepAlive: 10 });
client.on("disconnected", (event) => console.log(event.description));

const messages = client.subscribe("examples/hello", { qos: 1 });
await client.publish("examples/hello", "hello", { qos: 1 });
for await (const message of messages) {
  console.log(`received: ${message.text()}`);
  break;
}
await client.disconnect();
