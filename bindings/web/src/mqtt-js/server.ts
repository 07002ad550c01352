/** Which server MQTT.js's options and its URL mean. @module */

import type { IClientOptions, IServer } from "./types.ts";

/** MQTT.js's names of a protocol, and what the scheme is here. */
const SCHEMES: Record<string, string> = {
  mqtt: "mqtt",
  tcp: "mqtt",
  mqtts: "mqtts",
  ssl: "mqtts",
  tls: "mqtts",
  ws: "ws",
  wss: "wss",
};

/** Puts what the URL says below what the options say, as MQTT.js does. */
export function withUrl(url: string, options: IClientOptions): IClientOptions {
  const isRelative = url.startsWith("/") && !url.startsWith("//");
  const { location } = globalThis as { location?: { href: string; protocol: string } };
  if (isRelative && location === undefined) throw new Error("Missing protocol");
  const base = isRelative ? location?.href.replace(/^http/, "ws") : undefined;
  let parsed: URL;
  try {
    parsed = new URL(url, base);
  } catch (cause) {
    throw new Error(
      /^[a-z][a-z0-9+.-]*:/i.test(url)
        ? `url is ${JSON.stringify(url)}, which is no URL`
        : "Missing protocol",
      { cause },
    );
  }
  const said: IClientOptions = {
    protocol: parsed.protocol.slice(0, -1),
    path: (parsed.pathname || "/") + parsed.search,
  };
  if (parsed.hostname !== "") said.host = parsed.hostname.replace(/^\[|\]$/g, "");
  if (parsed.port !== "") said.port = Number(parsed.port);
  if (parsed.username !== "") said.username = decodeURIComponent(parsed.username);
  if (parsed.password !== "") said.password = decodeURIComponent(parsed.password);
  const clientId = parsed.searchParams.get("clientId");
  return { ...said, ...options, ...(clientId === null ? {} : { clientId }) };
}

/** The server, as a URI without credentials. */
export function uri(options: IClientOptions, defaultProtocol: string): string {
  return address(
    options.protocol ?? defaultProtocol,
    options.hostname ?? options.host ?? "localhost",
    options,
  );
}

/** Those of `servers`. */
export function uris(options: IClientOptions, defaultProtocol: string): string[] {
  return (options.servers ?? []).map((server: IServer) =>
    address(server.protocol ?? options.protocol ?? defaultProtocol, server.host, {
      path: options.path,
      port: server.port,
    }),
  );
}

function address(
  protocol: string,
  host: string,
  { port, path }: { port?: number | undefined; path?: string | undefined },
): string {
  const scheme = SCHEMES[protocol.replace(/:$/, "")];
  if (scheme === undefined)
    throw new TypeError(
      `protocol is ${JSON.stringify(protocol)}; it must be one of ${Object.keys(SCHEMES).join(", ")}`,
    );
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${scheme}://${name}${port === undefined ? "" : `:${port}`}${scheme.startsWith("ws") ? (path ?? "/") : ""}`;
}
