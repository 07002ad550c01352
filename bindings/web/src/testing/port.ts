/** A port of the loopback interface, where clients come to a fake broker: Node, Deno and Bun. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

import type { Link, LinkOwner } from "./links.ts";

/** What a client does not read is kept up to here, in bytes; then its connection is reset. */
const MOST_UNSENT = 64 * 1024 * 1024;

export class Port {
  /** The port, also after it was stopped. */
  readonly number: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    const address = server.address();
    this.number = typeof address === "object" && address !== null ? address.port : 0;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Listens; it throws what the system says. 0: on a port that is free. */
  static async listen(port: number, owner: LinkOwner): Promise<Port> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      serve(socket, owner);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new Port(server, sockets);
  }

  /** Connections are reset, the port is free. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) {
      end(socket);
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** With a reset, where the runtime has it. */
function end(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}

function serve(socket: Socket, owner: LinkOwner): void {
  let connection: number | undefined;
  /** The broker knows nothing of it any more. */
  let left = false;
  const link: Link = {
    send: (bytes) => {
      socket.write(bytes);
      if (socket.writableLength > MOST_UNSENT) {
        end(socket);
      }
    },
    finish: () => socket.end(),
    close: () => {
      left = true;
      socket.end();
    },
    reset: () => {
      left = true;
      end(socket);
    },
    // What the system takes meanwhile nobody reads.
    silence: (silent) => {
      if (silent) {
        socket.pause();
      } else {
        socket.resume();
      }
    },
  };
  const ended = () => {
    if (connection === undefined) {
      owner.leave(link);
    } else if (!left) {
      owner.ended(connection);
    }
    left = true;
  };
  socket.on("data", (bytes) => {
    if (connection !== undefined && !left) {
      owner.received(connection, bytes);
    }
  });
  socket.on("end", () => {
    const before = left;
    ended();
    if (before) {
      socket.end();
    }
  });
  socket.on("error", () => undefined);
  socket.on("close", ended);
  socket.pause();
  owner.knock(link, (number) => {
    connection = number;
    socket.resume();
  });
}
