/**
 * Alarms. What is due is judged by the clock and never by who woke us, so an alarm that goes off too
 * early, twice, or by another timer than expected changes nothing.
 */

import { now } from "./clock.ts";

/** The longest delay that `setTimeout` takes; more of it would go off at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * How much later the page's own timer is set than the Worker's, where a Worker has shown that it
 * works, in milliseconds: so the page's goes off first only where the Worker is really late.
 */
const GRACE = 20;

/** So many alarms in a row that the Worker let pass: it is dead. */
const MISSES = 3;

/** The clock and the timers of a thread. */
export interface Time {
  now(): number;
  /** Calls back once, no sooner than after this many milliseconds. */
  after(delay: number, fire: () => void): unknown;
  cancel(timer: unknown): void;
  /** Whether the timer keeps its process alive, where processes end by themselves; it does at first. */
  keep?(timer: unknown, keeps: boolean): void;
}

/** The thread's own. */
export const time: Time = {
  now,
  after: (delay, fire) => setTimeout(fire, delay),
  cancel: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
};

/** What is used of a Worker. */
export interface WorkerLike {
  postMessage(message: { id: number; delay: number }): void;
  terminate(): void;
  onmessage: ((event: { data: { id: number } }) => void) | null;
  onerror: ((event: { preventDefault?(): void }) => void) | null;
}

/** Ways to make a Worker, the best first. Each may throw. */
export type WorkerMaker = () => WorkerLike;

/** The Worker that all alarms of a page share; it is there while there are alarms. */
export class WorkerTimer {
  readonly #makers: readonly WorkerMaker[];
  /** Those that did not work are not tried again. */
  #next = 0;
  #worker: WorkerLike | undefined;
  #proven = false;
  #misses = 0;
  #lastId = 0;
  readonly #alarms = new Map<number, { readonly fire: () => void; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number, makers: readonly WorkerMaker[]) {
    this.#now = now;
    this.#makers = makers;
  }

  /** An alarm's place; `fire` is called for each alarm that goes off. */
  attach(fire: () => void): number {
    const id = ++this.#lastId;
    this.#alarms.set(id, { fire, at: Infinity });
    return id;
  }

  detach(id: number): void {
    this.set(id, Infinity);
    this.#alarms.delete(id);
    if (this.#alarms.size === 0) {
      this.#end();
    }
  }

  /** Goes off at this time, in place of what was set before; `Infinity`: not. */
  set(id: number, at: number): void {
    const alarm = this.#alarms.get(id);
    if (alarm === undefined || alarm.at === at) {
      return;
    }
    alarm.at = at;
    if (at !== Infinity || this.#worker !== undefined) {
      this.#begin();
      this.#post(id, at);
    }
  }

  /** How much later than the Worker's the page's own timer is to be, in milliseconds. */
  get grace(): number {
    return this.#proven && this.#worker !== undefined ? GRACE : 0;
  }

  /** The page's timer went off, and the Worker's of the same time has not. */
  overtaken(): void {
    if (this.#proven && ++this.#misses >= MISSES) {
      // Another one of the same make may work: this one did.
      this.#replace();
    }
  }

  #begin(): void {
    while (this.#worker === undefined) {
      const make = this.#makers[this.#next];
      if (make === undefined) {
        return;
      }
      try {
        const worker = make();
        worker.onmessage = ({ data }) => this.#fired(data.id);
        worker.onerror = (event) => {
          event.preventDefault?.();
          if (worker === this.#worker) {
            this.#next++;
            this.#replace();
          }
        };
        this.#worker = worker;
        // Nobody's alarm: its answer shows that this Worker works.
        worker.postMessage({ id: 0, delay: 0 });
      } catch {
        this.#next++;
      }
    }
  }

  #post(id: number, at: number): void {
    const delay = at === Infinity ? -1 : Math.min(Math.max(at - this.#now(), 0), LONGEST);
    this.#worker?.postMessage({ id, delay });
  }

  #fired(id: number): void {
    this.#proven = true;
    this.#misses = 0;
    const alarm = this.#alarms.get(id);
    if (alarm !== undefined) {
      alarm.at = Infinity;
      alarm.fire();
    }
  }

  #replace(): void {
    this.#end();
    for (const [id, { at }] of this.#alarms) {
      if (at !== Infinity) {
        this.#begin();
        this.#post(id, at);
      }
    }
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#proven = false;
    this.#misses = 0;
    if (worker !== undefined) {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
    }
  }
}

/** Goes off once at a time that can be moved. */
export interface Alarm {
  /** `Infinity` takes it back. `keeps`: that it is set keeps a process of Node, Deno or Bun alive. */
  set(at: number, keeps?: boolean): void;
  /** Takes it back for good. */
  close(): void;
}

/** An alarm of this thread. */
export class TimerAlarm implements Alarm {
  readonly #time: Time;
  readonly #fire: (late: number) => void;
  readonly #worker: WorkerTimer | undefined;
  readonly #id: number;
  #timer: unknown;
  /** When it is to go off. */
  #at = Infinity;
  /** When the timers go off: not later, perhaps earlier, because few turns move a deadline ahead. */
  #armed = Infinity;
  #keeps = true;

  /** `fire` gets by how many milliseconds it is late. */
  constructor(time: Time, fire: (late: number) => void, worker?: WorkerTimer) {
    this.#time = time;
    this.#fire = fire;
    this.#worker = worker;
    this.#id = worker?.attach(() => this.#ring()) ?? 0;
  }

  set(at: number, keeps = true): void {
    this.#at = at;
    const before = this.#keeps;
    this.#keeps = keeps;
    if (at === Infinity) {
      this.#disarm();
    } else if (at < this.#armed) {
      this.#arm();
    } else if (keeps !== before) {
      this.#time.keep?.(this.#timer, keeps);
    }
  }

  close(): void {
    this.set(Infinity);
    this.#worker?.detach(this.#id);
  }

  #arm(): void {
    const delay = Math.max(Math.ceil(this.#at - this.#time.now()), 1);
    this.#armed = this.#at;
    this.#worker?.set(this.#id, this.#at);
    this.#time.cancel(this.#timer);
    const grace = this.#worker?.grace ?? 0;
    const ring = () => {
      this.#timer = undefined;
      this.#worker?.overtaken();
      this.#ring();
    };
    this.#timer = this.#time.after(Math.min(delay + grace, LONGEST), ring);
    if (!this.#keeps) {
      this.#time.keep?.(this.#timer, false);
    }
  }

  #disarm(): void {
    this.#time.cancel(this.#timer);
    this.#timer = undefined;
    this.#worker?.set(this.#id, Infinity);
    this.#armed = Infinity;
  }

  #ring(): void {
    const at = this.#at;
    const late = this.#time.now() - at;
    this.#disarm();
    if (late < 0) {
      // Moved ahead since, or longer than a timer can be, or the timer was early.
      this.set(at, this.#keeps);
    } else if (at !== Infinity) {
      this.#at = Infinity;
      this.#fire(late);
    }
  }
}
