/** Leaves over `node:net` and `node:tls`: Node, Deno and Bun. */

import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { connect, isIP } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { connect as connectTls } from "node:tls";

import type { StageName, Tls } from "../engine-api.ts";
import { abandon, dial, Failures, leave } from "./node-dial.ts";
import { failureOf } from "./node-errors.ts";
import type { Failure, Leaf, Listener, Open, Target } from "./transport.ts";
import { thrown } from "./transport.ts";

/** What a client's attempts learn from each other. */
interface Memory {
  readonly failures: Failures;
  /** The last TLS session, and whose it is. */
  session: { readonly server: string; readonly data: Buffer } | undefined;
}

/** The leaves of one client. */
export function nodeSockets(): Open {
  const memory: Memory = { failures: new Failures(), session: undefined };
  return (target, listener) => new SocketLeaf(target, listener, memory);
}

// biome-ignore lint/suspicious/noExplicitAny: as `EventEmitter` has it
type Handler = (argument: any) => void;

class SocketLeaf implements Leaf {
  readonly tellsDrained = true;
  readonly #target: Target;
  readonly #listener: Listener;
  readonly #memory: Memory;
  #stage: StageName = "tcp";
  #entered: StageName | undefined;
  #cancel: (() => void) | undefined;
  #socket: Socket | undefined;
  /** What is under TLS. */
  #raw: Socket | undefined;
  #address: string | undefined;
  #opened = false;
  #heard = false;
  #ended = false;
  #stuck = false;
  /** Ours: a socket has others that are its own. */
  readonly #handlers: [event: string, handler: Handler][] = [];

  constructor(target: Target, listener: Listener, memory: Memory) {
    this.#target = target;
    this.#listener = listener;
    this.#memory = memory;
    try {
      this.#begin();
    } catch (error) {
      this.#fail(thrown(error));
    }
  }

  get buffered(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** What TLS has not taken apart yet is counted, too. */
  get under(): number | undefined {
    return this.#opened ? this.#raw?.bytesRead : undefined;
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#opened || socket.writableEnded) {
      return;
    }
    socket.write(bytes, this.#written);
    this.#stuck = socket.writableLength > 0;
  }

  finish(): void {
    if (this.#opened && this.#socket?.writableEnded === false) {
      this.#socket.end();
    }
  }

  close(): void {
    if (!this.#opened) {
      this.abort();
      return;
    }
    const socket = this.#take();
    if (socket !== undefined) {
      leave(socket);
    }
  }

  abort(): void {
    const raw = this.#raw;
    const socket = this.#take();
    for (const it of [socket, raw]) {
      if (it !== undefined) {
        abandon(it);
      }
    }
  }

  /** The socket, which is nobody's from now on; what is under it ends with it. */
  #take(): Socket | undefined {
    this.#cancel?.();
    this.#cancel = undefined;
    const socket = this.#socket;
    this.#socket = this.#raw = undefined;
    for (const [event, handler] of this.#handlers.splice(0)) {
      socket?.off(event, handler);
    }
    if (socket !== undefined && this.#address !== undefined && !this.#heard) {
      this.#memory.failures.add(this.#address, true);
    }
    return socket;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** The kernel took all of a write that it did not take at once. */
  readonly #written = (): void => {
    if (this.#stuck && this.#socket !== undefined) {
      this.#stuck = this.#socket.writableLength > 0;
      this.#listener.drained();
    }
  };

