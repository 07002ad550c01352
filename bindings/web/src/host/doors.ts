/** Streams that stay within the program: to a fake broker, in tests. */

import type { Open } from "./transport.ts";

/** By host name. Of the program, not of one copy of this package: a test may have another one than what it tests. */
const DOORS = Symbol.for("mqttka.doors");

type Doors = Map<string, Open>;

const all = globalThis as { [DOORS]?: Doors };

/** Whoever opens a stream to this host comes to `open` from now on. */
export function openDoor(host: string, open: Open): void {
  all[DOORS] ??= new Map();
  all[DOORS].set(host, open);
}

/** As `open`, unless the way stays within the program. */
export function throughDoors(open: Open): Open {
  return (target, listener) => (all[DOORS]?.get(target.server.host) ?? open)(target, listener);
}
