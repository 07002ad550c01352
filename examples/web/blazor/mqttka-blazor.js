// What a Blazor app's C# calls: docs/blazor.md has the class. Copy both into the app.
import { Client } from "./mqttka/index.js";

/** A client whose events and messages go to `dotnet`, a DotNetObjectReference. */
export function open(dotnet, url, options) {
  const client = new Client(url, options);
  const loops = new Map();
  void (async () => {
    for await (const event of client.events()) await dotnet.invokeMethodAsync("OnEvent", event.type, event.description);
  })().catch(() => {}); // .NET has let go of its object
  return {
    connect: () => client.connect(),
    disconnect: () => client.disconnect(),
    close: () => client.close(),
    publish: (topic, payload, qos, retain) => client.publish(topic, payload, { qos, retain }).then(() => undefined),
    /** Resolves when the broker has granted it. Each message is acknowledged when .NET's task for it has ended. */
    async subscribe(id, filter, qos) {
      const messages = client.subscribe(filter, { qos });
      loops.set(id, messages);
      await messages.ready;
      void (async () => {
        for await (const message of messages) await dotnet.invokeMethodAsync("OnMessage", id, message.topic, message.payload);
      })().catch((error) => dotnet.invokeMethodAsync("OnEvent", "subscriptionEnded", error.message));
    },
    async unsubscribe(id) {
      await loops.get(id)?.close();
      loops.delete(id);
    },
  };
}
