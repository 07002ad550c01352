/** What drives one client's engine: turns when something happened or is due, and what they ask for. */

import type {
  Action,
  Capabilities,
  Driven,
  EngineOfHost,
  Host,
  NetworkChange,
  StageName,
} from "../engine-api.ts";
import { SleepDetector } from "./clock.ts";
import type { Hinted, Hints } from "./page.ts";
import type { Ready, Scheduler } from "./scheduler.ts";
import type { Alarm } from "./timers.ts";
import type { Failure, Leaf, Listener, Open } from "./transport.ts";
import { thrown } from "./transport.ts";

/** What a host stands on. */
export interface Environment {
  readonly capabilities: Capabilities;
  readonly scheduler: Scheduler;
  readonly open: Open;
  readonly hints?: Hints | undefined;
  /**
   * After how many turns of the event loop all is heard that had come before, while the thread was
   * busy: platforms differ in what they look at first.
   */
  readonly drainTurns: number;
  now(): number;
  wallNow(): number;
  alarm(fire: (late: number) => void): Alarm;
}

/**
 * Turns by microtasks that may follow each other without the event loop: an application that waits
 * for each of its publishes would keep sockets and timers from running for ever.
 */
const MICROTASKS = 64;

/** What becomes of `drainTurns` where each of them takes long: at most so many milliseconds. */
const DRAIN = 100;

/** But at least so many turns. */
const DRAIN_TURNS = 4;

/** How often the two clocks are compared while something is due later, in milliseconds. */
const NAP = 15_000;

/** How much of a stream's input may wait for turns before reading stops, and goes on, in bytes. */
const MANY_UNREAD = 512 * 1024;
const FEW_UNREAD = 128 * 1024;

/** How often a leaf that does not tell is asked what it has buffered, in milliseconds. */
const POLL_FIRST = 4;
const POLL_LAST = 100;

/** The most turns that follow each other when the page or the process ends. */
const LAST_TURNS = 64;

interface Entry {
  leaf: Leaf | undefined;
  opened: boolean;
  paused: boolean;
  /** What the engine knows of `leaf.buffered`. */
  reported: number;
  /** In this turn. */
  wrote: boolean;
  /** What `leaf.under` was when it was looked at last, and when that was. */
  under: number;
  looked: number;
  /** Something came since then. */
  heard: boolean;
}

