// MQTT.js as its documentation advises, with its own defaults. Its verdict is its event `close`.
import mqtt from "/mqttjs/mqtt.esm.js";

export function start({ url, keepAlive, clientId, will }, tell) {
  const client = mqtt.connect(url, {
    keepalive: keepAlive,
    clientId,
    ...(will && { will: { topic: will, payload: "gone", qos: 0, retain: false } }),
  });
  let connected = false;
  let why = "";
  client.on("connect", () => {
    connected = true;
    why = "";
    tell("connected");
  });
  client.on("error", (error) => (why = String(error.message ?? error)));
  client.on("offline", () => tell("offline"));
  client.on("close", () => {
    if (connected) tell("disconnected", { cause: why });
    connected = false;
  });
  return {
    publish: (topic, payload, qos) => client.publishAsync(topic, payload, { qos }),
    async subscribe(topic, take) {
      client.on("message", (_, payload) => take(payload.length));
      await client.subscribeAsync(topic);
    },
    close: () => client.end(true),
  };
}
