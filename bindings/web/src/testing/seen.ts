/** What a fake broker has seen of its clients. */

import { Message } from "../messages.ts";

/**
 * What a broker can see: a client connected and was accepted; was refused; subscribed to, or unsubscribed from, a filter
 * (one for each); published; acknowledged a message that it got; sent PINGREQ; sent DISCONNECT; its connection ended
 * without that; it sent what MQTT does not allow; it began, or went on with, enhanced authentication.
 */
export type SeenKind =
  | "connected"
  | "refused"
  | "subscribed"
  | "unsubscribed"
  | "published"
  | "acknowledged"
  | "pinged"
  | "disconnected"
  | "lost"
  | "faulty"
  | "authenticating";

/** When a broker acknowledges: as brokers do; when it is told to, by `atOnce`, and then all that was held; not at all. */
export type Acknowledging = "atOnce" | "held" | "never";

/** What a broker can announce in CONNACK as a number. */
export type Announced =
  | "sessionExpiryInterval"
  | "serverKeepAlive"
  | "receiveMaximum"
  | "topicAliasMaximum"
  | "maximumQos"
  | "retainAvailable"
  | "maximumPacketSize"
  | "wildcardSubscriptionAvailable"
  | "subscriptionIdentifierAvailable"
  | "sharedSubscriptionAvailable";

/** Something that the broker saw. */
export interface Seen {
  readonly kind: SeenKind;
  /** The number of the client's connection with this broker, from 1. */
  readonly connection: number;
  /** The client's identifier; empty where it is not known yet. */
  readonly clientId: string;
  /** The filter, of `subscribed` and `unsubscribed`. */
  readonly filter?: string;
  /** What the client gave (`acknowledged`, `disconnected`) or was given (`refused`, `subscribed`, `unsubscribed`). */
  readonly reasonCode?: number;
  /**
   * The MQTT 5.0 properties of the packet: of CONNECT (`connected`, `refused`), of CONNECT or AUTH (`authenticating`), and of
   * the packet that was `subscribed`, `unsubscribed`, `acknowledged`, `disconnected`. Binary ones are arrays of numbers.
   */
  readonly properties: Readonly<Record<string, unknown>>;
  /** In words, of `connected`, `faulty`, `lost`, and `refused` where a proof was; else empty. */
  readonly detail: string;
  /** All of it in one line. */
  readonly description: string;
  /** The message, of `published`; its topic is written out where an alias stood for it. */
  readonly message?: Message;
}

/** How long to wait. */
export interface ExpectOptions {
  /** Seconds, 0 to 2,147,483. Default 10. */
  readonly timeout?: number | undefined;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What was expected did not come in time; the text says what came instead. */
export class MissingError extends Error {
  override readonly name: string = "MissingError";
}

/** As `engine/testing/src/seen.rs` has it. */
export function messageOf(told: unknown[], connection: number): Message {
  const [topic, payload, flags, properties] = told as [string, Uint8Array, number, Uint8Array];
  return new Message(topic, payload, flags, connection, properties);
}

export function seenOf([text, message]: unknown[]): Seen {
  const seen = JSON.parse(text as string) as Seen;
  return message === undefined
    ? seen
    : { ...seen, message: messageOf(message as unknown[], seen.connection) };
}
