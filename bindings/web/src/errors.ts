/** What can go wrong, by the names of the common vocabulary. */

import type { ConnectError, DisconnectCause } from "./events.ts";
import type { UserProperties } from "./properties.ts";

/** The name of an error; the same in every language, in this one's case. */
export type ErrorCode =
  | "invalidArgument"
  | "invalidOption"
  | "invalidTopic"
  | "invalidText"
  | "notConnected"
  | "alreadyConnected"
  | "queueFull"
  | "packetTooLarge"
  | "closed"
  | "outOfMemory"
  | "eventsNotTaken"
  | "notSupported"
  | "refused"
  | "disconnected"
  | "sessionLost"
  | "notSupportedByServer"
  | "wrongReasonCodeCount"
  | "expired"
  | "timedOut"
  | "dropped"
  | "poison"
  | "cancelled"
  | "authentication"
  | "connectFailed"
  | "unsubscribed"
  | "engineFailed"
  | "startup"
  | "forked";

/** What an error says beyond its words. What does not belong to its code is undefined. */
export interface ErrorDetails {
  /** `invalidOption`: the option or argument. */
  readonly option?: string;
  /** `invalidOption`: the value that was given, as text; never a secret. */
  readonly value?: string;
  /** `invalidOption`: what it must be, such as `0 to 65535`. */
  readonly bound?: string;
  /** The broker's reason, of several filters that of the first that failed. */
  readonly reasonCode?: number;
  /** One for each filter of a subscribe or unsubscribe. */
  readonly reasonCodes?: readonly number[];
  /** The broker's words, where it sent some. */
  readonly reasonString?: string;
  /** User properties of the packet that refuses: of an operation's answer, of `connectFailed` the CONNACK's. */
  readonly userProperties?: UserProperties;
  /** `packetTooLarge`: the packet's size and the limit, in bytes. */
  readonly size?: number;
  readonly limit?: number;
  /** `outOfMemory`: how many bytes were asked for. */
  readonly bytes?: number;
  /** `wrongReasonCodeCount`: how many filters there were, and how many reason codes came. */
  readonly expected?: number;
  readonly received?: number;
  /** `poison`: so many connections in a row ended at it. */
  readonly connections?: number;
  /** `connectFailed`: why. */
  readonly error?: ConnectError;
  /** `disconnected` of a stream: why. */
  readonly disconnectCause?: DisconnectCause;
}

/** Why a call was refused, an operation failed, or a stream ended: `code` says which. */
export class MqttkaError extends Error implements ErrorDetails {
  override readonly name: string = "MqttkaError";
  readonly code: ErrorCode;
  declare readonly option?: string;
  declare readonly value?: string;
  declare readonly bound?: string;
  declare readonly reasonCode?: number;
  declare readonly reasonCodes?: readonly number[];
  declare readonly reasonString?: string;
  declare readonly userProperties?: UserProperties;
  declare readonly size?: number;
  declare readonly limit?: number;
  declare readonly bytes?: number;
  declare readonly expected?: number;
  declare readonly received?: number;
  declare readonly connections?: number;
  declare readonly error?: ConnectError;
  declare readonly disconnectCause?: DisconnectCause;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.assign(this, details);
  }
}

/** Of what the engine threw or reported. */
export function mqttkaError(
  said: { code: ErrorCode; message: string } & ErrorDetails,
): MqttkaError {
  const { code, message, ...details } = said;
  return new MqttkaError(code, message, details);
}

/** An option or argument that is wrong. */
export function invalidOption(option: string, value: string, bound: string): MqttkaError {
  const message = `${option} is ${value}; it must be ${bound}`;
  return new MqttkaError("invalidOption", message, { option, value, bound });
}

/** The client was closed. */
export function closedError(): MqttkaError {
  return new MqttkaError("closed", "the client is closed");
}

/** The attempt ended without a connection; user properties are those of the CONNACK that refused it. */
export function connectFailed(error: ConnectError, userProperties?: UserProperties): MqttkaError {
  const details = userProperties === undefined ? { error } : { error, userProperties };
  return new MqttkaError("connectFailed", error.description, details);
}
