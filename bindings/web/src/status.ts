/** What is known of a client at one moment. All times are in seconds. */

import type { NetworkChange } from "./engine-api.ts";

/** Where a client stands. */
export type State =
  | "idle"
  | "connecting"
  | "connected"
  | "disconnecting"
  | "closed"
  | "reconnecting";

/** What is known of the peer's life. */
export interface Liveness {
  /** Since the last inbound byte. */
  readonly lastInboundAge: number;
  /** Since the last evidence of life. */
  readonly lastEvidenceAge: number;
  /** PINGREQs sent and not answered. */
  readonly unansweredPings: number;
  /** Since the oldest of them was queued. */
  readonly oldestPingAge?: number;
  /** Until the connection is declared dead if nothing comes; undefined where that is switched off. */
  readonly verdictIn?: number;
  /** The smoothed round trip; undefined before the first. */
  readonly roundTrip?: number;
  /** Something that was sent is unanswered for several round trips. */
  readonly suspect: boolean;
}

/** What the system, or the application, says of the network. */
export interface NetworkUpdate {
  readonly change: NetworkChange;
  /** Whether its traffic costs. */
  readonly metered?: boolean;
  /** Whether the internet was found behind it. */
  readonly validated?: boolean;
  /** Whether a captive portal stands before the internet. */
  readonly captivePortal?: boolean;
  /** Names the network, for what is learned of it. */
  readonly id?: string;
}

/** What is known of a client at one moment. */
export interface Status {
  readonly state: State;
  /** The number of the newest attempt; 0 before the first. */
  readonly connectionNumber: number;
  /** The effective keep-alive. */
  readonly keepAlive: number;
  /** What is known of the peer's life; undefined while not connected. */
  readonly liveness?: Liveness;
  /** Until the next attempt begins by itself. */
  readonly nextAttemptIn?: number;
  /** How long there has been no connection since the last one ended. */
  readonly offline?: number;
  readonly network?: NetworkUpdate;
  /** Bytes received and handed to sockets, over all connections. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  /** QoS 0 messages dropped because the application took its messages too slowly. */
  readonly messagesDropped: number;
  /** Operations in the outbound queue, unacknowledged ones included, and their bytes. */
  readonly outboundQueueMessages: number;
  readonly outboundQueueBytes: number;
  /** The bytes of messages that the application has not taken yet. */
  readonly inboundQueueBytes: number;
  /** Messages that no consumer came for in time; they were acknowledged. */
  readonly messagesUnclaimed: number;
  /** Who withholds acknowledgements longest: a stream, or a handler that acknowledges itself. */
  readonly heldBack?: {
    readonly filter: string;
    readonly messages: number;
    readonly bytes: number;
    readonly since: number;
  };
}

/** What a client has counted since it was made, and what waits at this moment. */
export interface Counters {
  /** Bytes of MQTT received, and handed to sockets. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Packets by their type, such as `PUBLISH`. */
  readonly packetsReceived: Readonly<Record<string, number>>;
  readonly packetsSent: Readonly<Record<string, number>>;
  readonly messagesReceived: number;
  /** QoS 0 messages dropped because the application took its messages too slowly. */
  readonly messagesDropped: number;
  /** Messages that no consumer came for in time. */
  readonly messagesUnclaimed: number;
  /** Operations in the outbound queue, unacknowledged ones included, and their bytes. */
  readonly outboundQueueMessages: number;
  readonly outboundQueueBytes: number;
  /** The bytes of messages that the application has not taken yet. */
  readonly inboundQueueBytes: number;
  /** Connections that came about; those after the first one; those that ended. */
  readonly connections: number;
  readonly reconnects: number;
  readonly disconnects: number;
  /** Attempts that came to nothing. */
  readonly connectFailures: number;
  /** Connections that went over to another path without a gap. */
  readonly moves: number;
  /** How long PINGRESPs took: how many up to each bound, the last bucket without one. */
  readonly pingRoundTrips: Histogram;
  /** How often the broker did what it must not do, and was tolerated, by the fault. */
  readonly faultsTolerated: Readonly<Record<string, number>>;
  /** Packets that `packetTap` did not get. */
  readonly packetsNotTapped: number;
  /** Since the last inbound byte, and evidence of life; undefined while not connected. */
  readonly lastInboundAge?: number;
  readonly lastEvidenceAge?: number;
}

/** How times are distributed, in seconds; it only grows. */
export interface Histogram {
  readonly count: number;
  readonly sum: number;
  /** How many up to each bound, which is included; the last bucket has none. */
  readonly buckets: readonly { readonly to?: number; readonly count: number }[];
}

interface MetricOf<Kind extends string, Value> {
  /** The instrument's name, such as `mqttka.client.packets`. Several points may have it, which differ in their attributes. */
  readonly name: string;
  /** The unit as UCUM has it, such as `By` or `{packet}`. */
  readonly unit: string;
  /** What is counted or measured, in one sentence. */
  readonly description: string;
  /**
   * `counter`: a sum that only grows; `upDownCounter`: one that grows and shrinks; `gauge`: a value of this moment;
   * `histogram`: how times are distributed.
   */
  readonly kind: Kind;
  /** Such as `network.io.direction`, `mqttka.packet.type`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: Value;
}

/** One point of a metric, as OpenTelemetry's conventions have it. Times are in seconds. */
export type Metric =
  | MetricOf<"counter" | "upDownCounter" | "gauge", number>
  | MetricOf<"histogram", Histogram>;

/** Of a client that has no engine: before it is loaded, and after it failed. */
export function statusWithout(state: State): Status {
  return {
    state,
    connectionNumber: 0,
    keepAlive: 0,
    bytesReceived: 0,
    bytesSent: 0,
    messagesReceived: 0,
    messagesDropped: 0,
    outboundQueueMessages: 0,
    outboundQueueBytes: 0,
    inboundQueueBytes: 0,
    messagesUnclaimed: 0,
  };
}
