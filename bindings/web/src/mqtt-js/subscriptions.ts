/** What a program asks to subscribe to, in its three forms. @module */

import type { IClientSubscribeOptions, ISubscriptionGrant, ISubscriptionMap } from "./types.ts";

/** One request for each filter. */
export function requests(
  topic: string | string[] | ISubscriptionMap,
  options: IClientSubscribeOptions,
  version: number,
): { wanted: ISubscriptionGrant[]; resubscribe: boolean } {
  if (typeof topic === "string" || Array.isArray(topic))
    return {
      wanted: [topic].flat().map((one) => request(one, options, version, options.properties)),
      resubscribe: false,
    };
  const { resubscribe = false, ...map } = topic as { resubscribe?: boolean } & Record<
    string,
    IClientSubscribeOptions
  >;
  return {
    wanted: Object.entries(map).map(([one, own]) =>
      request(one, own as IClientSubscribeOptions, version, options.properties),
    ),
    resubscribe: resubscribe as boolean,
  };
}

function request(
  topic: string,
  { qos = 0, nl = false, rap = false, rh = 0 }: IClientSubscribeOptions,
  version: number,
  properties: IClientSubscribeOptions["properties"],
): ISubscriptionGrant {
  if (version !== 5) return { topic, qos };
  return { topic, qos, nl, rap, rh, ...(properties === undefined ? {} : { properties }) };
}

/** As MQTT.js judges it. */
export function isValidFilter(filter: string): boolean {
  const levels = filter.split("/");
  return levels.every(
    (level, i) => level === "+" || (level === "#" ? i === levels.length - 1 : !/[+#]/.test(level)),
  );
}
