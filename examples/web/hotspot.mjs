#!/usr/bin/env node
// The demo's server: the page, the package, and a hotspot between the page and an MQTT broker, whose internet the page can cut.
// Needs Node 20 or later, and nothing of npm.
//
//   node examples/web/hotspot.mjs [--port 8080] [--broker HOST:PORT] [--package FOLDER] [--until-eof]
//
// --broker is the WebSocket listener of a broker (plain, path /mqtt); without it mosquitto is started. --package is where
// the package was built; bindings/web/dist by default. --until-eof: it ends when its standard input does, and so with who started it.

import { createReadStream, existsSync, statSync } from "node:fs";
import http from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startBroker } from "./hotspot/broker.mjs";
import { Hotspot } from "./hotspot/relay.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
  ".wasm": "application/wasm", ".json": "application/json", ".map": "application/json", ".svg": "image/svg+xml", ".ts": "text/plain",
};
const MOST_PAGES = 64;

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    broker: { type: "string" },
    "until-eof": { type: "boolean", default: false },
    package: { type: "string", default: join(HERE, "../../bindings/web/dist") },
  },
});
const broker = options.broker ? parseBroker(options.broker) : await startBroker();

/** Each page has a hotspot of its own, so that two of them do not cut each other off. */
const pages = new Map(); // id -> {hotspot, listeners}

/** The page of this name, as long as it listens or has a connection. */
function page(id) {
  let found = pages.get(id);
  if (!found) {
    if (!/^[\w-]{1,40}$/.test(id) || pages.size >= MOST_PAGES) return undefined;
    const listeners = new Set();
    const tell = (name, details) => {
      for (const response of listeners) response.write(`event: ${name}\ndata: ${JSON.stringify(details)}\n\n`);
    };
    found = { hotspot: new Hotspot(broker, tell), listeners };
    pages.set(id, found);
  }
  return found;
}

function forgetUnused(id) {
  const found = pages.get(id);
  if (found?.listeners.size === 0 && !found.hotspot.isUsed) pages.delete(id);
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const [, place, action] = url.pathname.split("/");
  if (place === "favicon.ico") response.writeHead(204).end();
  else if (place === "hotspot") control(request, response, url, action);
  else if (place === "mqttka") sendFile(response, options.package, url.pathname.slice("/mqttka/".length));
  else if (url.pathname.startsWith("/blazor/mqttka/")) sendFile(response, options.package, url.pathname.slice("/blazor/mqttka/".length));
  else sendFile(response, HERE, url.pathname === "/" ? "index.html" : url.pathname.slice(1));
});

/** `/hotspot/ACTION?page=ID`: what the page asks of its hotspot. */
function control(request, response, url, action) {
  const id = url.searchParams.get("page") ?? "";
  const found = action === "events" ? page(id) : pages.get(id);
  if (!found) return void response.writeHead(404).end("no hotspot for this page");
  const actions = { cut: () => found.hotspot.cut(), restore: () => found.hotspot.restore(), verdict: () => undefined };
  if (action === "events" && request.method === "GET") {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": here\n\n");
    found.listeners.add(response);
    response.on("close", () => {
      found.listeners.delete(response);
      found.hotspot.restore(); // nobody is left who could
      forgetUnused(id);
    });
  } else if (Object.hasOwn(actions, action ?? "") && request.method === "POST") {
    // Page and hotspot are on one machine, so they have one clock: the page says when its listener was called.
    const seconds = (Number(url.searchParams.get("at")) - found.hotspot.lastByteAt) / 1000;
    actions[action]();
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ seconds, cut: found.hotspot.isCut }));
  } else response.writeHead(404).end();
}

function sendFile(response, folder, name) {
  let path;
  try {
    path = normalize(join(folder, decodeURIComponent(name)));
  } catch {
    return void response.writeHead(400).end();
  }
  const type = TYPES[extname(path)];
  if (!type || !path.startsWith(normalize(folder) + sep) || !existsSync(path) || !statSync(path).isFile())
    return void response.writeHead(404).end(`there is no ${name}`);
  response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff" });
  createReadStream(path).pipe(response);
}

// WebSockets go through the hotspot of the page that `?page=` names.
server.on("upgrade", (request, socket, first) => {
  const url = new URL(request.url, "http://localhost");
  const id = url.searchParams.get("page") ?? "hello";
  const found = url.pathname === "/mqtt" && page(id);
  if (!found) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  socket.setNoDelay(true);
  socket.on("close", () => setImmediate(forgetUnused, id));
  found.hotspot.upgrade(request, socket, first);
});

function parseBroker(text) {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match) {
    console.error(`--broker ${text}: HOST:PORT is needed`);
    process.exit(2);
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

if (options["until-eof"]) process.stdin.resume().on("end", () => process.exit(0));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
server.on("error", (error) => {
  console.error(error.code === "EADDRINUSE" ? `port ${options.port} is taken: say --port` : error.message);
  process.exit(1);
});
server.listen(Number(options.port), "127.0.0.1", () => {
  if (!existsSync(join(options.package, "index.js"))) console.error(`no package in ${options.package}: run bindings/web/build first`);
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
