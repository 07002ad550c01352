/** MQTT.js's options in mqttka's names; what cannot be honoured is refused or warned of. @module */

import type { Options } from "../options.ts";
import { connectProperties, will } from "./packets.ts";
import { uri, uris } from "./server.ts";
import type { IClientOptions } from "./types.ts";
import { warn } from "./warnings.ts";

/** Without these a program would not do what it was written for. */
const REFUSED: Record<string, string> = {
  incomingStore: "there is no store yet; what waits is kept in memory",
  outgoingStore: "there is no store yet; what waits is kept in memory",
  messageIdProvider: "packet identifiers are the client's business",
  customHandleAcks: "what a handler takes is acknowledged with success",
  authPacket: "there is no enhanced authentication",
  createWebsocket: "the client opens its own",
  socksProxy: "there are no proxies here; in a browser the system's is used",
  keyPath: "read the file, and give key",
  certPath: "read the file, and give cert",
  caPaths: "read the files, and give ca",
  unixSocket: "there are no Unix sockets here",
};

/** These change nothing that a program could see, or ask for what is done anyway. */
const WITHOUT_MEANING: Record<string, string> = {
  reschedulePings: "pings follow what was sent and received in any case",
  writeCache: "there is none",
  browserBufferSize: "the queue is bounded by mqttka's outboundQueueMaxBytes",
  browserBufferTimeout: "what waits is sent when the socket takes it",
  objectMode: "there are no streams",
  binary: "payloads are bytes",
  encoding: "payloads are bytes",
  timerVariant: "timers run in a Worker where there is one",
  forceNativeWebSocket: "each system has one kind of WebSocket",
  subscribeBatchSize: "a subscribe is one packet",
  autoUseTopicAlias: "there are no topic aliases",
  autoAssignTopicAlias: "there are no topic aliases",
  log: "events say what happens",
  socksTimeout: "there is no SOCKS proxy",
  defaultProtocol: "protocol says it",
  resubscribe: "what the broker forgot is subscribed again",
};

/** What the adapter itself reads. */
const KNOWN = new Set([
  ...[
    "keepalive",
    "clientId",
    "protocolVersion",
    "protocolId",
    "clean",
    "reconnectPeriod",
    "reconnectOnConnackError",
    "connectTimeout",
  ],
  ...[
    "username",
    "password",
    "will",
    "properties",
    "queueQoSZero",
    "manualConnect",
    "transformWsUrl",
    "query",
    "auth",
    "protocol",
    "host",
  ],
  ...[
    "hostname",
    "port",
    "path",
    "servers",
    "wsOptions",
    "ca",
    "cert",
    "key",
    "passphrase",
    "servername",
    "rejectUnauthorized",
    "my",
  ],
  ...["ALPNProtocols"],
]);

const RETRY_ON = [
  "credentials",
  "clientIdentifier",
  "banned",
  "protocolVersion",
  "configuration",
] as const;

/** The options of `Client`; `defaultProtocol` where neither URL nor options say one. */
export function translated(given: IClientOptions, defaultProtocol: string): Options {
  judge(given);
  const options: { -readonly [Name in keyof Options]: Options[Name] } = {
    protocolVersion: version(given),
    clientId: given.clientId,
    cleanStart: given.clean ?? true,
    keepAlive: given.keepalive ?? 60,
    userName: given.username,
    password: given.password,
    connectTimeout: given.connectTimeout === undefined ? undefined : given.connectTimeout / 1000,
    will: given.will && will(given.will),
    webSocketHeaders: given.wsOptions?.headers && Object.entries(given.wsOptions.headers),
    tlsCa: given.ca,
    tlsCertificate: given.cert,
    tlsPrivateKey: given.key,
    tlsPrivateKeyPassword: given.passphrase,
    tlsServerName: given.servername,
    tlsAlpn: given.ALPNProtocols === undefined ? undefined : [given.ALPNProtocols].flat(),
    tlsDangerAcceptAnyCertificate: given.rejectUnauthorized === false ? true : undefined,
    ...connectProperties(given.properties ?? {}),
    ...reconnecting(given),
  };
  const servers = uris(given, defaultProtocol);
  options.uri = servers.shift() ?? uri(given, defaultProtocol);
  if (servers.length > 0) options.servers = servers;
  return options;
}

/** Throws where something is refused, and warns of what has no effect. */
export function judge(given: IClientOptions): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    if (Object.hasOwn(REFUSED, name))
      throw new TypeError(`${name} cannot be honoured: ${REFUSED[name]}`);
    // `true` is what it is without the option.
    if (name === "resubscribe" && value === true) continue;
    if (Object.hasOwn(WITHOUT_MEANING, name)) warn(name, `has no effect: ${WITHOUT_MEANING[name]}`);
    else if (!KNOWN.has(name)) warn(name, "is no option that is known here");
  }
  for (const name of Object.keys(given.wsOptions ?? {}))
    if (name !== "headers") warn(`wsOptions.${name}`, "has no effect: only headers are taken");
  if (given.protocolId !== undefined && given.protocolId !== "MQTT")
    throw new TypeError(`protocolId is ${JSON.stringify(given.protocolId)}; it must be "MQTT"`);
}

function version(given: IClientOptions): 4 | 5 {
  const version = given.protocolVersion ?? 4;
  if (version !== 4 && version !== 5)
    throw new TypeError(`protocolVersion is ${String(version)}; it must be 4 or 5`);
  return version;
}

function reconnecting(given: IClientOptions): Options {
  const retry = given.reconnectOnConnackError === true ? { reconnectRetryOn: RETRY_ON } : {};
  const period = given.reconnectPeriod;
  if (period === undefined) return retry;
  if (period === 0) return { reconnect: false };
  if (!(period >= 10 && period <= 86_400_000))
    throw new RangeError(`reconnectPeriod is ${period}; it must be 0, or 10 to 86,400,000 ms`);
  return {
    reconnectFirstDelay: period / 1000,
    reconnectFactor: 1,
    reconnectMaxDelay: period / 1000,
    ...retry,
  };
}
