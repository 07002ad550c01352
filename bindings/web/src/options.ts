/** What clients, publishes and subscriptions are made with. All times are in seconds. */

import type { StopReason } from "./events.ts";
import type { UserProperties } from "./properties.ts";

/** Bytes, or text, which goes as UTF-8. */
export type Text = string | Uint8Array;

/** What a message can be made of: bytes as they are, text as UTF-8, numbers and booleans as their text, null: nothing. */
export type Payload =
  | string
  | Uint8Array
  | ArrayBuffer
  | DataView
  | number
  | bigint
  | boolean
  | null
  | undefined;

/** An array of names and values, or an object. */
export type Pairs = readonly (readonly [string, string])[] | Readonly<Record<string, string>>;

/** A signal that gives up waiting: the promise rejects with its reason. */
export interface Signalled {
  readonly signal?: AbortSignal | undefined;
}

/** Properties of a message that is published (MQTT 5.0). */
export interface PublishProperties {
  /** 1: the payload is UTF-8 text. */
  readonly payloadFormatIndicator?: 0 | 1 | undefined;
  /** Its lifetime in seconds, 0 to 4,294,967,295. */
  readonly messageExpiryInterval?: number | undefined;
  /** What the payload is, such as a MIME type. */
  readonly contentType?: string | undefined;
  /** Where an answer is expected: a topic without wildcards. */
  readonly responseTopic?: string | undefined;
  /** Marks which request this belongs to. */
  readonly correlationData?: Text | undefined;
  readonly userProperties?: Pairs | undefined;
}

/** What the broker publishes where this client goes without DISCONNECT. */
export interface Will {
  readonly topic: string;
  /** Up to 65,535 bytes. Default: none. */
  readonly payload?: Text | undefined;
  readonly qos?: 0 | 1 | 2 | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?:
    | (PublishProperties & {
        /** Seconds before it is published. */
        readonly willDelayInterval?: number | undefined;
      })
    | undefined;
}

/** What brokers in use do although the specification forbids it, and what a client can live with. */
export type Fault =
  | "sessionPresentOnCleanStart"
  | "publishBeforeConnack"
  | "receiveMaximumExceeded"
  | "wrongReasonCodeCount"
  | "disconnectInV311"
  | "unaskedProperty"
  | "pubackForQos2";

/** How fast publishes, subscribes and unsubscribes leave at most; one of the first two at least. */
export interface RateLimit {
  /** 0 to 4,294,967,295; 0: any number. */
  readonly messagesPerSecond?: number | undefined;
  /** Bytes of their packets; 0 to 4,294,967,295; 0: any number. */
  readonly bytesPerSecond?: number | undefined;
  /** For how long what was not used may be made up for after a pause; 0 to 86,400. Default 0.1. */
  readonly burst?: number | undefined;
}

/** One step of enhanced authentication. */
export interface AuthenticationRequest {
  /** Counts the exchanges; the steps of one have the same number. */
  readonly exchange: number;
  /** Until the answer comes too late. */
  readonly timeLeft: number;
  /**
   * `start`: an exchange begins, and the answer goes to the broker. `continue`: the broker's data came, and the answer
   * goes to it. `finish`: the broker is done, and says that its last data is right by not throwing.
   */
  readonly step: "start" | "continue" | "finish";
  /** `start`: whether the connection goes on meanwhile. */
  readonly reauthenticate?: boolean;
  /** The broker's. */
  readonly data?: Uint8Array;
  /** What the broker's AUTH says of it (`continue`), or its AUTH or CONNACK (`finish`). */
  readonly reasonString?: string;
  /** What the same packet has of them; undefined where it has none. */
  readonly userProperties?: UserProperties;
}

/** What goes to the broker in AUTH. */
export interface AuthenticationReply {
  /** Up to 65,535 bytes. Default: none. */
  readonly data?: Text | null | undefined;
  /**
   * Leave in our AUTH, in this order. The answer to `start` of a connection has none, as it leaves in CONNECT, whose are the
   * option `userProperties`; nor has the one to `finish`, after which nothing is sent: there they fail the exchange. Default:
   * none.
   */
  readonly userProperties?: Pairs | undefined;
}

