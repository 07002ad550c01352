/** What a client has around its engine: who waits for what, and the end where the engine fails. */

import type { Taker } from "./batch.ts";
import { BatchReader } from "./batch.ts";
import { checkedOptions } from "./checks.ts";
import type { Engine } from "./engine.ts";
import { memory } from "./engine.ts";
import type { Driven, Host } from "./engine-api.ts";
import type { ErrorCode, ErrorDetails } from "./errors.ts";
import { closedError, connectFailed, MqttkaError, mqttkaError } from "./errors.ts";
import type { ConnectError, Connected, Event } from "./events.ts";
import type { Events, Listeners } from "./listeners.ts";
import { tellUncaught } from "./listeners.ts";
import type { Message } from "./messages.ts";
import type {
  AuthenticationAnswer,
  AuthenticationReply,
  AuthenticationRequest,
  Options,
  Outcome,
  Provided,
  ProviderRequest,
  Receipt,
  RefuseOptions,
  TappedPacket,
} from "./options.ts";
import type { UserProperties } from "./properties.ts";
import type { StreamEnd, StreamOwner } from "./streams.ts";
import { Stream } from "./streams.ts";

type Failed = { code: ErrorCode; message: string } & ErrorDetails;

/** What the engine reports; `engine/src/outbox.rs` and `waits.rs` write it. */
type Report =
  | ({ report: "event"; id: 0 } & Event)
  | ({ report: "outcome"; id: number; failed?: Failed } & Partial<Outcome>)
  | { report: "connecting"; id: number; connected?: Connected; error?: ConnectError }
  | ({ report: "end"; id: number } & StreamEnd)
  | ({ report: "provide"; id: 0 } & ProviderRequest)
  | ({ report: "authenticate"; id: 0 } & Hex<AuthenticationRequest, "data">)
  | ({ report: "packet"; id: 0 } & Hex<TappedPacket, "bytes">)
  | { report: "terminated"; id: 0 };

/** With bytes in hexadecimal. */
type Hex<T, Name extends keyof T> = Omit<T, Name> & { [name in Name]?: string };

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Data alone stands for what has nothing else. */
function replyOf(answer: AuthenticationAnswer): AuthenticationReply {
  return typeof answer === "object" && answer !== null && !(answer instanceof Uint8Array)
    ? checkedOptions("authenticate", answer)
    : { data: answer };
}

interface Waiting {
  resolve(value: never): void;
  reject(error: unknown): void;
}

type Provider = (request: ProviderRequest) => Provided | PromiseLike<Provided>;

/** Events that an engine owes that has failed. */
function eventBase(connectionNumber: number, description: string) {
  return {
    connectionNumber,
    attemptNumber: 1,
    willReconnect: false,
    isFinal: true,
    description,
  };
}

/** Drives one engine for one client. */
export class Driver implements Driven, Taker, StreamOwner {
  readonly engine: Engine;
  readonly listeners: Listeners;
  readonly loops: Set<Events>;
  readonly #host: Host;
  readonly #provider: Provider | undefined;
  readonly #options: Options;
  readonly #reader = new BatchReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #streams = new Map<number, Stream>();
  readonly #whenOver: () => void;
  #ids = 0;
  /** Of the newest event: what is owed where the engine fails. */
  #open: "nothing" | "attempt" | "connection" = "nothing";
  #connectionNumber = 0;
  /** Of the newest `connectFailed`: whoever waits for that attempt is told right after it. */
  #refusedWith: UserProperties | undefined;
  #over = false;
  /** The engine trapped: no call may go in any more. */
  #failed: MqttkaError | undefined;

