/** The host where there are sockets: Node, Deno and Bun. */

import process from "node:process";

import type { Host } from "../engine-api.ts";
import { now, wallNow } from "./clock.ts";
import { HostLoop } from "./host.ts";
import { nodeSockets } from "./node-socket.ts";
import { ProcessEnd } from "./process.ts";
import { ImmediateYielder, Scheduler } from "./scheduler.ts";
import { TimerAlarm, time } from "./timers.ts";

const scheduler = new Scheduler(now, new ImmediateYielder());
const end = new ProcessEnd(process);

// Measured: what came while the thread was busy is heard in Node after 1 turn, in Bun after 3, in Deno,
// whose runtime looks at sockets every 61 turns, after 62.
const TURNS = "Deno" in globalThis ? 130 : 4;

/** The host of one client. */
export function createHost(): Host {
  return new HostLoop({
    capabilities: { sockets: true },
    scheduler,
    open: nodeSockets(),
    hints: end,
    drainTurns: TURNS,
    now,
    wallNow,
    alarm: (fire) => new TimerAlarm(time, fire),
  });
}
