// The hotspot: carries WebSockets from pages to the broker. Its internet can be cut. Then it is silent, both ways, and closes
// nothing, as a hotspot whose mobile network is gone: the Wi-Fi stays up, and nothing tells the page. What it could
// not carry it keeps, and carries when the internet is back, as TCP would by sending it again.

import net from "node:net";
import { Packets } from "./packets.mjs";

const KEPT_BYTES = 1024 * 1024; // for each direction of a connection; then it stops reading

/** One page's way to the broker. */
export class Hotspot {
  /** When the page was last sent a byte, in ms since 1970. */
  lastByteAt = 0;
  #isCut = false;
  #links = new Set();
  #broker;
  #tell;

  /** `broker`: {host, port} of a WebSocket listener. `tell(name, details)` hears what happens. */
  constructor(broker, tell) {
    this.#broker = broker;
    this.#tell = tell;
  }

  get isCut() {
    return this.#isCut;
  }

  get isUsed() {
    return this.#links.size > 0;
  }

  cut() {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#tell("cut", {});
  }

  restore() {
    if (!this.#isCut) return;
    this.#isCut = false;
    const late = [...this.#links].reduce((sum, link) => sum + link.late, 0);
    this.#tell("restored", { late });
    for (const link of this.#links) link.goOn();
  }

  /** A page wants to connect: its request is sent on without the query, which is ours, and without extensions, which would hide
   * the packets. */
  upgrade(request, socket, first) {
    const head = [`${request.method} ${new URL(request.url, "http://localhost").pathname} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      const name = request.rawHeaders[i];
      if (name.toLowerCase() !== "sec-websocket-extensions") head.push(`${name}: ${request.rawHeaders[i + 1]}`);
    }
    const bytes = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), first]);
    this.#links.add(new Link(this, socket, bytes));
  }

  /** Ends all connections. */
  close() {
    for (const link of this.#links) link.end();
  }

  // For its links:

  connect() {
    return net.connect(this.#broker);
  }

  forget(link) {
    this.#links.delete(link);
  }

  packets(direction, names, passed) {
    for (const name of names) this.#tell("packet", { direction, name, passed });
  }
}

/** One connection through the hotspot. */
class Link {
  #hotspot;
  #up; // from the page to the broker
  #down;
  #page;
  #server;

  constructor(hotspot, page, request) {
    this.#hotspot = hotspot;
    this.#page = page;
    this.#up = new Direction(hotspot, "up", page);
    this.#up.begin(request);
    // What breaks on one side of the hotspot is heard on the other, but not through a cut.
    page.on("error", () => page.destroy());
    page.on("close", () => {
      if (!this.#server) this.end();
    });
    this.goOn();
  }

  /** How many packets wait for the internet. */
  get late() {
    return this.#up.late + (this.#down?.late ?? 0);
  }

  /** There is internet: connects, if that has not been, and carries what was kept. */
  goOn() {
    if (this.#hotspot.isCut) return;
    if (!this.#server) {
      const server = (this.#server = this.#hotspot.connect());
      server.setNoDelay(true);
      server.on("error", () => server.destroy());
      this.#down = new Direction(this.#hotspot, "down", server);
      this.#down.to = this.#page;
      this.#up.to = server;
      const done = () => {
        if (this.#page.destroyed && server.destroyed) this.#hotspot.forget(this);
      };
      this.#page.on("close", done);
      server.on("close", done);
    }
    this.#up.goOn();
    this.#down.goOn();
  }

  end() {
    this.#page.destroy();
    this.#server?.destroy();
    this.#hotspot.forget(this);
  }
}

/** One direction of a connection. */
class Direction {
  /** How many packets wait for the internet. */
  late = 0;
  /** Where it leads, once that is known. */
  to = null;
  #hotspot;
  #name;
  #from;
  #kept = [];
  #bytes = 0;
  #isOver = false;
  #packets = new Packets();

  constructor(hotspot, name, from) {
    this.#hotspot = hotspot;
    this.#name = name;
    this.#from = from;
    from.on("data", (bytes) => this.#carry(bytes));
    // A reset and an end look alike through a relay.
    for (const event of ["end", "close"])
      from.on(event, () => {
        this.#isOver = true;
        if (!hotspot.isCut) this.#finish();
      });
  }

  /** What the connection begins with: the HTTP request, which somebody else has read. */
  begin(bytes) {
    this.#packets.read(bytes);
    this.#keep(bytes);
  }

  /** Keeps what cannot be carried yet. */
  #keep(bytes) {
    this.#kept.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > KEPT_BYTES) this.#from.pause();
  }

  #carry(bytes) {
    const passes = !this.#hotspot.isCut && this.to !== null;
    const names = this.#packets.read(bytes);
    this.#hotspot.packets(this.#name, names, passes);
    if (passes) this.#write(bytes);
    else {
      this.late += names.length;
      this.#keep(bytes);
    }
  }

  #write(bytes) {
    if (this.to.destroyed) return;
    if (this.#name === "down") this.#hotspot.lastByteAt = performance.timeOrigin + performance.now();
    if (!this.to.write(bytes)) {
      this.#from.pause();
      this.to.once("drain", () => this.#from.resume());
    }
  }

  goOn() {
    this.late = 0;
    this.#bytes = 0;
    for (const bytes of this.#kept.splice(0)) this.#write(bytes);
    if (this.#isOver) this.#finish();
    else this.#from.resume();
  }

  #finish() {
    this.to?.end();
  }
}
