/** What lies between a fake broker and one client: a stream within the program, or a socket. */

import type { Failure, Leaf, Listener, Open } from "../host/transport.ts";

/** What the broker does with a client's connection. */
export interface Link {
  send(bytes: Uint8Array): void;
  /** Nothing more is sent; reading goes on. */
  finish(): void;
  /** It ends after what was sent. Nothing that comes of it counts any more. */
  close(): void;
  /** It ends at once. */
  reset(): void;
  /** Whether the internet is gone. */
  silence(silent: boolean): void;
}

/** What the broker is told. */
export interface LinkOwner {
  /** A client wants in. `opened` is called with its number when it is, which waits for the internet. */
  knock(link: Link, opened: (connection: number) => void): void;
  /** It has gone before it was in. */
  leave(link: Link): void;
  received(connection: number, bytes: Uint8Array): void;
  /** The client sends no more. */
  ended(connection: number): void;
}

const RESET: Failure = {
  kind: "system",
  message: "the fake broker reset the connection",
  number: 104,
};

/** Streams of clients in this program. */
export function memory(owner: LinkOwner): Open {
  return (_, listener) => stream(owner, listener);
}

/** As `memory`, of a broker that was stopped. */
export const stopped: Open = ({ server }, listener) => {
  const failure: Failure = {
    kind: "system",
    message: "the fake broker was stopped",
    number: 111,
  };
  let over = false;
  const leave = () => {
    over = true;
  };
  queueMicrotask(() => {
    if (!over) {
      listener.openFailed(server.transport === "ws" ? "webSocket" : "tcp", failure);
    }
  });
  const nothing = () => undefined;
  return {
    buffered: 0,
    tellsDrained: true,
    write: nothing,
    finish: nothing,
    close: leave,
    abort: leave,
    pause: nothing,
    resume: nothing,
  };
};

function stream(owner: LinkOwner, listener: Listener): Leaf {
  /** What the client has not heard, in order. */
  const waiting: ((listener: Listener) => void)[] = [];
  let connection: number | undefined;
  let queued = false;
  let paused = false;
  /** The client has let go of it. */
  let over = false;

  const deliver = () => {
    while (!over && !paused) {
      const what = waiting.shift();
      if (what === undefined) {
        return;
      }
      what(listener);
    }
  };
  /** Not within the call: the client may be in a turn. */
  const tell = (what: (listener: Listener) => void) => {
    waiting.push(what);
    if (!queued) {
      queued = true;
      queueMicrotask(() => {
        queued = false;
        deliver();
      });
    }
  };
  const link: Link = {
    send: (bytes) => tell((it) => it.received(bytes)),
    finish: () => tell((it) => it.ended()),
    close: () => tell((it) => it.ended()),
    reset: () => tell((it) => it.failed(RESET)),
    silence: () => undefined,
  };
  owner.knock(link, (number) => {
    connection = number;
    tell((it) => it.opened());
  });
  const leave = () => {
    if (over) {
      return;
    }
    over = true;
    if (connection === undefined) {
      owner.leave(link);
    } else {
      owner.ended(connection);
    }
  };
  return {
    buffered: 0,
    tellsDrained: true,
    write: (bytes) => {
      if (connection !== undefined && !over) {
        owner.received(connection, bytes);
      }
    },
    finish: () => {
      if (connection !== undefined && !over) {
        owner.ended(connection);
      }
    },
    close: leave,
    abort: leave,
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      deliver();
    },
  };
}