  #begin(): void {
    const { transport, host, port, path } = this.#target.server;
    if (transport === "unix") {
      this.#enter("tcp");
      const socket = connect({ path: path.replace(/^@/, "\0"), allowHalfOpen: true });
      this.#use(socket);
      this.#on("connect", () => this.#open());
      return;
    }
    const bare = host.replace(/^\[(.*)\]$/, "$1");
    this.#enter(isIP(bare) === 0 ? "dns" : "tcp");
    this.#cancel = dial(bare, port, this.#memory.failures, {
      resolved: () => this.#enter("tcp"),
      connected: (socket, address) => {
        this.#cancel = undefined;
        this.#address = address;
        this.#connected(socket, bare);
      },
      failed: (stage, error) => {
        this.#cancel = undefined;
        this.#stage = stage;
        this.#fail(failureOf(error));
      },
    });
  }

  #enter(stage: StageName): void {
    this.#stage = stage;
    if (stage !== this.#entered) {
      this.#entered = stage;
      this.#listener.stage(stage);
    }
  }

  #connected(socket: Socket, host: string): void {
    socket.setNoDelay(true);
    if (this.#target.server.transport !== "tls") {
      this.#use(socket);
      this.#open();
      return;
    }
    this.#enter("tls");
    const tls = this.#target.tls ?? {};
    this.#raw = socket;
    let secured: TLSSocket;
    try {
      secured = connectTls(this.#options(tls, socket, host));
    } catch (error) {
      this.#fail(thrown(error));
      return;
    }
    this.#use(secured);
    if (resumes(tls)) {
      const server = this.#server();
      this.#on("session", (data: Buffer) => (this.#memory.session = { server, data }));
    }
    this.#on("secureConnect", () => {
      const failure = distrust(secured, tls);
      if (failure !== undefined) {
        this.#fail(failure);
      } else {
        this.#open();
      }
    });
  }

  #options(tls: Tls, socket: Socket, host: string): ConnectionOptions {
    const name = tls.serverName ?? host;
    const options: ConnectionOptions = {
      socket,
      host: name,
      rejectUnauthorized: tls.acceptAnyCertificate !== true,
      ALPNProtocols: [...(tls.alpn ?? [])],
      minVersion: "TLSv1.2",
    };
    if (isIP(name) === 0) {
      // Addresses are not sent (RFC 6066, section 3), but they are checked.
      options.servername = name;
    }
    const { session } = this.#memory;
    if (resumes(tls) && session?.server === this.#server()) {
      options.session = session.data;
    }
    const pem = (it: string | Uint8Array) => (typeof it === "string" ? it : Buffer.from(it));
    if (tls.ca !== undefined) {
      options.ca = pem(tls.ca);
    }
    if (tls.certificate !== undefined) {
      options.cert = pem(tls.certificate);
      options.key = pem(tls.privateKey ?? tls.certificate);
    }
    if (tls.privateKeyPassword !== undefined) {
      options.passphrase = tls.privateKeyPassword;
    }
    return options;
  }

  #server(): string {
    return `${this.#target.server.host}:${this.#target.server.port}`;
  }

  /** From here on this is the socket. */
  #use(socket: Socket): void {
    this.#socket = socket;
    this.#on("error", (error: unknown) => this.#broken(error));
    this.#on("close", () => this.#broken(undefined));
  }

  #on(event: string, handler: Handler): void {
    this.#handlers.push([event, handler]);
    this.#socket?.on(event, handler);
  }

  #open(): void {
    const socket = this.#socket;
    if (socket === undefined) {
      return;
    }
    this.#opened = true;
    this.#on("data", (bytes: Uint8Array) => {
      if (!this.#heard) {
        this.#heard = true;
        if (this.#address !== undefined) {
          this.#memory.failures.remove(this.#address);
        }
      }
      this.#listener.received(bytes);
    });
    this.#on("end", () => {
      this.#ended = true;
      this.#listener.ended();
    });
    this.#listener.opened(addressOf(socket));
  }

  #broken(error: unknown): void {
    if (error !== undefined) {
      this.#fail(failureOf(error, this.#stage === "tls" && !this.#opened));
    } else if (!this.#ended) {
      this.#fail({ kind: "closed", message: "the connection was closed" });
    }
  }

  #fail(failure: Failure): void {
    const opened = this.#opened;
    this.abort();
    if (opened) {
      this.#listener.failed(failure);
    } else {
      this.#listener.openFailed(this.#stage, failure);
    }
  }
}

/** Sessions leave the certificate out that pins are checked with. */
function resumes({ resumption, pins }: Tls): boolean {
  return resumption !== false && (pins?.length ?? 0) === 0;
}

/** What the application wants of the server's key beside what TLS has checked. */
function distrust(socket: TLSSocket, { pins }: Tls): Failure | undefined {
  if (pins === undefined || pins.length === 0) {
    return undefined;
  }
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
  const pin = key === undefined ? "" : createHash("sha256").update(key).digest("base64");
  if (pins.some((it) => it.replace(/^sha256\//, "") === pin)) {
    return undefined;
  }
  const message = `the server's public key is sha256/${pin}, none of those that are pinned`;
  return { kind: "pinMismatch", message };
}

function addressOf({ remoteAddress, remotePort }: Socket): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) {
    return undefined;
  }
  return remoteAddress.includes(":")
    ? `[${remoteAddress}]:${remotePort}`
    : `${remoteAddress}:${remotePort}`;
}
