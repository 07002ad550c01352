// What somebody writes who has read the README: it is compiled, with the compiler's strictest settings.
import { type Client, connect, MqttkaError } from "mqttka";

const stop = new AbortController();
const client: Client = await connect("wss://broker.example/mqtt", {
  keepAlive: 30,
  clientId: "kitchen",
  signal: stop.signal,
});

client.on("disconnected", (event) => {
  const cause: string = event.cause.kind;
  console.log(cause);
});
client.on("connected", () => console.log(client.state));

const outcome = await client.publish("kitchen/temperature", "21.5", { qos: 1, retain: true });
console.log(outcome.reasonCode);

try {
  for await (const message of client.subscribe("kitchen/#", { qos: 1, signal: stop.signal })) {
    const topic: string = message.topic;
    const payload: Uint8Array = message.payload;
    console.log(topic, payload.length, message.text());
    break;
  }
} catch (error) {
  if (error instanceof MqttkaError) {
    const code: string = error.code;
    console.log(code);
  }
}

await client.disconnect();
