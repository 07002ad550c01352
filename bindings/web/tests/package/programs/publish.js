// The least that a program does: it connects, publishes and leaves.
import { connect } from "mqttka";

const client = await connect("wss://broker.example/mqtt");
await client.publish("kitchen/temperature", "21.5", { qos: 1 });
await client.disconnect();
