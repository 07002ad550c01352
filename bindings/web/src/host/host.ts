/** What drives one client's engine: turns when something happened or is due, and what they ask for. */

import type { Capabilities, Driven, EngineOfHost, Host, NetworkChange } from "../engine-api.ts";
import { SleepDetector } from "./clock.ts";
import type { LeavesOwner } from "./leaves.ts";
import { Leaves } from "./leaves.ts";
import type { Hinted, Hints } from "./page.ts";
import type { Ready, Scheduler } from "./scheduler.ts";
import type { Alarm } from "./timers.ts";
import type { Open } from "./transport.ts";

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

/** The most turns that follow each other when the page or the process ends. */
const LAST_TURNS = 64;

export class HostLoop implements Host, Ready, Hinted {
  readonly capabilities: Capabilities;
  readonly #environment: Environment;
  readonly #leaves: Leaves;
  readonly #sleep = new SleepDetector();
  #driven: Driven | undefined;
  #alarm: Alarm | undefined;
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
    const owner: LeavesOwner = {
      now: () => environment.now(),
      call: (what) => this.#call(what),
      wake: () => this.#wake(),
    };
    this.#leaves = new Leaves(owner, this.capabilities.sockets, environment.open, (fire) =>
      environment.alarm(fire),
    );
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
    this.#alarm = undefined;
    const { scheduler, hints } = this.#environment;
    hints?.delete(this);
    scheduler.detach(this);
    this.#leaves.stop();
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
      this.#leaves.reportBuffered(engine, now);
      this.#leaves.lookUnder(engine, now);
      engine.turn(now, suspended);
      this.#leaves.perform(engine.takeActions());
      this.#leaves.reportWritten(engine, now);
      this.#due = engine.deadline;
      this.#leaves.resume(engine);
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
    this.#leaves.armPoll();
  }

  /** Whether the process is to live on: for a connection, an attempt, or the next one. */
  #keeps(): boolean {
    if (this.#leaves.any) {
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
      this.#leaves.perform(engine.takeActions());
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
