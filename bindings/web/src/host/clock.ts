/** The clocks: the one that everything is judged by, and the one that only gives a hint. */

/** Milliseconds, monotonic (rule L2). On some systems it stands still while the system sleeps. */
export function now(): number {
  return performance.now();
}

/** Milliseconds of the wall clock, which anybody may set at any time. */
export function wallNow(): number {
  return Date.now();
}

/** What the two clocks may differ by between two looks, in milliseconds: less is a correction. */
const NOTABLE = 5_000;

/**
 * Compares the clocks. Where the wall clock went much further than the monotonic one, the system has
 * probably slept. Or somebody set the clock: so this is a reason to ask the broker for a sign of
 * life, never one to judge anything by.
 */
export class SleepDetector {
  #last: { now: number; wall: number } | undefined;

  /** Whether the system seems to have slept since the last look. */
  look(now: number, wall: number): boolean {
    const last = this.#last;
    this.#last = { now, wall };
    return last !== undefined && wall - last.wall - (now - last.now) > NOTABLE;
  }
}
