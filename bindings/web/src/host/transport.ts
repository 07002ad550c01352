/** What a transport is to the host: one leaf that opens, carries bytes, and ends. */

import type { Server, StageName, Tls, TransportErrorKind } from "../engine-api.ts";

/** Why a leaf did not open, or broke. */
export interface Failure {
  readonly kind: TransportErrorKind;
  /** For people. */
  readonly message: string;
  /** Linux's number of the system's error, or what the peer gave (an alert, a close code). */
  readonly number?: number | undefined;
}

/** What is to be opened. */
export interface Target {
  readonly server: Server;
  readonly tls?: Tls | undefined;
  readonly protocol?: string | undefined;
}

/**
 * Who hears of a leaf. At most one of `opened` and `openFailed` is called, nothing after `openFailed`
 * or `failed`, and nothing at all after the leaf's `close` and `abort`.
 */
export interface Listener {
  /** The attempt is now in this stage. */
  stage(stage: StageName): void;
  opened(address?: string): void;
  openFailed(stage: StageName, failure: Failure): void;
  /** The bytes are only valid during the call. */
  received(bytes: Uint8Array): void;
  /** What `buffered` counts has become less, and the leaf tells of it by itself. */
  drained(): void;
  /** The peer sends no more. */
  ended(): void;
  failed(failure: Failure): void;
}

/** One attempt, and the stream that it became. No method throws and none waits. */
export interface Leaf {
  /** How many bytes of `write` were not handed on yet. */
  readonly buffered: number;
  /**
   * How many bytes have come under a layer of the platform's, such as TLS; undefined where there is
   * none, or nobody tells. They are a sign of life before the layer has made anything of them.
   */
  readonly under?: number | undefined;
  /** Whether `drained` is called; where it is not, the host asks now and then. */
  readonly tellsDrained: boolean;
  write(bytes: Uint8Array): void;
  /** Nothing more is written. What can be half-closed is; reading goes on. */
  finish(): void;
  /** Ends it when what was written has gone: nobody hears of it any more, and nobody waits. */
  close(): void;
  /** Ends it at once, opening or open: nobody hears of it any more, and nobody waits. */
  abort(): void;
  /** Stops reading, where that is possible. */
  pause(): void;
  resume(): void;
}

/** Opens a leaf. What is wrong is told to the listener, also before this returns. */
export type Open = (target: Target, listener: Listener) => Leaf;

/** What was thrown, as a failure that has no better name. */
export function thrown(error: unknown): Failure {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: "system", message };
}