/** What an authenticator gives: the data, or what goes with it. */
export type AuthenticationAnswer = Text | AuthenticationReply | null | undefined;

/**
 * Enhanced authentication (MQTT 5.0, section 4.12): proves to the broker who the client is, step by step.
 * `ScramSha256` is one that is ready to use. What it throws fails the attempt; with a property `fatal` that is true the client stops.
 */
export interface Authenticator {
  /** The Authentication Method. */
  readonly method: string;
  /**
   * Called once for each client, before it is made: gives the one that this client asks. What it throws is told by
   * `connect` and every other operation.
   */
  prepare?(): PromiseLike<Authenticator>;
  authenticate(
    request: AuthenticationRequest,
  ): AuthenticationAnswer | PromiseLike<AuthenticationAnswer>;
}

/** A packet as it was sent or received. */
export interface TappedPacket {
  readonly direction: "sent" | "received";
  /** When its last byte passed, since the client was made. */
  readonly at: number;
  readonly connectionNumber: number;
  /** Such as `PUBLISH`. */
  readonly packetType: string;
  readonly packetId?: number;
  /** In bytes, fixed header included. */
  readonly size: number;
  /** As on the wire, the first 65,536; credentials are asterisks. */
  readonly bytes: Uint8Array;
  /** So many packets before it were not shown, as there were too many. */
  readonly droppedBefore: number;
}

/** What the provider is told. */
export interface ProviderRequest {
  /** Counts attempts since the last connection that came about, from 1. */
  readonly attemptNumber: number;
  /** Until the attempt is given up. */
  readonly timeLeft: number;
}

/** What an attempt is made with; what is left out is as the options say. */
export interface Provided {
  readonly userName?: string | undefined;
  readonly password?: Text | undefined;
  /** In place of all servers of the options. */
  readonly uri?: string | undefined;
  /** Not in browsers. */
  readonly webSocketHeaders?: Pairs | undefined;
  /** Not in browsers. */
  readonly tlsCertificate?: Text | undefined;
  readonly tlsPrivateKey?: Text | undefined;
}

/** How a client connects, and what bounds it keeps. What is undefined has its default. */
export interface Options {
  /**
   * The broker: `wss://broker.example/mqtt`; where there are sockets (Node, Deno, Bun) also `mqtt://`, `mqtts://` and
   * `unix://`. May have user name and password.
   */
  readonly uri?: string | undefined;
  /** Instead of `uri`: the broker's name or address. */
  readonly host?: string | undefined;
  /** 1 to 65,535. Default: that of the transport. */
  readonly port?: number | undefined;
  readonly transport?: "tcp" | "tls" | "webSocket" | "webSocketTls" | "unix" | undefined;
  /** Of the WebSocket, or of the Unix socket. */
  readonly path?: string | undefined;
  /** Further servers as URIs, tried in order after the first; at most 63. */
  readonly servers?: readonly string[] | undefined;
  /** Further headers of the WebSocket's upgrade. Not in browsers. */
  readonly webSocketHeaders?: Pairs | undefined;

  /** The authorities to trust, in PEM, instead of the runtime's. This and all of TLS: not in browsers. */
  readonly tlsCa?: Text | undefined;
  /** The client's certificate and those that lead to its authority, in PEM. */
  readonly tlsCertificate?: Text | undefined;
  /** Its private key, in PEM. */
  readonly tlsPrivateKey?: Text | undefined;
  readonly tlsPrivateKeyPassword?: Text | undefined;
  /** The protocols to offer by ALPN. */
  readonly tlsAlpn?: readonly string[] | undefined;
  /** The name for SNI and for the certificate, instead of the host. */
  readonly tlsServerName?: string | undefined;
  /** SHA-256 of the public keys that the server may have, in Base64. */
  readonly tlsPins?: readonly string[] | undefined;
  /** Whether a later connection goes on with an earlier one's TLS session. Default true. */
  readonly tlsResumption?: boolean | undefined;
  /** Takes any certificate of anybody: for experiments. */
  readonly tlsDangerAcceptAnyCertificate?: boolean | undefined;

