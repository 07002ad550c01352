/** SCRAM-SHA-256, in a WebAssembly of its own, which only those load who use it. */

import { checkedText } from "./checks.ts";
import { mqttkaError } from "./errors.ts";
import type { InitInput, Scram } from "./generated/mqttka-scram.js";
import { once } from "./loading.ts";
import type { AuthenticationAnswer, AuthenticationRequest, Authenticator } from "./options.ts";

type Glue = typeof import("./generated/mqttka-scram.js");

type Place = () => InitInput | undefined | Promise<InitInput | undefined>;

/** Loads it, once; another try where it failed. `place`: where it is; undefined: beside its glue. */
const load = once("the WebAssembly of SCRAM-SHA-256", async (place: Place): Promise<Glue> => {
  const glue = await import("./generated/mqttka-scram.js");
  const module_or_path = await place();
  await glue.default(module_or_path === undefined ? undefined : { module_or_path });
  return glue;
});

/** What the WebAssembly throws: JSON; or it trapped. */
function said(thrown: unknown): { message: string; fatal: boolean } {
  return typeof thrown === "string"
    ? JSON.parse(thrown)
    : { message: String(thrown), fatal: false };
}

const METHOD = "SCRAM-SHA-256";

/** See `ScramSha256` of the package's entry, which knows its platform. */
export class ScramSha256 implements Authenticator {
  readonly method = METHOD;
  readonly #userName: string;
  readonly #password: string;
  readonly #maxIterations: number | undefined;
  #prepared: Promise<Authenticator> | undefined;

  /**
   * SCRAM-SHA-256 (RFC 7677) as `authenticator`: the password is told to nobody, and a broker that does not know it gets
   * no connection. `maxIterations`: how many the broker may ask for, 4,096 to 100,000,000; where it asks for more, or for
   * fewer than 4,096, it is refused. Default 1,000,000.
   *
   * What is wrong with them is told by `connect`: `invalidOption` of `scramUser`, `scramPassword` or
   * `scramMaxIterations`. User name and password have 1 to 1,024 bytes, of characters that SASLprep (RFC 4013) allows.
   * The password is computed in this thread: 4,096 iterations in milliseconds, a million in a second or more.
   */
  constructor(userName: string, password: string, options: { maxIterations?: number } = {}) {
    this.#userName = userName;
    this.#password = password;
    this.#maxIterations = options.maxIterations;
  }

  /** @internal Where the WebAssembly is; undefined: beside its glue. */
  protected place(): InitInput | undefined | Promise<InitInput | undefined> {
    return undefined;
  }

  /** @internal Each client has exchanges of its own. */
  async prepare(): Promise<Authenticator> {
    const user = checkedText("scramUser", this.#userName);
    const password = checkedText("scramPassword", this.#password);
    const glue = await load(() => this.place());
    const most = this.#maxIterations;
    try {
      return new Prepared(new glue.Scram(user, password, most));
    } catch (thrown) {
      throw typeof thrown === "string" ? mqttkaError(JSON.parse(thrown)) : thrown;
    }
  }

  /** @internal */
  async authenticate(request: AuthenticationRequest): Promise<AuthenticationAnswer> {
    this.#prepared ??= this.prepare();
    return (await this.#prepared).authenticate(request);
  }
}

/** One client's. */
class Prepared implements Authenticator {
  readonly method = METHOD;
  readonly #scram: Scram;

  constructor(scram: Scram) {
    this.#scram = scram;
  }

  authenticate(request: AuthenticationRequest): Uint8Array | undefined {
    const { exchange, step, reauthenticate = false, data } = request;
    try {
      return this.#scram.step(exchange, step, reauthenticate, data);
    } catch (thrown) {
      const { message, fatal } = said(thrown);
      throw Object.assign(new Error(message), { fatal });
    }
  }
}
