/** What is checked before the engine is called, which takes what it is given for what its type says. */

import type { ClientEvents } from "./client.ts";
import { invalidOption, MqttkaError } from "./errors.ts";

const wrong = invalidOption;

/** What is wrong with it, in words: numbers as they are, of all else its type, for it may be a secret. */
function told(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : "an object";
    default:
      return `a ${typeof value}`;
  }
}

/** The options that each operation has. */
const OPTIONS = {
  publish: ["qos", "retain", "timeout", "properties", "receipt", "traceContext", "signal"],
  request: ["qos", "retain", "timeout", "properties", "traceContext", "signal"],
  respond: ["qos", "signal"],
  flush: ["timeout", "signal"],
  reply: ["signal"],
  reauthenticate: ["signal"],
  authenticate: ["data", "userProperties"],
  refuse: ["reasonString", "userProperties"],
  subscribe: [
    "qos",
    "noLocal",
    "retainAsPublished",
    "retainHandling",
    "properties",
    "outlivesConnections",
    "manualAcknowledgement",
    "signal",
  ],
  unsubscribe: ["properties", "signal"],
  messages: ["signal"],
  connect: ["signal"],
  disconnect: [
    "reasonCode",
    "drainTimeout",
    "sessionExpiryInterval",
    "reasonString",
    "userProperties",
    "signal",
  ],
} as const;

/** An option that is misspelt, or another library's, would be ignored in silence. */
export function checkedOptions<T extends object>(operation: keyof typeof OPTIONS, options: T): T {
  if (typeof options !== "object" || options === null) {
    throw wrong("options", told(options), "an object");
  }
  const known: readonly string[] = OPTIONS[operation];
  for (const name in options) {
    if (!known.includes(name)) {
      throw wrong(name, "given", `left out: ${operation} has ${known.join(", ")}`);
    }
  }
  return options;
}

/** The events that there are. */
const EVENTS: Record<keyof ClientEvents, true> = {
  connected: true,
  moved: true,
  disconnected: true,
  connectFailed: true,
  reconnecting: true,
  reconnectStopped: true,
  subscriptionsLost: true,
  suspect: true,
  alive: true,
  message: true,
};

/** Another library's name would be listened for in vain. */
export function checkedEvent(name: unknown): void {
  if (typeof name !== "string" || !Object.hasOwn(EVENTS, name)) {
    const given = typeof name === "string" ? JSON.stringify(name.slice(0, 64)) : told(name);
    throw wrong("event", given, `one of ${Object.keys(EVENTS).join(", ")}`);
  }
}

/** Text; the glue of WebAssembly would write past its memory for a number. */
export function checkedText(option: string, value: unknown): string {
  if (typeof value !== "string") {
    throw wrong(option, told(value), "a string");
  }
  return value;
}

/** QoS and retain flag as the engine has them. */
export function flagsOf(qos: unknown, retain: unknown, receipt: unknown = false): number {
  if (qos !== 0 && qos !== 1 && qos !== 2) {
    throw wrong("qos", told(qos), "0 to 2");
  }
  if (typeof retain !== "boolean") {
    throw wrong("retain", told(retain), "true or false");
  }
  if (typeof receipt !== "boolean") {
    throw wrong("receipt", told(receipt), "true or false");
  }
  return qos + (retain ? 4 : 0) + (receipt ? 8 : 0);
}

/** A packet's Remaining Length is at most this; of the payload less than that goes in (MQTT-2.1.4). */
const MOST = 268_435_455;

/** What cannot be in any packet is not copied into WebAssembly's memory, which never shrinks, and has an end. */
export function checkedSize(bytes: Uint8Array): Uint8Array {
  const size = bytes.length;
  if (size > MOST) {
    const message = `a payload of ${size} bytes is larger than the limit of ${MOST}`;
    throw new MqttkaError("packetTooLarge", message, { size, limit: MOST });
  }
  return bytes;
}

/** A signal, of any realm. */
export function checkedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw wrong("signal", told(signal), "an AbortSignal");
  }
  return signal;
}
