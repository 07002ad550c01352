/** Lifecycle events. All times are in seconds. */

import type { StageName, TransportErrorKind } from "./engine-api.ts";
import type { FlightRecord } from "./flight.ts";
import type { Properties, UserProperties } from "./properties.ts";
import type { Liveness } from "./status.ts";

/** What transports, or the platform's sockets, said. */
export interface TransportError {
  /** What it is, for programs. */
  readonly kind: TransportErrorKind;
  /** The operating system's number, as Linux has it, where there is one. */
  readonly osError?: number;
  /** The number that the peer gave: a TLS alert, an HTTP status, a WebSocket close code. */
  readonly status?: number;
  readonly message: string;
}

interface CauseOf<Kind extends string> {
  readonly kind: Kind;
  /** The same in words. */
  readonly description: string;
}

interface FromServer {
  readonly reasonCode: number;
  /** The broker's words, where it sent some. */
  readonly reasonString?: string;
  /** Another server to use, where the broker names one. */
  readonly serverReference?: string;
}

/** Why a connection ended: the first cause. */
export type DisconnectCause =
  | CauseOf<
      | "keepAliveTimeout"
      | "serverUnresponsive"
      | "closedByServer"
      | "inboundOverflow"
      | "disconnectRequested"
      | "clientClosed"
      | "networkLost"
    >
  | (CauseOf<"transport" | "reclaimedBySystem"> & { readonly error: TransportError })
  | (CauseOf<"serverDisconnect"> & FromServer)
  | (CauseOf<"protocol"> & { readonly reasonCode: number })
  | (CauseOf<"engineFailed" | "authentication"> & { readonly message: string });

/** What an attempt tried, and where its time went. */
export interface Attempted {
  /** Which of the options' servers, from 0: the last that was tried. */
  readonly serverIndex: number;
  readonly transport: "tcp" | "tls" | "webSocket" | "webSocketTls" | "unix";
  readonly host: string;
  readonly port: number;
  /** The IP address, where it is known; never in a browser. */
  readonly address?: string;
  /** The stages that the attempt entered, in order; the last one may have failed. */
  readonly stages: readonly { readonly stage: StageName; readonly time: number }[];
}

interface ConnectErrorOf<Kind extends string> extends CauseOf<Kind> {
  /** The stage that failed. */
  readonly stage?: StageName;
  readonly attempted?: Attempted;
}

/** Why an attempt ended without a connection. */
export type ConnectError =
  | ConnectErrorOf<"closedByServer" | "disconnectRequested" | "clientClosed">
  | (ConnectErrorOf<"timeout"> & { readonly after: number })
  | (ConnectErrorOf<"transport"> & { readonly error: TransportError })
  | (ConnectErrorOf<"refused"> & FromServer)
  | (ConnectErrorOf<"protocol"> & { readonly reasonCode: number })
  | (ConnectErrorOf<"engineFailed" | "provider" | "authentication"> & { readonly message: string });

/** What ended, where the client comes back or does not. */
export type Ended =
  | { readonly disconnected: DisconnectCause; readonly connectFailed?: never }
  | { readonly connectFailed: ConnectError; readonly disconnected?: never };

/** The broker's CONNACK, with defaults filled in. */
export interface Connected {
  /** Whether the broker still had the session. */
  readonly sessionPresent: boolean;
  /** The client had a session that was to outlive the connection, and the broker lost it. */
  readonly sessionLost: boolean;
  /** How long there was no connection; undefined at the first one. */
  readonly offline?: number;
  /** How many filters are subscribed again, as the broker does not have them any more. */
  readonly resubscribed: number;
  /** How many QoS 1 and 2 publishes of earlier connections are sent again. */
  readonly sentAgain: number;
  /** How many publishes were lost with their session. */
  readonly lost: number;
  /** The effective keep-alive: the broker's where it sent one. */
  readonly keepAlive: number;
  /** How many unacknowledged QoS 1 and 2 publishes the broker takes. */
  readonly receiveMaximum: number;
  /** The largest packet the broker takes, in bytes. */
  readonly maximumPacketSize: number;
  readonly maximumQos: 0 | 1 | 2;
  /** Whether the broker keeps retained messages. */
  readonly retainAvailable: boolean;
  /** How long the broker keeps the session after the connection, in seconds; 4,294,967,295: for ever. */
  readonly sessionExpiryInterval: number;
  /** The highest topic alias that the broker takes; 0: none. */
  readonly topicAliasMaximum: number;
  /** Whether the broker takes filters with `+` and `#`. */
  readonly wildcardSubscriptionAvailable: boolean;
  /** Whether the broker takes subscription identifiers; never in 3.1.1. */
  readonly subscriptionIdentifiersAvailable: boolean;
  /** Whether the broker takes `$share/group/filter`; true in 3.1.1, which says nothing of it. */
  readonly sharedSubscriptionAvailable: boolean;
  /** Another server that the broker names. */
  readonly serverReference?: string;
  /** The broker's words. */
  readonly reasonString?: string;
  /** The method of enhanced authentication that was used. */
  readonly authenticationMethod?: string;
  /** The Client Identifier that the broker chose. */
  readonly assignedClientIdentifier?: string;
  readonly responseInformation?: string;
  /** All properties of the CONNACK. */
  readonly properties: Properties;
}

