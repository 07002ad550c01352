/** The host where sockets are the platform's WebSockets: pages and Workers. */

import type { Host } from "../engine-api.ts";
import { now, wallNow } from "./clock.ts";
import { throughDoors } from "./doors.ts";
import { HostLoop } from "./host.ts";
import { Page, surroundings } from "./page.ts";
import { MessageYielder, Scheduler } from "./scheduler.ts";
import type { WorkerLike, WorkerMaker } from "./timers.ts";
import { TimerAlarm, time, WorkerTimer } from "./timers.ts";
import { webSockets } from "./web-socket.ts";

/**
 * `timer-worker.js` once more, for pages that may not load it: those that have this package from
 * another origin, where only a Worker of the page's own making is allowed.
 */
const TIMER = `const a=new Map;onmessage=({data:{id,delay}})=>{clearTimeout(a.get(id));a.delete(id);
if(delay>=0)a.set(id,setTimeout(()=>{a.delete(id);postMessage({id})},delay))}`;

const MAKERS: readonly WorkerMaker[] = [
  // In this form bundlers find the file.
  () =>
    new Worker(new URL("./timer-worker.js", import.meta.url), {
      type: "module",
      name: "mqttka timer",
    }) as unknown as WorkerLike,
  () => {
    const url = URL.createObjectURL(new Blob([TIMER], { type: "text/javascript" }));
    try {
      return new Worker(url, { name: "mqttka timer" }) as unknown as WorkerLike;
    } finally {
      // The Worker has begun to load it by then.
      URL.revokeObjectURL(url);
    }
  },
];

// In a Worker no timer is throttled, so none is needed beside it.
const inPage = typeof document !== "undefined" && typeof Worker !== "undefined";
const worker = inPage ? new WorkerTimer(now, MAKERS) : undefined;
const scheduler = new Scheduler(now, new MessageYielder());
const page = new Page(surroundings(), now);
const open = throughDoors(webSockets());

/** The host of one client. */
export function createHost(): Host {
  return new HostLoop({
    capabilities: { sockets: false },
    scheduler,
    open,
    hints: page,
    // Frames pass through some tasks of the browser's own.
    drainTurns: 8,
    now,
    wallNow,
    alarm: (fire) => new TimerAlarm(time, fire, worker),
  });
}