  /** 5 or "5.0" (the default), or 4 or "3.1.1". */
  readonly protocolVersion?: 4 | 5 | "3.1.1" | "5.0" | undefined;
  /** Default: empty, and the broker chooses one. */
  readonly clientId?: string | undefined;
  readonly userName?: string | undefined;
  /** Up to 65,535 bytes. */
  readonly password?: Text | undefined;
  /** 0 to 65,535; 0 switches MQTT pings off. Default 60. */
  readonly keepAlive?: number | undefined;
  /** Whether the first connection begins with a new session. Default true. */
  readonly cleanStart?: boolean | undefined;
  /** How long the session is to outlive a connection; 0 to 4,294,967,295; 5.0 only. Default 0. */
  readonly sessionExpiryInterval?: number | undefined;
  /** From the begin of an attempt to CONNACK; 0.001 to 86,400. Default: the smaller of 1.5 keep-alives and 30. */
  readonly connectTimeout?: number | undefined;
  /** A bound of one's own for a dead peer; 1.5 to 86,400. Default: what the keep-alive gives. */
  readonly deadPeerTimeout?: number | undefined;
  /** How many QoS 1 and 2 messages may come unacknowledged; 1 to 65,535. Default 1,024. */
  readonly receiveMaximum?: number | undefined;
  /** How many of our QoS 1 and 2 publishes may be unacknowledged; 1 to 65,535. Default: 20 in 3.1.1, else the broker's. */
  readonly maxInflight?: number | undefined;
  /** The largest packet taken, in bytes; 16 to 268,435,460. Default: the broker is told nothing; the protocol's 268,435,460 is the bound. */
  readonly maximumPacketSize?: number | undefined;
  /** The highest topic alias that the broker may use; 0 to 65,535, 0: none. 5.0 only. Default 64. */
  readonly topicAliasMaximum?: number | undefined;
  /** How many topics the client gives an alias to by itself; 0 to 65,535. 5.0 only. Default 64. */
  readonly outboundTopicAliasMaximum?: number | undefined;
  /** What the broker may do although the specification forbids it. Default `["receiveMaximumExceeded"]`. */
  readonly tolerate?: readonly Fault[] | undefined;
  /** How fast operations leave; pings never wait for it. Default: no limit. */
  readonly rateLimit?: RateLimit | null | undefined;
  /** The application acknowledges what comes to `messages()` and `on("message", ...)` itself. Default false. */
  readonly manualAcknowledgement?: boolean | undefined;
  /** Operations that may wait or be unacknowledged; 1 to 4,294,967,295. Default 65,536. */
  readonly outboundQueueMaxMessages?: number | undefined;
  /** What they may cost in bytes; 1 to 4,294,967,295. Default 32 MiB. */
  readonly outboundQueueMaxBytes?: number | undefined;
  /** Bytes of messages that the application has not taken; 1 to 4,294,967,295. Default 16 MiB. */
  readonly inboundQueueMaxBytes?: number | undefined;
  /** What a full outbound queue does. Default `refuseNewest`. */
  readonly queuePolicy?: "refuseNewest" | "dropOldestQos0" | "dropOldest" | undefined;
  /** What becomes of unacknowledged publishes whose session is lost. Defaults `publishAgain` and `fail`. */
  readonly lostQos1?: "publishAgain" | "fail" | undefined;
  readonly lostQos2?: "publishAgain" | "fail" | undefined;
  /** How long a message that nobody wants waits for a consumer; 0 to 86,400. Default 10. */
  readonly unclaimedTimeout?: number | undefined;
  readonly requestResponseInformation?: boolean | undefined;
  /** Default true. */
  readonly requestProblemInformation?: boolean | undefined;
  /** User properties of CONNECT. */
  readonly userProperties?: Pairs | undefined;
  readonly will?: Will | null | undefined;

