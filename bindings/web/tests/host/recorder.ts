/** Writes down what a leaf tells, and lets a test wait for it. */

import type { Failure, Listener } from "../../src/host/transport.ts";

/** A test that waits longer than this waits in vain, in milliseconds. */
const NET = 60_000;

export class Recorder implements Listener {
  readonly told: string[] = [];
  failure: Failure | undefined;
  address: string | undefined;
  text = "";
  bytes = 0;
  #waiting: (() => void)[] = [];

  stage(stage: string): void {
    this.#tell(`stage ${stage}`);
  }

  opened(address?: string): void {
    this.address = address;
    this.#tell("opened");
  }

  openFailed(stage: string, failure: Failure): void {
    this.failure = failure;
    this.#tell(`openFailed ${stage} ${failure.kind}`);
  }

  received(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.text = (this.text + new TextDecoder().decode(bytes)).slice(-100);
    this.#tell("received");
  }

  drained(): void {
    this.#tell("drained");
  }

  ended(): void {
    this.#tell("ended");
  }

  failed(failure: Failure): void {
    this.failure = failure;
    this.#tell(`failed ${failure.kind}`);
  }

  #tell(what: string): void {
    this.told.push(what);
    for (const look of this.#waiting.splice(0)) {
      look();
    }
  }

  /** Waits until something begins like this. */
  async heard(what: string): Promise<string> {
    return await until(`"${what}"`, (again) => {
      const found = this.told.find((it) => it.startsWith(what));
      if (found === undefined) {
        this.#waiting.push(again);
      }
      return found;
    });
  }

  /** Waits until this text has come. */
  async read(text: string): Promise<void> {
    await until(`the text "${text}"`, (again) => {
      if (this.text.includes(text)) {
        return true;
      }
      this.#waiting.push(again);
      return undefined;
    });
  }
}

/** Waits for what `look` gives; where it gives nothing, it has asked to be called again. */
export function until<T>(what: string, look: (again: () => void) => T | undefined): Promise<T> {
  return new Promise((done, failed) => {
    const net = setTimeout(() => failed(new Error(`in vain: ${what}`)), NET);
    // A wait that lost a race keeps nobody.
    (net as { unref?(): void }).unref?.();
    const again = () => {
      const found = look(again);
      if (found !== undefined) {
        clearTimeout(net);
        done(found);
      }
    };
    again();
  });
}
