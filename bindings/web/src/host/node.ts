/** The host where there are sockets: Node, Deno and Bun. */

import process from "node:process";

import type { Host } from "../engine-api.js";
import { now, wallNow } from "./clock.js";
import { HostLoop } from "./host.js";
import { nodeSockets } from "./node-socket.js";
import { ProcessEnd } from "./process.js";
import { ImmediateYielder, Scheduler } from "./scheduler.js";
import { Alarm } from "./timers.js";

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
    alarm: (fire) => new Alarm(now, fire),
  });
}
