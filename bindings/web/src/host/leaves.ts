/** The streams of one client's engine: what it wants done with them, and what comes of them. */

import type { Action, EngineOfHost, StageName } from "../engine-api.ts";
import type { Alarm } from "./timers.ts";
import type { Failure, Leaf, Listener, Open } from "./transport.ts";
import { thrown } from "./transport.ts";

/** How much of a stream's input may wait for turns before reading stops, and goes on, in bytes. */
const MANY_UNREAD = 512 * 1024;
const FEW_UNREAD = 128 * 1024;

/** How often a leaf that does not tell is asked what it has buffered, in milliseconds. */
const POLL_FIRST = 4;
const POLL_LAST = 100;

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

/** Who drives the engine. */
export interface LeavesOwner {
  now(): number;
  /** Calls the engine; undefined where it is no more. */
  call<T>(what: (engine: EngineOfHost) => T): T | undefined;
  /** Something came from outside: a turn is wanted. */
  wake(): void;
}

export class Leaves {
  readonly #owner: LeavesOwner;
  readonly #sockets: boolean;
  readonly #openLeaf: Open;
  readonly #alarm: (fire: () => void) => Alarm;
  readonly #entries = new Map<number, Entry>();
  #poll: Alarm | undefined;
  #pollDelay = POLL_FIRST;

  constructor(
    owner: LeavesOwner,
    sockets: boolean,
    open: Open,
    alarm: (fire: () => void) => Alarm,
  ) {
    this.#owner = owner;
    this.#sockets = sockets;
    this.#openLeaf = open;
    this.#alarm = alarm;
  }

  /** Whether one is open, or opening. */
  get any(): boolean {
    return this.#entries.size > 0;
  }

  /** Ends all of them at once. */
  stop(): void {
    this.#poll?.close();
    this.#poll = undefined;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { leaf } of entries) {
      leaf?.abort();
    }
  }

  /** Does what the engine asks for, in this order. */
  perform(actions: readonly Action[] | undefined): void {
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
      entry.leaf = this.#openLeaf({ server, tls, protocol }, listener);
    } catch (error) {
      const stage = this.#sockets ? "tcp" : "webSocket";
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
        this.#owner.call(what);
        this.#owner.wake();
      }
    };
    return {
      stage: (stage: StageName) =>
        tell((engine) => engine.stage(number, stage, this.#owner.now()), entry.opened),
      opened: (address?: string) => {
        const before = entry.opened;
        entry.opened = true;
        tell((engine) => engine.opened(number, this.#owner.now(), address), before);
      },
      openFailed: (stage: StageName, { kind, message, number: code }: Failure) =>
        tell((engine) => {
          this.#end(number);
          engine.openFailed(number, this.#owner.now(), stage, kind, message, code);
        }, entry.opened),
      received: (bytes: Uint8Array) =>
        tell((engine) => {
          entry.heard = true;
          engine.received(number, this.#owner.now(), bytes);
          if (!entry.paused && engine.unread(number) > MANY_UNREAD) {
            entry.paused = true;
            entry.leaf?.pause();
          }
        }, !entry.opened),
      drained: () => tell((engine) => this.reportBuffered(engine, this.#owner.now())),
      ended: () => tell((engine) => engine.ended(number, this.#owner.now()), !entry.opened),
      failed: ({ kind, message, number: code }: Failure) =>
        tell((engine) => {
          this.#end(number);
          engine.failed(number, this.#owner.now(), kind, message, code);
        }, !entry.opened),
    };
  }

  /**
   * A record of TLS that grows is a sign of life (rule L3). When it grew is not known but that it was
   * after the last look, so that counts: a verdict is never late for it.
   */
  lookUnder(engine: EngineOfHost, now: number): void {
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

  /** Reads on where what was read has been worked off. */
  resume(engine: EngineOfHost): void {
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
  reportWritten(engine: EngineOfHost, now: number): void {
    for (const [number, entry] of this.#entries) {
      if (entry.wrote) {
        entry.wrote = false;
        entry.reported = entry.leaf?.buffered ?? 0;
        engine.buffered(number, now, entry.reported);
      }
    }
  }

  /** Says whether something has changed. */
  reportBuffered(engine: EngineOfHost, now: number): boolean {
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

  /** Where a leaf does not tell when it has sent, it is asked. */
  armPoll(): void {
    for (const { leaf } of this.#entries.values()) {
      if (leaf !== undefined && !leaf.tellsDrained && leaf.buffered > 0) {
        this.#poll ??= this.#alarm(() => this.#polled());
        this.#poll.set(this.#owner.now() + this.#pollDelay);
        return;
      }
    }
    this.#pollDelay = POLL_FIRST;
    this.#poll?.set(Infinity);
  }

  #polled(): void {
    const changed = this.#owner.call((engine) => this.reportBuffered(engine, this.#owner.now()));
    if (changed === true) {
      this.#pollDelay = POLL_FIRST;
      this.#owner.wake();
    } else {
      this.#pollDelay = Math.min(2 * this.#pollDelay, POLL_LAST);
      this.armPoll();
    }
  }
}
