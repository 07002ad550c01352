/** What this adapter uses of mqttka's own client. @module */

import type { Failure } from "./errors.ts";
import type { Received } from "./packets.ts";

/** An event of mqttka's, as far as it is read here. */
export interface OurEvent {
  readonly willReconnect: boolean;
  readonly delay?: number;
  readonly sessionPresent?: boolean;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly cause?: Failure;
  readonly error?: Failure;
}

/** The operations. */
export interface OurClient {
  on(
    name: "connected" | "disconnected" | "connectFailed" | "reconnecting" | "reconnectStopped",
    listener: (event: OurEvent) => void,
  ): unknown;
  readonly state: string;
  connect(): Promise<unknown>;
  disconnect(options?: { reasonCode?: number; drainTimeout?: number }): Promise<unknown>;
  abort(): void;
  close(): void;
  reconnectNow(): void;
  publish(
    topic: string,
    payload: string | Uint8Array | ArrayBuffer,
    options: object,
  ): Promise<unknown>;
  subscribeOnly(
    subscriptions: readonly object[],
    options: object,
  ): Promise<{ readonly reasonCodes: readonly number[] }>;
  unsubscribe(filters: readonly string[], options?: object): Promise<unknown>;
  messages(): AsyncIterable<Received>;
}

/** What an attempt connects with. */
export interface OurConnection {
  uri?: string;
  userName?: string;
  password?: string | Uint8Array;
}

/** Options by mqttka's names. */
export interface OurOptions {
  uri?: string;
  servers?: string[];
  provider?: () => OurConnection;
  [name: string]: unknown;
}

/** Makes one of options by mqttka's names; throws what is wrong with them. */
export type MakeClient = (options: OurOptions) => OurClient;
