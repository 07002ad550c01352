/** Properties and packets, from MQTT.js's form to mqttka's and back. @module */

import { payload } from "./payload.ts";
import type { IConnectProperties, IPublishPacket, IWill, QoS, UserProperties } from "./types.ts";
import { warn } from "./warnings.ts";

type Pairs = [string, string][];

/** A name with several values becomes several pairs. */
function pairs(properties: UserProperties): Pairs {
  return Object.entries(properties).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
}

/** And back. */
function named(list: Iterable<readonly [string, string]>): UserProperties {
  const properties: UserProperties = {};
  for (const [name, value] of list) {
    const before = properties[name];
    properties[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return properties;
}

/** Properties of a publish. */
export function publishProperties(
  given: NonNullable<IWill["properties"]>,
): Record<string, unknown> {
  const { payloadFormatIndicator, userProperties, ...others } = given;
  if ("topicAlias" in others) {
    warn("properties.topicAlias", "has no effect: there are no topic aliases");
    delete others.topicAlias;
  }
  return {
    ...others,
    ...(payloadFormatIndicator === undefined
      ? {}
      : { payloadFormatIndicator: payloadFormatIndicator ? 1 : 0 }),
    ...(userProperties === undefined ? {} : { userProperties: pairs(userProperties) }),
  };
}

/** Properties of a connect, which are options here. */
export function connectProperties(given: IConnectProperties): Record<string, unknown> {
  const { userProperties, topicAliasMaximum, authenticationMethod, authenticationData, ...others } =
    given;
  if (authenticationMethod !== undefined || authenticationData !== undefined)
    throw new TypeError(
      "properties.authenticationMethod cannot be honoured: there is no enhanced authentication",
    );
  if (topicAliasMaximum)
    warn("properties.topicAliasMaximum", "has no effect: there are no topic aliases");
  return {
    ...others,
    ...(userProperties === undefined ? {} : { userProperties: pairs(userProperties) }),
  };
}

/** A Will. */
export function will(given: IWill): Record<string, unknown> {
  const { topic, payload, qos = 0, retain = false, properties } = given;
  return {
    topic,
    payload,
    qos,
    retain,
    ...(properties === undefined ? {} : { properties: publishProperties(properties) }),
  };
}

/** What of a received message is needed. */
export interface Received {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/** The packet that a `message` listener gets. */
export function publishPacket(message: Received): IPublishPacket {
  const packet: IPublishPacket = {
    cmd: "publish",
    topic: message.topic,
    payload: payload(message.payload),
    qos: message.qos as QoS,
    retain: message.retain,
    dup: message.dup,
  };
  const properties = receivedProperties(message.properties ?? {});
  if (Object.keys(properties).length > 0)
    packet.properties = properties as NonNullable<IPublishPacket["properties"]>;
  return packet;
}

/** Properties as MQTT.js has them. */
export function receivedProperties(
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const properties: { subscriptionIdentifier?: unknown; [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0))
      continue;
    if (name === "userProperties") properties[name] = named(value as Pairs);
    else if (name === "payloadFormatIndicator")
      properties[name] = value === 1 || value === true || value === "utf8";
    else if (name === "correlationData") properties[name] = payload(value as Uint8Array);
    else if (name === "subscriptionIdentifiers") {
      const list = value as number[];
      properties.subscriptionIdentifier = list.length === 1 ? list[0] : list;
    } else properties[name] = value;
  }
  return properties;
}
