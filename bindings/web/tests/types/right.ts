// What is right has these types: it compiles.

import type {
  Connected,
  DisconnectCause,
  Event,
  FlightPacket,
  FlightRecord,
  Histogram,
  Message,
  Messages,
  Metric,
  Outcome,
  Status,
  UserProperties,
} from "../../dist/index.js";
import {
  Client,
  connect,
  MqttkaError,
  type ReasonCode,
  ScramSha256,
  type topicMatches,
} from "../../dist/index.js";
import { FakeBroker, type Seen } from "../../dist/testing-node.js";

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
  client.on("disconnected", ({ record }) => {
    same<typeof record, FlightRecord | undefined>(true);
    const packet: FlightPacket | undefined = record?.packets[0];
    if (packet !== undefined) same<typeof packet.direction, "sent" | "received">(true);
  });
  for (const metric of client.metrics()) {
    same<typeof metric, Metric>(true);
    if (metric.kind === "histogram") same<typeof metric.value, Histogram>(true);
    else same<typeof metric.value, number>(true);
  }
  new Client("wss://a", {
    authenticator: new ScramSha256("ann", "pencil", { maxIterations: 4096 }),
  });
  const broker = await FakeBroker.listen();
  same<typeof broker.port, number | undefined>(true);
  same<ReturnType<typeof broker.expect>, Promise<Seen>>(true);
  broker.acknowledge("held");
  client.on("connected", ({ sessionPresent }) => same<typeof sessionPresent, boolean>(true));
  client.on("message", (message) => same<typeof message, Message>(true));
  const messages = client.subscribe(["a", { filter: "b", noLocal: true }], { qos: 1 });
  same<typeof messages, Messages>(true);
  for await (const message of messages)
    same<typeof message.payload extends Uint8Array ? true : false, true>(true);
  for await (const event of client.events()) same<typeof event, Event>(true);
  same<Promise<Outcome>, ReturnType<typeof client.publish>>(true);
  same<Outcome["userProperties"], MqttkaError["userProperties"]>(true);
  client.on("connectFailed", ({ userProperties }) => {
    const told: UserProperties | undefined = userProperties;
    for (const [name, value] of told ?? []) same<typeof name, typeof value>(true);
  });
  await client.reauthenticate({ signal: AbortSignal.timeout(1) });
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
