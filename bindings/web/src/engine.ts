/** The engine: the WebAssembly, loaded once, and the calls that the client makes of it. */

import type { EngineOfHost } from "./engine-api.ts";
import { MqttkaError } from "./errors.ts";
import type * as generated from "./generated/mqttka.js";
import type { InitInput, InitOutput } from "./generated/mqttka.js";
import { once } from "./loading.ts";
import type { TraceContext } from "./options.ts";

/** What the client makes of it. Each call may throw a string of JSON, as `call` in `driver.ts` knows. */
export interface Engine extends EngineOfHost {
  batchStart(): number;
  batchLength(): number;
  batchRead(): void;
  takeReports(): string | undefined;
  connect(id: number, now: number): void;
  disconnect(id: number, now: number, options: unknown): void;
  cancellable(cancellable: boolean): void;
  cancel(id: number, now: number): void;
  forget(id: number): void;
  flush(id: number, now: number, timeout: unknown): void;
  reauthenticate(id: number, now: number): void;
  request(
    id: number,
    now: number,
    topic: string,
    payload: Uint8Array,
    flags: number,
    timeout: unknown,
    properties: unknown,
    trace: unknown,
  ): void;
  openResponder(stream: number, now: number, subscriptions: unknown): void;
  reply(
    id: number,
    now: number,
    topic: string,
    qos: number,
    responseTopic: string | undefined,
    correlationData: Uint8Array | undefined,
    payload: Uint8Array,
  ): void;
  acknowledge(number: number, now: number): void;
  refuse(number: number, now: number, code: unknown, words: unknown, properties: unknown): void;
  giveBack(number: number, now: number): void;
  answer(number: number, now: number, payload?: Uint8Array): void;
  negotiated(): string | undefined;
  counters(now: number): string;
  metrics(now: number): string;
  authenticated(now: number, data: unknown, userProperties: unknown): void;
  authenticationFailed(now: number, message: string, fatal: boolean): void;
  publish(
    id: number,
    now: number,
    topic: string,
    payload: Uint8Array,
    flags: number,
    timeout: unknown,
    properties: unknown,
    trace: unknown,
  ): void;
  subscribe(id: number, now: number, subscriptions: unknown, properties: unknown): void;
  openSubscription(
    stream: number,
    id: number,
    now: number,
    subscriptions: unknown,
    properties: unknown,
    outlivesConnections: boolean,
    manual: boolean,
  ): void;
  openMessages(stream: number, now: number, filter: unknown): void;
  done(stream: number, now: number, count: number): void;
  closeStream(stream: number, now: number): void;
  unsubscribeStream(id: number, now: number, stream: number): void;
  unsubscribe(id: number, now: number, filters: unknown, properties: unknown): void;
  close(now: number): void;
  abort(now: number): void;
  probeNow(now: number, timeout: unknown): void;
  reconnectNow(now: number): void;
  networkUpdate(now: number, update: unknown): void;
  status(now: number): string;
  state(): string;
  provide(now: number, connection: unknown): void;
  provideFailed(now: number, message: string, fatal: boolean): void;
  free(): void;
}

/** What wasm-bindgen made for the WebAssembly: each has its own, as a browser's is spared what only sockets need. */
export type Glue = Pick<typeof generated, "default" | "Engine" | "topicMatches" | "traceContext">;

/** Where the platform has the WebAssembly: a URL to fetch, or its bytes; undefined: its glue knows. */
export interface Source {
  readonly glue: Glue;
  place(): InitInput | undefined | Promise<InitInput | undefined>;
}

let loaded: Glue | undefined;
let exports: InitOutput | undefined;

/** All of the engines' memory, as it is until the next call of one. */
export function memory(): Uint8Array {
  return new Uint8Array(exports?.memory.buffer ?? new ArrayBuffer(0));
}

function glue(): Glue {
  if (loaded === undefined) {
    throw new MqttkaError("startup", "the WebAssembly is not loaded");
  }
  return loaded;
}

/** Loads the WebAssembly, once; another try where it failed. */
export const load = once("the WebAssembly", async (source: Source): Promise<void> => {
  const place = await source.place();
  exports = await source.glue.default(place === undefined ? undefined : { module_or_path: place });
  loaded = source.glue;
});

/** Whether engines can be made at once. */
export function isLoaded(): boolean {
  return loaded !== undefined;
}

/** An engine; throws a string of JSON where the options are wrong. */
export function makeEngine(options: object, sockets: boolean, now: number): Engine {
  const seed = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
  return new (glue().Engine)(options, sockets, seed, now);
}

/** As the core has it; throws a string of JSON. */
export function matches(filter: string, topic: string): boolean {
  return glue().topicMatches(filter, topic);
}

/** What these user properties say, as far as it is valid, which is the core's to know. */
export function traceOf(
  traceparent: string,
  tracestate: string | undefined,
): TraceContext | undefined {
  const told = glue().traceContext(traceparent, tracestate);
  return told === undefined ? undefined : (JSON.parse(told) as TraceContext);
}
