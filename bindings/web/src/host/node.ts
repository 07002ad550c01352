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

/** The host of one client. */
export function createHost(): Host {
  return new HostLoop({
    capabilities: { sockets: true },
    scheduler,
    open: nodeSockets(),
    hints: end,
    now,
    wallNow,
    alarm: (fire) => new TimerAlarm(time, fire),
  });
}
