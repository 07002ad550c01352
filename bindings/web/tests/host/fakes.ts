/** Time, an engine and leaves in a test's hands. */

import type {
  Action,
  Driven,
  EngineOfHost,
  NetworkChange,
  StageName,
  TransportErrorKind,
} from "../../src/engine-api.ts";
import { HostLoop } from "../../src/host/host.ts";
import type { Hinted, Hints } from "../../src/host/page.ts";
import type { Yielder } from "../../src/host/scheduler.ts";
import { Scheduler } from "../../src/host/scheduler.ts";
import type { Time } from "../../src/host/timers.ts";
import { TimerAlarm } from "../../src/host/timers.ts";
import type { Leaf, Listener, Target } from "../../src/host/transport.ts";

/** A clock that goes when it is told to, and its timers. */
export class FakeTime implements Time {
  #now = 1_000;
  #timers: { at: number; fire: () => void; keeps?: boolean }[] = [];

  now(): number {
    return this.#now;
  }

  after(delay: number, fire: () => void): unknown {
    if (delay > 2 ** 31 - 1) {
      throw new Error("this timer would go off at once");
    }
    const timer = { at: this.#now + delay, fire };
    this.#timers.push(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    this.#timers = this.#timers.filter((it) => it !== timer);
  }

  keep(timer: unknown, keeps: boolean): void {
    (timer as { keeps?: boolean }).keeps = keeps;
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** How many timers keep their process alive. */
  get keeping(): number {
    return this.#timers.filter((it) => it.keeps !== false).length;
  }

  /** Time passes, and nothing runs: the thread was busy. */
  block(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Time passes, and timers go off when they are due. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const next = this.#timers.filter((it) => it.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        break;
      }
      this.cancel(next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
  }
}

/** The event loop's turns, when the test wants one. */
export class FakeYielder implements Yielder {
  callbacks: (() => void)[] = [];
  closed = 0;

  yield(callback: () => void): void {
    this.callbacks.push(callback);
  }

  close(): void {
    this.closed++;
    this.callbacks = [];
  }

  /** Turns of the event loop. */
  runs(times: number): void {
    for (let i = 0; i < times; i++) {
      this.run();
    }
  }

  /** One turn of the event loop; what is asked for meanwhile waits for the next. */
  run(): void {
    for (const callback of this.callbacks.splice(0)) {
      callback();
    }
  }
}

/** Writes down what it is told, and wants what the test says. */
export class FakeEngine implements EngineOfHost {
  readonly calls: string[] = [];
  actions: Action[] = [];
  more = false;
  deadline = Infinity;
  closed = false;
  wants = false;
  /** The client's state. */
  now = "connected";
  unreadBytes = 0;
  /** Called in each turn. */
  onTurn: (now: number, suspended: boolean) => void = () => {};

  turn(now: number, suspended: boolean): void {
    this.calls.push(suspended ? "turn suspended" : "turn");
    this.wants = false;
    this.onTurn(now, suspended);
  }

  state(): string {
    return this.now;
  }

  wanted(): boolean {
    return this.wants;
  }

  takeActions(): Action[] | undefined {
    return this.actions.length === 0 ? undefined : this.actions.splice(0);
  }

  stage(attempt: number, stage: StageName): void {
    this.calls.push(`stage ${attempt} ${stage}`);
  }

  opened(attempt: number, _now: number, address?: string): void {
    this.calls.push(`opened ${attempt}${address === undefined ? "" : ` ${address}`}`);
  }

  openFailed(
    attempt: number,
    _now: number,
    stage: StageName,
    kind: TransportErrorKind,
    _message: string,
    number?: number,
  ): void {
    this.calls.push(`openFailed ${attempt} ${stage} ${kind} ${number}`);
  }

  received(stream: number, _now: number, bytes: Uint8Array): void {
    this.calls.push(`received ${stream} ${new TextDecoder().decode(bytes)}`);
  }

  unread(): number {
    return this.unreadBytes;
  }

  unfinished(stream: number, at: number): void {
    this.calls.push(`unfinished ${stream} ${at}`);
  }

  buffered(stream: number, _now: number, bytes: number): void {
    this.calls.push(`buffered ${stream} ${bytes}`);
  }

  ended(stream: number): void {
    this.calls.push(`ended ${stream}`);
  }

  failed(
    stream: number,
    _now: number,
    kind: TransportErrorKind,
    _message: string,
    number?: number,
  ): void {
    this.calls.push(`failed ${stream} ${kind} ${number}`);
  }

  park(): void {
    this.calls.push("park");
  }

  unpark(): void {
    this.calls.push("unpark");
  }

  networkChanged(change: NetworkChange): void {
    this.calls.push(`networkChanged ${change}`);
  }

  enteredBackground(): void {
    this.calls.push("background");
  }

  enteredForeground(): void {
    this.calls.push("foreground");
  }

  /** What was told since the last time. */
  told(): string[] {
    return this.calls.splice(0);
  }
}

/** A leaf that does what the test says, and its listener. */
export class FakeLeaf implements Leaf {
  buffered = 0;
  under: number | undefined;
  tellsDrained = false;
  readonly did: string[] = [];
  readonly target: Target;
  readonly listener: Listener;

  constructor(target: Target, listener: Listener) {
    this.target = target;
    this.listener = listener;
  }

  write(bytes: Uint8Array): void {
    this.did.push(`write ${new TextDecoder().decode(bytes)}`);
  }

  finish(): void {
    this.did.push("finish");
  }

  close(): void {
    this.did.push("close");
  }

  abort(): void {
    this.did.push("abort");
  }

  pause(): void {
    this.did.push("pause");
  }

  resume(): void {
    this.did.push("resume");
  }
}

/** Who listens to hints. */
export class FakeHints implements Hints {
  readonly clients = new Set<Hinted>();

  add(client: Hinted): void {
    this.clients.add(client);
  }

  delete(client: Hinted): void {
    this.clients.delete(client);
  }
}

/** All that one client's host stands on. */
export class Stage {
  readonly time = new FakeTime();
  readonly yielder = new FakeYielder();
  readonly scheduler = new Scheduler(() => this.time.now(), this.yielder);
  readonly hints = new FakeHints();
  readonly leaves: FakeLeaf[] = [];
  wall = 0;
  /** In place of what a leaf does when it is opened. */
  open = (target: Target, listener: Listener): Leaf => {
    const leaf = new FakeLeaf(target, listener);
    this.leaves.push(leaf);
    return leaf;
  };

  /** A client; the turn of its start is over. */
  async client(engine = new FakeEngine()): Promise<FakeClient> {
    const host = new HostLoop({
      capabilities: { sockets: false },
      scheduler: this.scheduler,
      open: (target, listener) => this.open(target, listener),
      hints: this.hints,
      drainTurns: 3,
      now: () => this.time.now(),
      wallNow: () => this.time.now() + this.wall,
      alarm: (fire) => new TimerAlarm(this.time, fire),
    });
    const client = new FakeClient(host, engine);
    host.start(client);
    await settled();
    engine.told();
    return client;
  }
}

export class FakeClient implements Driven {
  readonly engine: FakeEngine;
  readonly host: HostLoop;
  readonly crashes: unknown[] = [];
  onDeliver: () => void = () => {};

  constructor(host: HostLoop, engine: FakeEngine) {
    this.host = host;
    this.engine = engine;
  }

  deliver(): void {
    this.onDeliver();
  }

  crashed(error: unknown): void {
    this.crashes.push(error);
  }

  /** The engine's next turn wants these, and it is taken. */
  async act(...actions: Action[]): Promise<void> {
    this.engine.actions.push(...actions);
    this.host.poke();
    await settled();
  }
}

/** What an engine wants to open. */
export function open(attempt: number): Action {
  const server = { transport: "ws", host: "broker.test", port: 80, path: "/mqtt" } as const;
  return { type: "open", attempt, server, protocol: "mqtt", headers: [], timeout: 30_000 };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** All microtasks have run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) {
    await undefined;
  }
}
