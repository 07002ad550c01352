// What is right has these types: it compiles.

import type {
  Connected,
  DisconnectCause,
  Event,
  Message,
  Messages,
  Outcome,
  Status,
} from "../../dist/index.js";
import {
  Client,
  connect,
  MqttkaError,
  type ReasonCode,
  type topicMatches,
} from "../../dist/index.js";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

export async function all(): Promise<void> {
  const client = await connect("wss://broker.example/mqtt", {
    keepAlive: 10,
    signal: AbortSignal.timeout(1),
  });
  same<typeof client, Client>(true);
  client.on("disconnected", (event) => {
    same<typeof event.cause, DisconnectCause>(true);
    if (event.cause.kind === "serverDisconnect") same<typeof event.cause.reasonCode, number>(true);
    if (event.cause.kind === "transport")
      same<typeof event.cause.error.kind extends string ? true : false, true>(true);
  });
  client.on("connected", ({ sessionPresent }) => same<typeof sessionPresent, boolean>(true));
  client.on("message", (message) => same<typeof message, Message>(true));
  const messages = client.subscribe(["a", { filter: "b", noLocal: true }], { qos: 1 });
  same<typeof messages, Messages>(true);
  for await (const message of messages)
    same<typeof message.payload extends Uint8Array ? true : false, true>(true);
  for await (const event of client.events()) same<typeof event, Event>(true);
  same<Promise<Outcome>, ReturnType<typeof client.publish>>(true);
  same<Promise<Connected>, ReturnType<typeof client.connect>>(true);
  same<Status, ReturnType<typeof client.status>>(true);
  same<(typeof ReasonCode)["notAuthorized"], 0x87>(true);
  same<Promise<boolean>, ReturnType<typeof topicMatches>>(true);
  new Client({ uri: "wss://a", will: { topic: "a", properties: { willDelayInterval: 1 } } });
  new Client(new URL("wss://a"), {
    provider: async () => ({ password: "x" }),
    reconnectRetryOn: ["credentials"],
  });
  try {
    await using other = new Client("wss://a");
    await other.connect();
  } catch (error) {
    if (error instanceof MqttkaError && error.code === "invalidOption")
      console.log(error.option?.length);
  }
}
