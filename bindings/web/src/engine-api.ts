/**
 * What lies between the WebAssembly and the TypeScript of this package: the class `Engine`, what it
 * wants done, and what it is told. Nothing of this is public; `Client` is.
 *
 * Every call is synchronous and none calls back. `now` is in milliseconds of a monotonic clock, the
 * same in every call (`performance.now()`).
 */

/** What the host has to offer. */
export interface Capabilities {
  /**
   * True: the host opens TCP and TLS (Node, Deno, Bun), and WebSocket is framed inside the engine.
   * False: the host opens WebSockets (browsers), and a stream's bytes are their payloads.
   */
  readonly sockets: boolean;
}

/** Where a stream is to be opened. */
export interface Server {
  /** With `sockets`: `tcp` or `tls` (also under a WebSocket), or `unix`; without: `ws` or `wss`. */
  readonly transport: "tcp" | "tls" | "unix" | "ws" | "wss";
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /**
   * With `ws` and `wss`: path and query, such as `/mqtt`. With `unix`: the socket's path, or `@` and
   * a name in Linux's abstract namespace.
   */
  readonly path: string;
}

/** How TLS is to be spoken by the host's sockets (`tls`); PEM as text or bytes. */
export interface Tls {
  readonly ca?: string | Uint8Array;
  readonly certificate?: string | Uint8Array;
  readonly privateKey?: string | Uint8Array;
  readonly privateKeyPassword?: string;
  /** The name that is asked for and checked, instead of the host. */
  readonly serverName?: string;
  readonly alpn?: readonly string[];
  /** SHA-256 of the server's public key in Base64, with or without `sha256/`; one must match. */
  readonly pins?: readonly string[];
  /** Whether a later connection goes on with the TLS session of an earlier one. Default true. */
  readonly resumption?: boolean;
  readonly acceptAnyCertificate?: boolean;
}

/** What the host is to do, in this order. `attempt` and `stream` are the same number. */
export type Action =
  | {
      readonly type: "open";
      readonly attempt: number;
      readonly server: Server;
      /** Only where the host's TLS is asked for. */
      readonly tls?: Tls;
      /** The WebSocket's subprotocol, `mqtt`; only with `ws` and `wss`. */
      readonly protocol?: string;
      /** Further headers of a WebSocket's upgrade; always empty where the host cannot send any. */
      readonly headers: readonly (readonly [string, string])[];
      /** Milliseconds that are left; the engine itself gives up then. */
      readonly timeout: number;
    }
  /** Abandon what is opening; its end is told to nobody. */
  | { readonly type: "giveUp"; readonly attempt: number }
  | { readonly type: "write"; readonly stream: number; readonly bytes: Uint8Array }
  /** Nothing more is written: half-close what can be half-closed, go on reading. */
  | { readonly type: "finish"; readonly stream: number }
  /** Nobody reads any more: close it when what was written has gone; nothing is told of it any more. */
  | { readonly type: "close"; readonly stream: number }
  /** Close at once, without waiting for anything; the stream is told nothing any more. */
  | { readonly type: "abort"; readonly stream: number };

/** The stage an attempt is in: vocabulary's `Stage`. */
export type StageName = "provider" | "dns" | "tcp" | "proxy" | "tls" | "webSocket" | "mqtt";

/** What a transport reports: vocabulary's kinds. */
export type TransportErrorKind =
  | "system"
  | "closed"
  | "socketHook"
  | "notBuilt"
  | "permissionLocalNetwork"
  | "certificateExpired"
  | "certificateNotYetValid"
  | "unknownIssuer"
  | "wrongHost"
  | "certificateRevoked"
  | "certificateInvalid"
  | "pinMismatch"
  | "tlsAlert"
  | "noCommonTlsVersion"
  | "noCommonCipher"
  | "tlsProtocol"
  | "upgradeRefused"
  | "webSocketProtocol"
  | "webSocketClosed"
  | "proxyRefused"
  | "proxyAuthentication"
  | "proxyProtocol";

/** What the system says of its network: vocabulary's `NetworkChange`. */
export type NetworkChange = "lost" | "available" | "changed";

/** What the host (timers, sockets, page) uses of the engine. */
export interface EngineOfHost {
  /**
   * One bounded turn. `suspended`: the host knows that it did not run since the last turn (frozen
   * page, system asleep), whatever the clock says.
   */
  turn(now: number, suspended: boolean): void;
  /** Another turn is wanted at once (after others had theirs). */
  readonly more: boolean;
  /** When the next turn is due, on the clock of `now`; `Infinity`: only when something happens. */
  readonly deadline: number;
  /** The client is closed for good, and all of it was told. */
  readonly closed: boolean;
  /** Vocabulary's `State`. */
  state(): string;
  /** A command was queued, or a message done, since the last turn: a turn is wanted. */
  wanted(): boolean;
  /** What is to be done now; to be asked for after each turn. */
  takeActions(): Action[] | undefined;

  /** The attempt is now in this stage. */
  stage(attempt: number, stage: StageName, now: number): void;
  /** The leaf is open; `address` as `127.0.0.1:1883` or `[::1]:1883`, where known. */
  opened(attempt: number, now: number, address?: string): void;
  /**
   * `number`: with kind `system` the error's number on Linux, whatever the system (104 is
   * ECONNRESET); else what the peer gave: an alert, a status, a close code.
   */
  openFailed(
    attempt: number,
    now: number,
    stage: StageName,
    kind: TransportErrorKind,
    message: string,
    number?: number,
  ): void;
  /** Bytes of the leaf; copied. */
  received(stream: number, now: number, bytes: Uint8Array): void;
  /** How many bytes of `received` no turn has read yet: the host stops reading while they are many. */
  unread(stream: number): number;
  /** Under the host's TLS more came after `at` than is whole yet, and nothing of the stream. */
  unfinished(stream: number, at: number): void;
  /** How many bytes the host's socket has not handed on (`bufferedAmount`, `writableLength`). */
  buffered(stream: number, now: number, bytes: number): void;
  /** The peer sends no more. */
  ended(stream: number, now: number): void;
  /** The stream is broken; `number` as with `openFailed`. */
  failed(
    stream: number,
    now: number,
    kind: TransportErrorKind,
    message: string,
    number?: number,
  ): void;

  /** The page goes to the back/forward cache: goodbye at once (take the actions right after). */
  park(now: number): void;
  /** The page is back: connect at once, where the client was connected. */
  unpark(now: number): void;
  /** A hint; `change` is vocabulary's name. */
  networkChanged(change: NetworkChange): void;
  enteredBackground(): void;
  enteredForeground(): void;
}

/** What the host wants of the client that it drives. */
export interface Driven {
  readonly engine: EngineOfHost;
  /** To be called after each turn, when its actions were done: hands on messages, events, outcomes. */
  deliver(): void;
  /**
   * A call into the engine threw, which none should (a trap of the WebAssembly): the client tells
   * what it owes and calls `Host.stop`. Wrap every call: `try { ... } catch (e) { driven.crashed(e) }`.
   */
  crashed(error: unknown): void;
}

/** What the client wants of its host. */
export interface Host {
  readonly capabilities: Capabilities;
  /** Milliseconds, monotonic. */
  now(): number;
  /** The client is made: from now on the host may call it. */
  start(driven: Driven): void;
  /**
   * The engine may want a turn: the host takes one in a microtask (one for many calls). Cheap, and
   * may be called as often as one likes.
   */
  poke(): void;
  /** The same after the event loop had its turn: for what may come together with more. */
  soon(): void;
  /** The client is closed or crashed: sockets are aborted, timers and listeners removed. */
  stop(): void;
}
