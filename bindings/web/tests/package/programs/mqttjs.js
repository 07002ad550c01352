// The least that a program does, with MQTT.js.
import mqtt from "mqtt";

const client = await mqtt.connectAsync("wss://broker.example/mqtt");
await client.publishAsync("kitchen/temperature", "21.5", { qos: 1 });
await client.endAsync();
