/// <reference lib="esnext.disposable" preserve="true" />
/**
 * mqttka for browsers and Workers: an MQTT 3.1.1 and 5.0 client over WebSocket.
 *
 * @module
 */

import type { Platform } from "./access.ts";
import { BaseClient, connected, topicMatchesOn } from "./client.ts";
import * as glue from "./generated/mqttka.js";
import { createHost } from "./host/browser.ts";
import type { ConnectOptions, Options } from "./options.ts";

/** The glue of wasm-bindgen knows where the WebAssembly is: beside itself. */
const platform: Platform = { source: { glue, place: () => undefined }, createHost };

export type { ClientEvents } from "./client.ts";
export type { NetworkChange, StageName, TransportErrorKind } from "./engine-api.ts";
export type { ErrorCode, ErrorDetails } from "./errors.ts";
export { MqttkaError } from "./errors.ts";
export type * from "./events.ts";
export type * from "./flight.ts";
export type { Events } from "./listeners.ts";
export type { Granted, Message, Messages } from "./messages.ts";
export type * from "./options.ts";
export type { Properties, UserProperties } from "./properties.ts";
export { ReasonCode } from "./reason-codes.ts";
export { ScramSha256 } from "./scram.ts";
export type {
  Counters,
  Histogram,
  Liveness,
  Metric,
  NetworkUpdate,
  State,
  Status,
} from "./status.ts";

/**
 * An MQTT client. It connects when `connect` is called; what is published and subscribed before waits for that.
 * It keeps what it runs on until it is closed: `await using client = new Client(...)` closes it at the block's end.
 *
 * Options that are wrong are told by `connect` and every other operation.
 */
export class Client extends BaseClient {
  /** `uri` such as `wss://broker.example/mqtt`; or all of it in one object of options. */
  constructor(uri: string | URL | Options, options?: Options) {
    super(platform, uri, options);
  }
}

/**
 * A new client, when it is connected. It goes on by itself from then on; where this first attempt fails, or the
 * signal aborts, it is closed.
 *
 * @throws MqttkaError as `Client.connect`.
 */
export function connect(uri: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const { signal, ...others } = options;
  if (signal?.aborted) {
    return Promise.reject(signal.reason);
  }
  return connected(new Client(uri, others), signal);
}

/**
 * Whether messages of `topic` belong to `filter`: `+` stands for one level, `#` for all that follow, and neither for
 * topics that begin with `$`. Of a shared subscription its filter counts.
 *
 * @throws MqttkaError `invalidTopic`.
 */
export function topicMatches(filter: string, topic: string): Promise<boolean> {
  return topicMatchesOn(platform, filter, topic);
}
