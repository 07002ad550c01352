/** The host where there are sockets: Node, Deno and Bun. */

import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";

import type { Host } from "../engine-api.ts";
import { now, wallNow } from "./clock.ts";
import { throughDoors } from "./doors.ts";
import { HostLoop } from "./host.ts";
import { nodeSockets } from "./node-socket.ts";
import { ProcessEnd } from "./process.ts";
import { ImmediateYielder, Scheduler } from "./scheduler.ts";
import { type Time, TimerAlarm } from "./timers.ts";

const scheduler = new Scheduler(now, new ImmediateYielder());
const end = new ProcessEnd(process);

type Timeout = ReturnType<typeof setTimeout>;
const time: Time = {
  now,
  after: (delay, fire) => setTimeout(fire, delay),
  cancel: (timer) => clearTimeout(timer as Timeout | undefined),
  keep: (timer, keeps) => {
    if (keeps) {
      (timer as Timeout).ref();
    } else {
      (timer as Timeout).unref();
    }
  },
};

// Measured: what came while the thread was busy is heard in Node after 1 turn, in Bun after 3, in Deno,
// whose runtime looks at sockets every 61 turns, after 62.
const TURNS = "Deno" in globalThis ? 130 : 4;

/** The host of one client. */
export function createHost(): Host {
  return new HostLoop({
    capabilities: { sockets: true },
    scheduler,
    open: throughDoors(nodeSockets()),
    hints: end,
    drainTurns: TURNS,
    now,
    wallNow,
    alarm: (fire) => new TimerAlarm(time, fire),
  });
}
