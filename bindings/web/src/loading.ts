/** What is loaded once, and asked for often. */

import { MqttkaError } from "./errors.ts";

/**
 * Gives what `load` gave to all who ask, those who ask meanwhile, too. Where it fails all of those hear it, as `startup`,
 * and the next one tries again. `what`: as the error has it.
 */
export function once<Given extends unknown[], T>(
  what: string,
  load: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  let loading: Promise<T> | undefined;
  return (...given) => {
    loading ??= load(...given).catch((cause) => {
      loading = undefined;
      const message = `${what} could not be loaded: ${cause}`;
      throw new MqttkaError("startup", message, undefined, { cause });
    });
    return loading;
  };
}
