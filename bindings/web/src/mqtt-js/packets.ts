/** Properties and packets, from MQTT.js's form to mqttka's and back. @module */

import type { Message } from "../messages.ts";
import type { Options, PublishProperties, SubscribeOptions, Will } from "../options.ts";
import { payload } from "./payload.ts";
import type {
  IClientSubscribeOptions,
  IConnectProperties,
  IPublishPacket,
  IWill,
  UserProperties,
} from "./types.ts";
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

/** Properties of a publish, or of a Will. */
export function publishProperties(given: NonNullable<IWill["properties"]>): PublishProperties & {
  readonly willDelayInterval?: number | undefined;
} {
  const { payloadFormatIndicator: isText, userProperties, ...others } = given;
  if ("topicAlias" in others) {
    warn("properties.topicAlias", "has no effect: there are no topic aliases");
    delete others.topicAlias;
  }
  return {
    ...others,
    payloadFormatIndicator: isText === undefined ? undefined : isText ? 1 : 0,
    userProperties: userProperties && pairs(userProperties),
  };
}

/** Properties of a subscribe. */
export function subscribeProperties(
  given: IClientSubscribeOptions["properties"],
): SubscribeOptions["properties"] {
  if (given === undefined) return undefined;
  const { subscriptionIdentifier, userProperties } = given;
  return { subscriptionIdentifier, userProperties: userProperties && pairs(userProperties) };
}

/** Properties of a connect, which are options here. */
export function connectProperties(given: IConnectProperties): Options {
  const { userProperties, topicAliasMaximum, authenticationMethod, authenticationData, ...others } =
    given;
  if (authenticationMethod !== undefined || authenticationData !== undefined)
    throw new TypeError(
      "properties.authenticationMethod cannot be honoured: there is no enhanced authentication",
    );
  if (topicAliasMaximum)
    warn("properties.topicAliasMaximum", "has no effect: there are no topic aliases");
  return { ...others, userProperties: userProperties && pairs(userProperties) };
}

/** A Will. */
export function will(given: IWill): Will {
  const { topic, payload, qos, retain, properties } = given;
  const bytes = payload instanceof ArrayBuffer ? new Uint8Array(payload) : payload;
  const own = properties && publishProperties(properties);
  return { topic, payload: bytes, qos, retain, properties: own };
}

/** The packet that a `message` listener gets. */
export function publishPacket(message: Message): IPublishPacket {
  const packet: IPublishPacket = {
    cmd: "publish",
    topic: message.topic,
    payload: payload(message.payload),
    qos: message.qos,
    retain: message.retain,
    dup: message.dup,
  };
  const properties = receivedProperties(message.properties);
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
