// mqttka, by its public API and with its defaults.
import { Client } from "/dist/index.js";

export function start({ url, keepAlive, clientId, will }, tell) {
  const client = new Client(url, {
    keepAlive,
    clientId,
    ...(will && { will: { topic: will, payload: "gone" } }),
  });
  client.on("connected", () => tell("connected"));
  client.on("disconnected", (event) =>
    tell("disconnected", { cause: event.cause.kind, detail: event.description }),
  );
  client.on("connectFailed", (event) =>
    tell("connectFailed", { stage: event.error.stage, cause: event.error.kind }),
  );
  client.on("reconnecting", (event) => tell("reconnecting", { delay: event.delay }));
  client.on("reconnectStopped", (event) =>
    tell("reconnectStopped", { why: event.reasonDescription }),
  );
  client.on("suspect", () => tell("suspect"));
  client.on("alive", () => tell("alive"));
  // Where the first attempt fails, the client goes on by itself.
  client.connect().catch((error) => tell("firstAttemptFailed", { message: String(error) }));
  return {
    publish: (topic, payload, qos) => client.publish(topic, payload, { qos }),
    async subscribe(topic, take) {
      const messages = client.subscribe(topic);
      const all = (async () => {
        for await (const message of messages) take(message.payload.length);
      })();
      all.catch((error) => tell("error", { message: String(error) }));
      await messages.ready;
    },
    close: () => client.close(),
  };
}
