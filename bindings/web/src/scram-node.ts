/** SCRAM-SHA-256 where files are read: Node, Deno and Bun. */

import { readFile } from "node:fs/promises";
import { ScramSha256 as Base } from "./scram.ts";

/**
 * SCRAM-SHA-256 (RFC 7677) as `authenticator`: the password is told to nobody, and a broker that does not know it gets
 * no connection.
 */
export class ScramSha256 extends Base {
  /** @internal */
  protected override place(): Promise<Uint8Array> {
    return readFile(new URL("./generated/mqttka-scram_bg.wasm", import.meta.url));
  }
}
