/**
 * The flight record: what led to the end of a connection or an attempt. It has neither topics nor payloads nor
 * credentials, so that it can be logged as it is. Its names are those of the JSON in every language, and times are whole
 * microseconds; `null` stands for what is not known.
 */

/** A packet that passed. */
export interface FlightPacket {
  readonly direction: "sent" | "received";
  /** Such as `PUBLISH`; null where it could not be told. */
  readonly type: string | null;
  /** Its size in bytes, fixed header included. */
  readonly size: number;
  /** Its Packet Identifier. */
  readonly id: number | null;
  /** How long before the end. */
  readonly ago_us: number;
  /** It passed over the connection that was made beside this one (`makeBeforeBreak`). */
  readonly second_connection: boolean;
}

/** What was known of the peer's life. */
export interface FlightLiveness {
  /** Since the last inbound byte. */
  readonly last_inbound_us: number;
  /** Since the last evidence of life. */
  readonly last_evidence_us: number;
  /** PINGREQs sent and not answered. */
  readonly unanswered_pings: number;
  /** Since the oldest of them was queued. */
  readonly oldest_ping_us: number | null;
  /** The smoothed round trip; null before the first. */
  readonly round_trip_us: number | null;
  /** Something that was sent was unanswered for several round trips. */
  readonly suspect: boolean;
}

/** What led to the end of a connection or an attempt: about 4 KiB as JSON. */
export interface FlightRecord {
  /** The version of this form, 1: it grows where a member changes its meaning or goes. */
  readonly schema: number;
  /** The number of the connection, as events have it. */
  readonly connection: number;
  /** The name of what ended it, such as `keep_alive_timeout`. */
  readonly cause: string;
  /** Its number, which is the same in every language and version. */
  readonly cause_code: number;
  /** Since CONNACK; null: it never came. */
  readonly connected_us: number | null;
  /** The effective Keep Alive in seconds. */
  readonly keep_alive_s: number;
  /** What was tried. */
  readonly server: {
    /** As messages name it. */
    readonly name: string;
    readonly transport: "tcp" | "tls" | "web_socket" | "web_socket_tls" | "unix";
    /** Which of the options' servers, from 0. */
    readonly index: number;
  } | null;
  /** The stages that the attempt entered, in order, and how long each took. */
  readonly stages: readonly {
    readonly stage: "provider" | "dns" | "tcp" | "proxy" | "tls" | "web_socket" | "mqtt";
    readonly us: number;
  }[];
  readonly liveness: FlightLiveness | null;
  /** The last round trips of PINGREQ, oldest first, at most 8. */
  readonly ping_round_trips_us: readonly number[];
  /** What waited at that moment. */
  readonly queues: {
    readonly outbound_messages: number;
    readonly outbound_bytes: number;
    /** Publishes that were not acknowledged. */
    readonly unacknowledged: number;
    /** What was encoded and not handed to the socket. */
    readonly unwritten_bytes: number;
    /** What messages cost that the application had not taken. */
    readonly inbound_bytes: number;
  };
  /** Of this connection. */
  readonly bytes_written: number;
  /** What the peer's TCP had acknowledged; null where the platform does not tell, as here. */
  readonly bytes_acknowledged: number | null;
  /** How many packets there were before those listed. */
  readonly earlier_packets: number;
  /** How many bytes of the packet that was sent last were not written. */
  readonly unsent_of_last: number;
  /** The last packets, oldest first, at most 32. */
  readonly packets: readonly FlightPacket[];
}