/** What all events have. */
export interface EventBase {
  /** Counts attempts, from 1; events and messages of one connection bear the same. */
  readonly connectionNumber: number;
  /** Counts attempts since the last connection that came about, from 1; of `reconnecting`: the one to come. */
  readonly attemptNumber: number;
  /** The client goes on by itself: a `reconnecting` follows. */
  readonly willReconnect: boolean;
  /** The client does nothing now until it is asked to connect again. */
  readonly isFinal: boolean;
  /** The event in words, in one line. */
  readonly description: string;
  /** What the attempt tried, where it came so far. */
  readonly attempted?: Attempted;
  /** What led to the end: at `disconnected` and `connectFailed`, unless the engine failed. */
  readonly record?: FlightRecord;
}

/** Why a client does not come back by itself. */
export type StopReason =
  | "credentials"
  | "clientIdentifier"
  | "banned"
  | "sessionTakenOver"
  | "protocolVersion"
  | "certificate"
  | "configuration"
  | "moved"
  | "protocol"
  | "maxAttempts"
  | "maxTime"
  | "disconnectRequested"
  | "clientClosed"
  | "provider"
  | "engineFailed";

/** The broker accepted the connection. */
export type ConnectedEvent = EventBase & Connected & { readonly type: "connected" };
/** The connection goes on over another path, without a gap; the next number counts from now on. */
export type MovedEvent = EventBase & Connected & { readonly type: "moved" };
/** The connection ended. Exactly one follows each `connected`. */
export type DisconnectedEvent = EventBase & {
  readonly type: "disconnected";
  readonly cause: DisconnectCause;
  /** The effective keep-alive. */
  readonly keepAlive: number;
  /** What was known of the peer's life at that moment. */
  readonly liveness: Liveness;
  /** Those of the broker's DISCONNECT, where that is the cause and has some. */
  readonly userProperties?: UserProperties;
};
/** The attempt ended without a connection. */
export type ConnectFailedEvent = EventBase & {
  readonly type: "connectFailed";
  readonly error: ConnectError;
  /** Those of the CONNACK that refuses, where that is the error and has some. */
  readonly userProperties?: UserProperties;
};
/** The client tries again after a while. */
export type ReconnectingEvent = EventBase & {
  readonly type: "reconnecting";
  readonly delay: number;
  readonly cause: Ended;
};
/** The client does not try again by itself; `connect` begins anew. */
export type ReconnectStoppedEvent = EventBase & {
  readonly type: "reconnectStopped";
  readonly reason: StopReason;
  readonly reasonDescription: string;
  readonly cause: Ended;
};
/** Subscriptions that the client held are no more. */
export type SubscriptionsLostEvent = EventBase & {
  readonly type: "subscriptionsLost";
  readonly subscriptions: readonly {
    readonly filter: string;
    readonly reasonCode?: number;
    readonly description: string;
  }[];
  /** The broker's words, of the SUBACK that refuses them. */
  readonly reasonString?: string;
  /** Those of that SUBACK, where it has some. */
  readonly userProperties?: UserProperties;
};
/** What was sent has been unanswered for several round trips. No verdict: `alive` or `disconnected` follows. */
export type SuspectEvent = EventBase & { readonly type: "suspect"; readonly liveness: Liveness };
/** Evidence of life came after a `suspect`. */
export type AliveEvent = EventBase & { readonly type: "alive"; readonly liveness: Liveness };

/** Something happened to the connection. */
export type Event =
  | ConnectedEvent
  | DisconnectedEvent
  | ConnectFailedEvent
  | ReconnectingEvent
  | ReconnectStoppedEvent
  | SubscriptionsLostEvent
  | SuspectEvent
  | AliveEvent
  | MovedEvent;

/** The events by name. */
export type EventMap = { [Name in Event["type"]]: Extract<Event, { type: Name }> };
