import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerLike } from "../../src/host/timers.ts";
import { TimerAlarm, WorkerTimer } from "../../src/host/timers.ts";
import { FakeTime } from "./fakes.ts";

/** The longest delay of `setTimeout`. */
const LONGEST = 2 ** 31 - 1;

/** As `timer-worker.ts`, on its own clock. */
class FakeWorker implements WorkerLike {
  onmessage: ((event: { data: { id: number } }) => void) | null = null;
  onerror: ((event: { preventDefault?(): void }) => void) | null = null;
  readonly orders: { id: number; delay: number }[] = [];
  terminated = false;
  dead = false;
  readonly #armed = new Map<number, unknown>();
  readonly #time: FakeTime;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  postMessage({ id, delay }: { id: number; delay: number }): void {
    assert.ok(!this.terminated);
    this.orders.push({ id, delay });
    this.#time.cancel(this.#armed.get(id));
    if (delay >= 0) {
      const fire = () => {
        if (!this.dead && !this.terminated) {
          this.onmessage?.({ data: { id } });
        }
      };
      this.#armed.set(id, this.#time.after(delay, fire));
    }
  }

  terminate(): void {
    this.terminated = true;
  }
}

/** A page whose own timers go at most once a minute, and its Worker. */
class HiddenPage extends FakeTime {
  override after(delay: number, fire: () => void): unknown {
    return super.after(Math.ceil(delay / 60_000) * 60_000, fire);
  }
}

test("an alarm goes off once, when it is due, and says how late it is", () => {
  const time = new FakeTime();
  const late: number[] = [];
  const alarm = new TimerAlarm(time, (it) => late.push(it));
  alarm.set(time.now() + 100);
  time.pass(99);
  assert.deepEqual(late, []);
  time.pass(1);
  assert.deepEqual(late, [0]);
  alarm.set(time.now() + 100);
  time.block(350);
  time.pass(0);
  assert.deepEqual(late, [0, 250]);
  time.pass(10_000);
  assert.equal(late.length, 2);
  assert.equal(time.timers, 0);
});

test("an alarm is moved ahead and back, and taken back", () => {
  const time = new FakeTime();
  let rings = 0;
  const alarm = new TimerAlarm(time, () => rings++);
  const start = time.now();
  alarm.set(start + 100);
  alarm.set(start + 500);
  time.pass(499);
  assert.equal(rings, 0);
  time.pass(1);
  assert.equal(rings, 1);
  alarm.set(start + 900);
  alarm.set(start + 600);
  time.pass(100);
  assert.equal(rings, 2);
  alarm.set(start + 700);
  alarm.set(Infinity);
  assert.equal(time.timers, 0);
  time.pass(1_000);
  assert.equal(rings, 2);
});

test("many moves ahead set no further timer", () => {
  const time = new FakeTime();
  let timers = 0;
  const after = time.after.bind(time);
  time.after = (delay, fire) => {
    timers++;
    return after(delay, fire);
  };
  const alarm = new TimerAlarm(time, () => {});
  for (let i = 0; i < 1_000; i++) {
    alarm.set(time.now() + 100 + i);
  }
  assert.equal(timers, 1);
});

test("an alarm beyond the longest delay goes off at its time, and not at once", () => {
  const time = new FakeTime();
  let rings = 0;
  const alarm = new TimerAlarm(time, () => rings++);
  alarm.set(time.now() + 3 * LONGEST);
  time.pass(3 * LONGEST - 1);
  assert.equal(rings, 0);
  time.pass(1);
  assert.equal(rings, 1);
});

test("an alarm that is set for now does not spin", () => {
  const time = new FakeTime();
  let rings = 0;
  const alarm: TimerAlarm = new TimerAlarm(time, () => {
    rings++;
    alarm.set(time.now());
  });
  alarm.set(time.now());
  assert.equal(rings, 0);
  time.pass(50);
  assert.equal(rings, 50);
});

test("where the page's timers are throttled, the Worker's go off in time", () => {
  const time = new FakeTime();
  const page = new HiddenPage();
  const worker = new FakeWorker(time);
  const timer = new WorkerTimer(() => time.now(), [() => worker]);
  const late: number[] = [];
  const alarm = new TimerAlarm(
    { now: () => time.now(), after: page.after.bind(page), cancel: page.cancel.bind(page) },
    (it) => late.push(it),
    timer,
  );
  for (let i = 0; i < 10; i++) {
    alarm.set(time.now() + 1_000);
    time.pass(1_000);
  }
  assert.deepEqual(late, Array(10).fill(0));
  assert.equal(page.timers, 0);
  alarm.close();
  assert.ok(worker.terminated);
  assert.equal(worker.onmessage, null);
});