  constructor(
    engine: Engine,
    host: Host,
    listeners: Listeners,
    loops: Set<Events>,
    options: Options,
    whenOver: () => void,
  ) {
    this.engine = engine;
    this.#host = host;
    this.listeners = listeners;
    this.loops = loops;
    this.#options = options;
    this.#provider = options.provider ?? undefined;
    this.#whenOver = whenOver;
    host.start(this);
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** As `call`, for what only looks: no turn is wanted for it. */
  look<T>(what: (engine: Engine, now: number) => T): T {
    return this.#guarded(what);
  }

  /** Calls the engine; what it throws becomes an error of this package's, and a trap ends the client. */
  call<T>(what: (engine: Engine, now: number) => T): T {
    const result = this.#guarded(what);
    this.#host.poke();
    return result;
  }

  #guarded<T>(what: (engine: Engine, now: number) => T): T {
    if (this.#over) {
      throw this.#failed ?? closedError();
    }
    try {
      return what(this.engine, this.#host.now());
    } catch (thrown) {
      if (typeof thrown === "string") {
        throw mqttkaError(JSON.parse(thrown) as Failed);
      }
      if (thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError) {
        this.crashed(thrown);
        throw this.#failed;
      }
      throw thrown;
    }
  }

  /** Begins an operation; the promise is settled by its outcome. */
  operation<T>(
    what: (engine: Engine, now: number, id: number) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    const id = this.#nextId();
    try {
      // It may have aborted since the call, while the engine was loaded.
      signal?.throwIfAborted();
      this.call((engine, now) => {
        if (signal !== undefined) {
          engine.cancellable(true);
        }
        what(engine, now, id);
      });
    } catch (error) {
      if (signal !== undefined && !this.#over) {
        this.engine.forget(id);
        this.engine.cancellable(false);
      }
      return Promise.reject(error);
    }
    const outcome = new Promise<T>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    if (signal !== undefined) {
      const cancel = () => this.#quietly((engine, now) => engine.cancel(id, now));
      signal.addEventListener("abort", cancel, { once: true });
      const settled = () => signal.removeEventListener("abort", cancel);
      outcome.then(settled, settled);
    }
    return outcome;
  }

  /** The message's. */
  acknowledge(number: number): void {
    this.#quietly((engine, now) => engine.acknowledge(number, now));
  }

  /** The message's. */
  refuse(number: number, reasonCode: number, options: RefuseOptions): void {
    if (!this.#over) {
      const { reasonString, userProperties } = options;
      this.call((engine, now) =>
        engine.refuse(number, now, reasonCode, reasonString, userProperties),
      );
    }
  }

  /** The request's. */
  answer(number: number, payload: Uint8Array | undefined): void {
    this.#quietly((engine, now) => engine.answer(number, now, payload));
  }

  /** The message's. */
  giveBack(number: number): void {
    this.#quietly((engine, now) => engine.giveBack(number, now));
  }

  #nextId(): number {
    // 0 means that nobody waits. What still waits after 2^32 operations keeps its number.
    do {
      this.#ids = (this.#ids % 0xffffffff) + 1;
    } while (this.#waiting.has(this.#ids) || this.#streams.has(this.#ids));
    return this.#ids;
  }

  /** A stream that `open` opens under its number. */
  stream(
    subscribed: boolean,
    signal: AbortSignal | undefined,
    open: (engine: Engine, now: number, id: number) => void,
  ): { stream: Stream; outcome: Promise<Outcome> } {
    const id = this.#nextId();
    const stream = new Stream(id, subscribed, this, signal);
    let outcome: Promise<Outcome> = Promise.resolve({ reasonCode: 0, reasonCodes: [] });
    try {
      // It may have aborted since the call, while the engine was loaded.
      signal?.throwIfAborted();
      this.call((engine, now) => open(engine, now, id));
      this.#streams.set(id, stream);
      if (subscribed) {
        outcome = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
      }
    } catch (error) {
      stream.failed(error);
      outcome = Promise.reject(error);
    }
    return { stream, outcome };
  }

  /** The stream's: so many were consumed. */
  done(id: number, count: number): void {
    if (!this.#over) {
      try {
        this.engine.done(id, this.#host.now(), count);
      } catch (error) {
        this.crashed(error);
      }
      // Loops that are fast take many before the event loop has its turn.
      this.#host.soon();
    }
  }

  /** The stream's: it is over. */
  leave(id: number, subscribed: boolean): Promise<void> {
    const stream = this.#streams.get(id);
    if (this.#over || stream === undefined) {
      return Promise.resolve();
    }
    this.#streams.delete(id);
    const close = () => this.#quietly((engine, now) => engine.closeStream(id, now));
    if (!subscribed) {
      close();
      return Promise.resolve();
    }
    // Where there is no connection there is nothing to wait for; closing it says so to the engine.
    const left = this.operation((engine, now, own) => engine.unsubscribeStream(own, now, id));
    close();
    return left.then(
      () => undefined,
      () => undefined,
    );
  }

  #quietly(what: (engine: Engine, now: number) => void): void {
    if (!this.#over) {
      try {
        this.call(what);
      } catch {
        // Of a client that is closed meanwhile, or has failed, which is told elsewhere.
      }
    }
  }

  /** The host's: a turn was taken. */
  deliver(): void {
    if (this.#over) {
      return;
    }
    let reports: string | undefined;
    try {
      const length = this.engine.batchLength();
      if (length > 0) {
        // Whoever is told runs later, so that nobody calls the engine meanwhile.
        this.#reader.read(memory(), this.engine.batchStart(), length, this);
        this.engine.batchRead();
      }
      reports = this.engine.takeReports();
    } catch (error) {
      this.crashed(error);
      return;
    }
    if (reports !== undefined) {
      for (const report of JSON.parse(reports) as Report[]) {
        this.#report(report);
      }
    }
  }

  /** The batch's. */
  message(stream: number, message: Message): void {
    const of = this.#streams.get(stream);
    if (of !== undefined) {
      of.push(message);
    } else {
      // The response to a request; or a message for a stream that is closed.
      message.giveBack();
      this.#take(stream)?.resolve(message as never);
    }
  }

  /** The batch's. */
  outcome(id: number, reasonCode: number, packetId: number, receipt: Receipt | undefined): void {
    const plain: Outcome = packetId === 0 ? { reasonCode } : { reasonCode, packetId };
    const outcome = receipt === undefined ? plain : { ...plain, receipt };
    this.#take(id)?.resolve(outcome as never);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #report(told: Report): void {
    switch (told.report) {
      case "event": {
        const { report: _, id: __, ...event } = told;
        this.#event(event as Event);
        break;
      }
      case "outcome": {
        const { report: _, id, failed, ...outcome } = told;
        if (failed === undefined) {
          this.#take(id)?.resolve(outcome as never);
        } else {
          // Of a SUBSCRIBE: its stream's end is told next, with less.
          this.#streams.get(id)?.refused(outcome);
          this.#take(id)?.reject(mqttkaError({ ...outcome, ...failed }));
        }
        break;
      }
      case "connecting":
        if (told.connected !== undefined) {
          this.#take(told.id)?.resolve(told.connected as never);
        } else if (told.error !== undefined) {
          this.#take(told.id)?.reject(connectFailed(told.error, this.#refusedWith));
        }
        break;
      case "end":
        this.#streams.get(told.id)?.ended(told);
        break;
      case "provide":
        void this.#provide({ attemptNumber: told.attemptNumber, timeLeft: told.timeLeft });
        break;
      case "authenticate": {
        const { report: _, id: __, data, ...request } = told;
        void this.#authenticate(data === undefined ? request : { ...request, data: fromHex(data) });
        break;
      }
      case "packet": {
        const { report: _, id: __, bytes = "", ...packet } = told;
        try {
          this.#options.packetTap?.({ ...packet, bytes: fromHex(bytes) });
        } catch (error) {
          tellUncaught(error);
        }
        break;
      }
      case "terminated":
        this.#end(closedError());
        break;
    }
  }

  #event(event: Event): void {
    this.#connectionNumber = event.connectionNumber;
    switch (event.type) {
      case "connected":
        this.#open = "connection";
        break;
      case "connectFailed":
        this.#refusedWith = event.userProperties;
        this.#open = "nothing";
        break;
      case "disconnected":
      case "reconnectStopped":
        this.#open = "nothing";
        break;
      case "reconnecting":
        this.#open = "attempt";
    }
    this.#tell(event);
  }