  /** Whether the client comes back by itself. Default true. */
  readonly reconnect?: boolean | undefined;
  /** The bound of the first delay; 0.01 to 86,400. Default 1. */
  readonly reconnectFirstDelay?: number | undefined;
  /** By how much the bound grows; 1 to 100. Default 2. */
  readonly reconnectFactor?: number | undefined;
  /** The bound that no delay passes; 0.01 to 86,400. Default 60. */
  readonly reconnectMaxDelay?: number | undefined;
  /** How many attempts in a row may fail. Default: any number. */
  readonly reconnectMaxAttempts?: number | undefined;
  /** How long the client tries; 0.001 s to 365 days. Default: for ever. */
  readonly reconnectMaxTime?: number | undefined;
  /** How long a connection must last before delays begin anew; 0 to 86,400. */
  readonly reconnectResetAfter?: number | undefined;
  /** Ends after which the client tries again although trying cannot help as a rule. */
  readonly reconnectRetryOn?: readonly StopReason[] | undefined;
  /** Go on with 3.1.1 where the broker does not speak 5.0. Default false. */
  readonly fallbackToV311?: boolean | undefined;
  /** How often in a row the client follows a broker to another server; 0 to 100. Default 0. */
  readonly maxRedirects?: number | undefined;
  /** An operation at which so many connections in a row ended leaves the queue; 0 to 1,000. Default 5. */
  readonly poisonAfter?: number | undefined;
  /** Begin a clean session where the broker keeps what the client cannot take. Default false. */
  readonly cleanStartOnBacklog?: boolean | undefined;
  /** Connect over a new network before the old connection is let go. Default false. */
  readonly makeBeforeBreak?: boolean | undefined;
  /** Learn how long a network's path stays open in silence, and ping no more often than that needs. Default false. */
  readonly adaptivePing?: boolean | undefined;
  /** Asked before each attempt what to connect with, such as a token that is fresh. */
  readonly provider?:
    | ((request: ProviderRequest) => Provided | PromiseLike<Provided>)
    | null
    | undefined;
  /** Enhanced authentication, 5.0 only. Default: none. */
  readonly authenticator?: Authenticator | null | undefined;
  /** Sees each packet, in order: for debugging. Default: none. */
  readonly packetTap?: ((packet: TappedPacket) => unknown) | null | undefined;
}

/** Options of `connect`. */
export interface ConnectOptions extends Options, Signalled {}

/** Of a publish. */
export interface PublishOptions extends Signalled {
  /** Default 0. */
  readonly qos?: 0 | 1 | 2 | undefined;
  /** Whether the broker keeps it for later subscribers. Default false. */
  readonly retain?: boolean | undefined;
  /** How long it may wait for its outcome; 0.001 s to 365 days. Default: for ever. */
  readonly timeout?: number | undefined;
  readonly properties?: PublishProperties | undefined;
  /** QoS 0: the outcome comes when the broker has read it, and not when it was handed to the socket. Default false. */
  readonly receipt?: boolean | undefined;
  /** The trace that it belongs to: user properties of W3C's names are added. */
  readonly traceContext?: TraceContext | undefined;
}

/** Of a request. */
export interface RequestOptions extends Omit<PublishOptions, "receipt"> {
  /** How long to wait for the response; 0.001 s to 365 days. Default 30. */
  readonly timeout?: number | undefined;
}