test("one Worker serves all alarms, and ends with the last", () => {
  const time = new FakeTime();
  const workers: FakeWorker[] = [];
  const timer = new WorkerTimer(
    () => time.now(),
    [
      () => {
        const worker = new FakeWorker(time);
        workers.push(worker);
        return worker;
      },
    ],
  );
  const rings: number[] = [];
  const alarms = [1, 2, 3].map((i) => new TimerAlarm(time, () => rings.push(i), timer));
  assert.equal(workers.length, 0, "none before something is due");
  for (const [i, alarm] of alarms.entries()) {
    alarm.set(time.now() + 300 - 100 * i);
  }
  time.pass(300);
  assert.deepEqual(rings, [3, 2, 1]);
  assert.equal(workers.length, 1);
  alarms[0]?.close();
  alarms[1]?.close();
  assert.ok(!workers[0]?.terminated);
  alarms[2]?.set(time.now() + 100);
  alarms[2]?.close();
  assert.ok(workers[0]?.terminated);
  time.pass(1_000);
  assert.equal(rings.length, 3);
  assert.equal(time.timers, 0);
});

test("a Worker that cannot be made, or does not load, is replaced by the next way", () => {
  const time = new FakeTime();
  const made: FakeWorker[] = [];
  const make = () => {
    const worker = new FakeWorker(time);
    made.push(worker);
    return worker;
  };
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  const timer = new WorkerTimer(() => time.now(), [forbidden, make, make]);
  let rings = 0;
  const page = new HiddenPage();
  const alarm = new TimerAlarm(
    { now: () => time.now(), after: page.after.bind(page), cancel: page.cancel.bind(page) },
    () => rings++,
    timer,
  );
  alarm.set(time.now() + 1_000);
  let prevented = 0;
  made[0]?.onerror?.({ preventDefault: () => prevented++ });
  assert.equal(prevented, 1);
  assert.ok(made[0]?.terminated);
  time.pass(1_000);
  assert.equal(rings, 1, "what was armed is armed in the next one");
  made[1]?.onerror?.({});
  alarm.set(time.now() + 1_000);
  time.pass(1_000);
  assert.equal(made.length, 2);
  assert.equal(rings, 1);
  page.pass(60_000);
  assert.equal(rings, 2, "without any Worker, the page's own timer is left");
});

test("a Worker that died is noticed, and nothing is missed", () => {
  const time = new FakeTime();
  const workers: FakeWorker[] = [];
  const timer = new WorkerTimer(
    () => time.now(),
    [
      () => {
        const worker = new FakeWorker(time);
        workers.push(worker);
        return worker;
      },
    ],
  );
  const late: number[] = [];
  const alarm = new TimerAlarm(time, (it) => late.push(it), timer);
  alarm.set(time.now() + 1_000);
  time.pass(1_000);
  assert.deepEqual(late.splice(0), [0]);
  (workers[0] as FakeWorker).dead = true;
  for (let i = 0; i < 3; i++) {
    alarm.set(time.now() + 1_000);
    time.pass(1_100);
  }
  assert.deepEqual(late.splice(0), [20, 20, 20], "the page's own timer is behind it");
  alarm.set(time.now() + 1_000);
  assert.ok(workers[0]?.terminated);
  assert.equal(workers.length, 2);
  time.pass(1_000);
  assert.deepEqual(late, [0]);
});

test("a Worker's message that comes late, or twice, rings nothing", () => {
  const time = new FakeTime();
  const worker = new FakeWorker(time);
  const timer = new WorkerTimer(() => time.now(), [() => worker]);
  let rings = 0;
  const alarm = new TimerAlarm(time, () => rings++, timer);
  alarm.set(time.now() + 1_000);
  const id = worker.orders.find((it) => it.id !== 0)?.id as number;
  worker.onmessage?.({ data: { id } });
  assert.equal(rings, 0, "too early");
  time.pass(1_000);
  assert.equal(rings, 1);
  worker.onmessage?.({ data: { id } });
  worker.onmessage?.({ data: { id: 4_711 } });
  assert.equal(rings, 1);
});