  #tell(event: Event): void {
    for (const loop of this.loops) {
      loop.push(event);
    }
    this.listeners.emit(event);
  }

  async #provide(request: ProviderRequest): Promise<void> {
    try {
      const provided = await this.#provider?.(request);
      this.call((engine, now) => engine.provide(now, provided ?? {}));
    } catch (error) {
      const fatal = (error as { fatal?: unknown } | undefined)?.fatal === true;
      const message = error instanceof Error ? error.message : String(error);
      this.#quietly((engine, now) => engine.provideFailed(now, message, fatal));
    }
  }

  async #authenticate(request: AuthenticationRequest): Promise<void> {
    try {
      const answer = await this.#options.authenticator?.authenticate(request);
      const { data, userProperties } = replyOf(answer);
      this.call((engine, now) => engine.authenticated(now, data, userProperties));
    } catch (error) {
      const fatal = (error as { fatal?: unknown } | undefined)?.fatal === true;
      const message = error instanceof Error ? error.message : String(error);
      this.#quietly((engine, now) => engine.authenticationFailed(now, message, fatal));
    }
  }

  /** A call into the engine trapped: what is owed is told once, and nothing goes in any more. */
  crashed(error: unknown): void {
    if (this.#over) {
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    const description = `mqttka's engine failed: ${message} (engine_failed)`;
    this.#failed = new MqttkaError("engineFailed", description, undefined, { cause: error });
    const cause = { kind: "engineFailed" as const, description, message };
    const open = this.#open;
    this.#end(this.#failed);
    if (open === "connection") {
      const liveness = {
        lastInboundAge: 0,
        lastEvidenceAge: 0,
        unansweredPings: 0,
        suspect: false,
      };
      const base = eventBase(this.#connectionNumber, description);
      this.#tell({ ...base, type: "disconnected", cause, keepAlive: 0, liveness });
    } else if (open === "attempt") {
      const base = eventBase(this.#connectionNumber + 1, description);
      this.#tell({ ...base, type: "connectFailed", error: cause });
    }
  }

  /** An attempt was asked for: it is owed an end. */
  attempts(): void {
    this.#refusedWith = undefined;
    if (this.#open === "nothing") {
      this.#open = "attempt";
    }
  }

  /** Nothing follows: all who wait are told. */
  #end(error: MqttkaError): void {
    this.#over = true;
    this.#host.stop();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) {
      one.reject(error);
    }
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) {
      stream.failed(this.#failed);
    }
    if (this.#failed === undefined) {
      // WebAssembly's memory is no weight to the garbage collector, so it is not left to it. An engine that trapped
      // is still borrowed, and stays.
      this.engine.free();
    }
    this.#whenOver();
  }
}