/** Which trace a message belongs to (W3C Trace Context). */
export interface TraceContext {
  /** Such as `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** Of a refusal. */
export interface RefuseOptions {
  /** Words for the broker's log. */
  readonly reasonString?: string | undefined;
  readonly userProperties?: Pairs | undefined;
}

/** A topic filter and how it is subscribed. */
export interface Subscription {
  readonly filter: string;
  /** The highest QoS at which messages come. Default: that of the options, else 0. */
  readonly qos?: 0 | 1 | 2 | undefined;
  /** Do not send back what this client published; 5.0 only. */
  readonly noLocal?: boolean | undefined;
  /** Keep the publisher's retain flag; 5.0 only. */
  readonly retainAsPublished?: boolean | undefined;
  /** Whether retained messages come; 5.0 only. Default `sendAtSubscribe`. */
  readonly retainHandling?: "sendAtSubscribe" | "sendIfNew" | "doNotSend" | undefined;
}

/** One filter or several. */
export type Filters = string | Subscription | readonly (string | Subscription)[];

/** Of a SUBSCRIBE. */
export interface SubscribeOptions extends Signalled, Omit<Subscription, "filter"> {
  readonly properties?:
    | {
        /** 1 to 268,435,455, but for 2,031,616 to 2,097,151, which are the library's. */
        readonly subscriptionIdentifier?: number | undefined;
        readonly userProperties?: Pairs | undefined;
      }
    | undefined;
}

/** Of a loop with a subscription. */
export interface StreamOptions extends SubscribeOptions {
  /** The loop goes on when the client stops for good, and with later connections. Default false. */
  readonly outlivesConnections?: boolean | undefined;
  /** The application acknowledges QoS 1 and 2 itself, by the message's `acknowledge` and `refuse`. Default false. */
  readonly manualAcknowledgement?: boolean | undefined;
}

/** Of a responder. */
export type RespondOptions = Pick<StreamOptions, "qos" | "signal">;

/** Of a disconnect. */
export interface DisconnectOptions extends Signalled {
  /** For the broker. 4: publish the Will. Default 0. */
  readonly reasonCode?: number | undefined;
  /** First wait so long until all that was queued is acknowledged; 0 to 86,400. */
  readonly drainTimeout?: number | undefined;
  /** How long the broker is to keep the session from now on, in seconds; 0 ends it. 5.0 only. */
  readonly sessionExpiryInterval?: number | undefined;
  /** The reason in words; 5.0 only. */
  readonly reasonString?: string | undefined;
  /** 5.0 only. */
  readonly userProperties?: Pairs | undefined;
}

/** Of a flush. */
export interface FlushOptions extends Signalled {
  /** 0.001 s to 365 days. Default: for ever. */
  readonly timeout?: number | undefined;
}

/** How far a publish came: handed to the socket, read by the broker, or acknowledged by it. */
export type Receipt = "written" | "read" | "acknowledged";

/** How an operation succeeded. */
export interface Outcome {
  /** The broker's reason code; 0 for QoS 0, which is complete when it was handed to the socket. */
  readonly reasonCode: number;
  /** How far a publish came; undefined for other operations. */
  readonly receipt?: Receipt;
  /** The Packet Identifier; undefined for QoS 0. */
  readonly packetId?: number;
  /** One for each filter of a subscribe or unsubscribe. */
  readonly reasonCodes?: readonly number[];
  /** The broker's words, where it sent some. */
  readonly reasonString?: string;
  /** The user properties of the broker's answer (PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK), where it sent some. */
  readonly userProperties?: UserProperties;
}

const utf8 = new TextEncoder();

/** The bytes of a payload. */
export function payloadBytes(payload: Payload): Uint8Array {
  if (payload instanceof Uint8Array) {
    return payload;
  }
  switch (typeof payload) {
    case "string":
      return utf8.encode(payload);
    case "number":
    case "bigint":
    case "boolean":
      return utf8.encode(String(payload));
    case "undefined":
      return new Uint8Array();
  }
  if (payload === null) {
    return new Uint8Array();
  }
  if (payload instanceof ArrayBuffer) {
    return new Uint8Array(payload);
  }
  if (ArrayBuffer.isView(payload)) {
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  }
  throw new TypeError(
    "the payload must be a string, bytes, a number, a boolean or null; JSON.stringify makes text of an object",
  );
}

/** The subscriptions as the engine takes them. */
export function subscriptionsOf(filters: Filters, options: SubscribeOptions): Subscription[] {
  const { qos, noLocal, retainAsPublished, retainHandling } = options;
  const shared = { qos, noLocal, retainAsPublished, retainHandling };
  const each = Array.isArray(filters) ? filters : [filters];
  return each.map((one: string | Subscription) =>
    typeof one === "string" ? { ...shared, filter: one } : { ...shared, ...one },
  );
}
