/** Names to addresses, and addresses to a connection: the first one that comes about (RFC 8305). */

import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns";
import type { Socket } from "node:net";
import { connect, isIP } from "node:net";

/** What an attempt has over the next one before that begins, too, in milliseconds (section 5). */
const ATTEMPT_DELAY = 250;

/** The same before an address that accepted lately and then passed no data. */
const MUTE_DELAY = 5_000;

/** How many addresses are remembered; the oldest is forgotten first. */
const REMEMBERED = 32;

/** Which addresses did not work lately: they are tried last (rule L13). */
export class Failures {
  /** Whether it is mute, in the order of their failures. */
  readonly #mute = new Map<string, boolean>();

  add(address: string, mute: boolean): void {
    const before = this.#mute.get(address) ?? false;
    this.#mute.delete(address);
    this.#mute.set(address, mute || before);
    for (const oldest of this.#mute.keys()) {
      if (this.#mute.size <= REMEMBERED) {
        break;
      }
      this.#mute.delete(oldest);
    }
  }

  remove(address: string): void {
    this.#mute.delete(address);
  }

  isMute(address: string): boolean {
    return this.#mute.get(address) ?? false;
  }

  /** As given, but those that failed go last, the latest of them at the very end. */
  order(addresses: readonly string[]): string[] {
    const failed = [...this.#mute.keys()];
    const place = (address: string) => failed.indexOf(address);
    return [...addresses].sort((a, b) => place(a) - place(b));
  }
}

/** Calls of the resolver that run: equal names share one, so that one that hangs holds one thread. */
const running = new Map<string, Promise<readonly string[]>>();

function resolve(name: string): Promise<readonly string[]> {
  let call = running.get(name);
  if (call === undefined) {
    call = new Promise<readonly string[]>((done, failed) => {
      lookup(name, { all: true }, (error, addresses) => {
        if (error === null && addresses.length > 0) {
          done(alternating(addresses));
        } else {
          failed(error ?? new Error(`${name} has no address`));
        }
      });
    }).finally(() => running.delete(name));
    running.set(name, call);
  }
  return call;
}

/** The families in turn, beginning with the resolver's first choice (section 4). */
function alternating(addresses: readonly LookupAddress[]): string[] {
  const first = addresses[0]?.family;
  const one = addresses.filter((it) => it.family === first);
  const other = addresses.filter((it) => it.family !== first);
  const order: string[] = [];
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    order.push(...[one[i], other[i]].flatMap((it) => (it === undefined ? [] : [it.address])));
  }
  return order;
}

/** Who hears how dialing goes; one of the last two is called, once, and none after `cancel`. */
export interface Dialer {
  resolved(): void;
  connected(socket: Socket, address: string): void;
  failed(stage: "dns" | "tcp", error: unknown): void;
}

/** Connects to a name or an address; gives back what cancels it. */
export function dial(host: string, port: number, failures: Failures, dialer: Dialer): () => void {
  let race: Race | undefined;
  let cancelled = false;
  const begin = (addresses: readonly string[]) => {
    if (!cancelled) {
      dialer.resolved();
      race = new Race(failures.order(addresses), port, failures, dialer);
    }
  };
  if (isIP(host) !== 0) {
    begin([host]);
  } else {
    resolve(host).then(begin, (error: unknown) => {
      if (!cancelled) {
        dialer.failed("dns", error);
      }
    });
  }
  return () => {
    cancelled = true;
    race?.end();
  };
}

class Race {
  readonly #waiting: string[];
  readonly #runners = new Map<Socket, string>();
  readonly #port: number;
  readonly #failures: Failures;
  readonly #dialer: Dialer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #error: unknown;
  #over = false;

  constructor(addresses: string[], port: number, failures: Failures, dialer: Dialer) {
    this.#waiting = addresses;
    this.#port = port;
    this.#failures = failures;
    this.#dialer = dialer;
    this.#next();
  }

  /** Ends what is left of it. */
  end(winner?: Socket): void {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const [socket, address] of this.#runners) {
      if (socket !== winner) {
        if (winner === undefined) {
          // Given up before it connected.
          this.#failures.add(address, false);
        }
        abandon(socket);
      }
    }
    this.#runners.clear();
  }

  #next(): void {
    const address = this.#waiting.shift();
    if (address !== undefined) {
      this.#run(address);
      const following = this.#waiting[0];
      if (following !== undefined && !this.#over) {
        const delay = this.#failures.isMute(following) ? MUTE_DELAY : ATTEMPT_DELAY;
        this.#timer = setTimeout(() => this.#next(), delay);
      }
    } else if (this.#runners.size === 0) {
      this.#over = true;
      this.#dialer.failed("tcp", this.#error);
    }
  }

  #run(address: string): void {
    const options = { host: address, port: this.#port, allowHalfOpen: true, noDelay: true };
    const socket = connect(options);
    this.#runners.set(socket, address);
    const connected = () => {
      socket.off("error", failed);
      socket.off("close", closed);
      this.end(socket);
      this.#failures.remove(address);
      this.#dialer.connected(socket, address);
    };
    const failed = (error: unknown) => {
      if (this.#over || !this.#runners.delete(socket)) {
        return;
      }
      this.#error ??= error;
      this.#failures.add(address, false);
      socket.off("connect", connected);
      abandon(socket);
      clearTimeout(this.#timer);
      this.#next();
    };
    // Not every platform tells of each failure by `error`.
    const closed = () => failed(new Error(`the connection to ${address} was closed`));
    socket.once("connect", connected);
    socket.once("error", failed);
    socket.once("close", closed);
  }
}

/** Nobody listens to it any more: its descriptor is closed at once. */
export function abandon(socket: Socket): void {
  // What still comes is nobody's, and must not end the process.
  socket.on("error", () => {});
  socket.destroy();
}

/** How long a socket that nobody reads any more may take to send what it has, in milliseconds. */
const LEAVING = 2_000;

/**
 * Nobody listens to it any more; what was written goes out. What comes is read and thrown away: where
 * something lies unread, the system would answer with a reset, which throws away what is under way.
 */
export function leave(socket: Socket): void {
  socket.on("error", () => {});
  const timer = setTimeout(() => socket.destroy(), LEAVING);
  socket.once("close", () => clearTimeout(timer));
  socket.end();
  socket.resume();
}