export class HostLoop implements Host, Ready, Hinted {
  readonly capabilities: Capabilities;
  readonly #environment: Environment;
  readonly #entries = new Map<number, Entry>();
  readonly #sleep = new SleepDetector();
  #driven: Driven | undefined;
  #alarm: Alarm | undefined;
  #poll: Alarm | undefined;
  #pollDelay = POLL_FIRST;
  /** The engine's deadline after its last turn. */
  #due = Infinity;
  #queued = false;
  #draining = false;
  #delivering = false;
  #undelivered = false;
  #suspended = false;
  /** It has something that the process is to live for, and that an end has to be told of. */
  #kept = true;
  #background = false;
  #microtasks = MICROTASKS;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.capabilities = environment.capabilities;
  }

  now(): number {
    return this.#environment.now();
  }

  start(driven: Driven): void {
    if (this.#driven !== undefined) {
      throw new Error("the host has been started already");
    }
    this.#driven = driven;
    const { scheduler, hints } = this.#environment;
    scheduler.attach();
    this.#alarm = this.#environment.alarm(() => this.#rang());
    hints?.add(this);
    this.poke();
  }

  stop(): void {
    if (this.#driven === undefined) {
      return;
    }
    this.#driven = undefined;
    this.#alarm?.close();
    this.#poll?.close();
    this.#alarm = this.#poll = undefined;
    const { scheduler, hints } = this.#environment;
    hints?.delete(this);
    scheduler.detach(this);
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { leaf } of entries) {
      leaf?.abort();
    }
  }

  poke(): void {
    if (this.#queued || this.#driven === undefined) {
      return;
    }
    if (this.#microtasks > 0) {
      this.#microtasks--;
      this.#queued = true;
      queueMicrotask(() => {
        this.#queued = false;
        if (this.#turnUnlessDue()) {
          this.#environment.scheduler.add(this);
        }
      });
    } else {
      this.#environment.scheduler.add(this);
    }
  }

  soon(): void {
    if (this.#driven !== undefined && !this.#queued) {
      this.#environment.scheduler.add(this);
    }
  }

  /** The scheduler's: the event loop had its turn. */
  take(): boolean {
    this.#microtasks = MICROTASKS;
    return this.#turnUnlessDue();
  }

  /** Something came from outside, so the event loop runs. */
  #wake(): void {
    this.#microtasks = MICROTASKS;
    this.poke();
  }

  /** What is due may be a verdict: all that has come must be heard before (rule L9). */
  #turnUnlessDue(): boolean {
    if (this.now() < this.#due) {
      return this.#turn();
    }
    this.#drain();
    return false;
  }

  #rang(): void {
    if (this.now() >= this.#due) {
      this.#drain();
    } else if (this.#slept(this.now())) {
      this.#wake();
    } else {
      // It was only time to compare the clocks.
      this.#arm();
    }
  }

  /** Takes a turn when all is heard that has come. */
  #drain(): void {
    if (this.#draining) {
      return;
    }
    this.#draining = true;
    const end = this.now() + DRAIN;
    const step = (turns: number) => {
      if (turns < this.#environment.drainTurns && (turns < DRAIN_TURNS || this.now() < end)) {
        this.#environment.scheduler.yield(() => step(turns + 1));
        return;
      }
      this.#draining = false;
      this.#microtasks = MICROTASKS;
      if (this.#driven !== undefined && this.#turn()) {
        this.#environment.scheduler.add(this);
      }
    };
    step(0);
  }

  /** One turn and all that it asks for; says whether another is wanted at once. */
  #turn(): boolean {
    const more = this.#turnOfEngine();
    this.#deliver();
    if (this.#driven === undefined) {
      return false;
    }
    let again = more;
    const ended = this.#call((engine) => {
      if (engine.wanted()) {
        again = true;
      }
      return engine.closed;
    });
    if (ended !== false) {
      this.stop();
      return false;
    }
    this.#arm();
    return again;
  }

  #turnOfEngine(): boolean {
    const now = this.now();
    this.#slept(now);
    const suspended = this.#suspended;
    this.#suspended = false;
    const more = this.#call((engine) => {
      this.#reportBuffered(engine, now);
      this.#lookUnder(engine, now);
      engine.turn(now, suspended);
      this.#perform(engine.takeActions());
      this.#reportWritten(engine, now);
      this.#due = engine.deadline;
      this.#resume(engine);
      return engine.more;
    });
    return more === true;
  }

  /** Whether the system seems to have slept: then the engine has been told. */
  #slept(now: number): boolean {
    const slept = this.#sleep.look(now, this.#environment.wallNow());
    if (slept) {
      this.#call((engine) => engine.networkChanged("changed"));
    }
    return slept;
  }

  /** The application may do anything meanwhile, even end the process, which comes here again. */
  #deliver(): void {
    this.#undelivered = true;
    if (this.#delivering) {
      return;
    }
    this.#delivering = true;
    try {
      while (this.#undelivered && this.#driven !== undefined) {
        this.#undelivered = false;
        this.#driven.deliver();
      }
    } catch (error) {
      // Not the engine's fault, and no reason to end here: told as any error nobody caught.
      queueMicrotask(() => {
        throw error;
      });
    } finally {
      this.#delivering = false;
    }
  }

  #arm(): void {
    const nap = this.#background ? Infinity : this.now() + NAP;
    const at = this.#due === Infinity ? Infinity : Math.min(this.#due, nap);
    const keeps = this.#keeps();
    this.#alarm?.set(at, keeps);
    if (keeps !== this.#kept) {
      this.#kept = keeps;
      this.#environment.hints?.rest?.(this, !keeps);
    }
    this.#armPoll();
  }

  /** Whether the process is to live on: for a connection, an attempt, or the next one. */
  #keeps(): boolean {
    if (this.#entries.size > 0) {
      return true;
    }
    const state = this.#call((engine) => engine.state());
    return state === "connecting" || state === "reconnecting";
  }

  /** Calls the engine. Where that throws, the client is told, once, and all ends. */
  #call<T>(what: (engine: EngineOfHost) => T): T | undefined {
    const driven = this.#driven;
    if (driven === undefined) {
      return undefined;
    }
    try {
      return what(driven.engine);
    } catch (error) {
      this.stop();
      driven.crashed(error);
      return undefined;
    }
  }

  #perform(actions: readonly Action[] | undefined): void {
    for (const action of actions ?? []) {
      switch (action.type) {
        case "open":
          this.#open(action);
          break;
        case "giveUp":
          this.#end(action.attempt);
          break;
        case "write":
          this.#write(action.stream, action.bytes);
          break;
        case "finish":
          this.#entries.get(action.stream)?.leaf?.finish();
          break;
        case "close":
          this.#take(action.stream)?.close();
          break;
        case "abort":
          this.#end(action.stream);
          break;
      }
    }
  }

  #open(action: Action & { type: "open" }): void {
    const { attempt, server, tls, protocol } = action;
    this.#end(attempt);
    const entry: Entry = {
      leaf: undefined,
      opened: false,
      paused: false,
      reported: 0,
      wrote: false,
      under: 0,
      looked: 0,
      heard: false,
    };
    this.#entries.set(attempt, entry);
    const listener = this.#listener(attempt, entry);
    try {
      entry.leaf = this.#environment.open({ server, tls, protocol }, listener);
    } catch (error) {
      const stage = this.capabilities.sockets ? "tcp" : "webSocket";
      listener.openFailed(stage, thrown(error));
    }
    if (this.#entries.get(attempt) !== entry) {
      entry.leaf?.abort();
    }
  }

  /** Ends what there is of it. Nobody waits for anything (rule L15). */
  #end(number: number): void {
    this.#take(number)?.abort();
  }

  /** The leaf, which is nobody's from now on. */
  #take(number: number): Leaf | undefined {
    const entry = this.#entries.get(number);
    this.#entries.delete(number);
    return entry?.leaf;
  }

  #listener(number: number, entry: Entry): Listener {
    /** What is over tells nothing any more. */
    const tell = (what: (engine: EngineOfHost) => void, stale = false) => {
      if (!stale && this.#entries.get(number) === entry) {
        this.#call(what);
        this.#wake();
      }
    };
    return {
      stage: (stage: StageName) =>
        tell((engine) => engine.stage(number, stage, this.now()), entry.opened),
      opened: (address?: string) => {
        const before = entry.opened;
        entry.opened = true;
        tell((engine) => engine.opened(number, this.now(), address), before);
      },
      openFailed: (stage: StageName, { kind, message, number: code }: Failure) =>
        tell((engine) => {
          this.#end(number);
          engine.openFailed(number, this.now(), stage, kind, message, code);
        }, entry.opened),
      received: (bytes: Uint8Array) =>
        tell((engine) => {
          entry.heard = true;
          engine.received(number, this.now(), bytes);
          if (!entry.paused && engine.unread(number) > MANY_UNREAD) {
            entry.paused = true;
            entry.leaf?.pause();
          }
        }, !entry.opened),
      drained: () => tell((engine) => this.#reportBuffered(engine, this.now())),
      ended: () => tell((engine) => engine.ended(number, this.now()), !entry.opened),
      failed: ({ kind, message, number: code }: Failure) =>
        tell((engine) => {
          this.#end(number);
          engine.failed(number, this.now(), kind, message, code);
        }, !entry.opened),
    };
  }

  /**
   * A record of TLS that grows is a sign of life (rule L3). When it grew is not known but that it was
   * after the last look, so that counts: a verdict is never late for it.
   */
  #lookUnder(engine: EngineOfHost, now: number): void {
    for (const [number, entry] of this.#entries) {
      const under = entry.leaf?.under;
      if (under !== undefined) {
        if (under > entry.under && !entry.heard && entry.looked > 0) {
          engine.unfinished(number, entry.looked);
        }
        entry.under = under;
        entry.looked = now;
        entry.heard = false;
      }
    }
  }

  #resume(engine: EngineOfHost): void {
    for (const [number, entry] of this.#entries) {
      if (entry.paused && engine.unread(number) <= FEW_UNREAD) {
        entry.paused = false;
        entry.leaf?.resume();
      }
    }
  }

  /** What was written counts as waiting until the leaf says that it does not. */
  #write(stream: number, bytes: Uint8Array): void {
    const entry = this.#entries.get(stream);
    if (entry?.leaf !== undefined) {
      entry.leaf.write(bytes);
      entry.wrote = true;
    }
  }

  /** What a leaf has sent at once makes room at once: nothing else would tell the engine. */
  #reportWritten(engine: EngineOfHost, now: number): void {
    for (const [number, entry] of this.#entries) {
      if (entry.wrote) {
        entry.wrote = false;
        entry.reported = entry.leaf?.buffered ?? 0;
        engine.buffered(number, now, entry.reported);
      }
    }
  }

  /** Says whether something has changed. */
  #reportBuffered(engine: EngineOfHost, now: number): boolean {
    let changed = false;
    for (const [number, entry] of this.#entries) {
      const buffered = entry.leaf?.buffered ?? 0;
      if (entry.opened && (buffered > 0 || entry.reported > 0)) {
        changed ||= buffered !== entry.reported;
        entry.reported = buffered;
        engine.buffered(number, now, buffered);
      }
    }
    return changed;
  }

  #armPoll(): void {
    for (const { leaf } of this.#entries.values()) {
      if (leaf !== undefined && !leaf.tellsDrained && leaf.buffered > 0) {
        this.#poll ??= this.#environment.alarm(() => this.#polled());
        this.#poll.set(this.now() + this.#pollDelay);
        return;
      }
    }
    this.#pollDelay = POLL_FIRST;
    this.#poll?.set(Infinity);
  }

  #polled(): void {
    const changed = this.#call((engine) => this.#reportBuffered(engine, this.now()));
    if (changed === true) {
      this.#pollDelay = POLL_FIRST;
      this.#wake();
    } else {
      this.#pollDelay = Math.min(2 * this.#pollDelay, POLL_LAST);
      this.#armPoll();
    }
  }

  foreground(): void {
    this.#background = false;
    this.#hint((engine) => engine.enteredForeground());
  }

  background(): void {
    this.#background = true;
    this.#hint((engine) => engine.enteredBackground());
  }

  networkChanged(change: NetworkChange): void {
    this.#hint((engine) => engine.networkChanged(change));
  }

  resumed(): void {
    this.#hint(() => (this.#suspended = true));
  }

  /** Whatever follows may not run: all of it now. */
  hide(): void {
    this.#call((engine) => {
      engine.park(this.now());
      this.#perform(engine.takeActions());
    });
    for (let left = LAST_TURNS; left > 0 && this.#driven !== undefined; left--) {
      if (!this.#turn()) {
        break;
      }
    }
  }

  show(): void {
    this.#hint((engine) => {
      this.#suspended = true;
      engine.unpark(this.now());
    });
  }

  #hint(what: (engine: EngineOfHost) => void): void {
    this.#call(what);
    this.#wake();
  }
}
