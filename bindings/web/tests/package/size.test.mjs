// How much a page has to load, compressed as servers send it, and MQTT.js beside it. It fails above the bound.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ASSETS, BUNDLERS, filesOf, OTHERS } from "./bundlers.mjs";
import { Project, WEB } from "./project.mjs";

/** KiB gzipped, of bundle, WebAssembly and Worker together: what is reached. The goal is 150. */
const BOUND = 226;
/** The same of a bundle with all that there is: in one file, with the way to what is loaded later. */
const BOUND_OF_ALL = 228;

let project;
before(() => {
  project = new Project();
});
after(() => project.remove());

const kib = (bytes) => (bytes / 1024).toFixed(1).padStart(7);
const sizes = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes).length,
});

function say(name, { raw, gzip, brotli }) {
  console.log(`${name.padEnd(42)} ${kib(raw)} KiB ${kib(gzip)} gzip ${kib(brotli)} brotli`);
}

/** Bundled by esbuild: what the page loads, and the sum. */
async function ours(program) {
  const out = project.path("size", path.parse(program).name);
  await BUNDLERS.esbuild(project, program, out);
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const name of ["page.js", ...ASSETS]) {
    const own = sizes(readFileSync(path.join(out, name)));
    say(`  ${name}`, own);
    for (const figure of Object.keys(total)) total[figure] += own[figure];
  }
  say(`mqttka, ${program}`, total);
  assert.deepEqual(filesOf(out).sort(), ["page.js", ...ASSETS, ...OTHERS].sort());
  return total;
}

test("a program that connects and publishes is below the bound", async () => {
  const { gzip } = await ours("publish.js");
  assert.ok(gzip < BOUND * 1024, `${kib(gzip)} KiB gzipped; the bound is ${BOUND}`);
});

test("all that there is is below the bound", async () => {
  const { gzip } = await ours("everything.js");
  assert.ok(gzip < BOUND_OF_ALL * 1024, `${kib(gzip)} KiB gzipped; the bound is ${BOUND_OF_ALL}`);
});

test("what only those load who use it", async () => {
  for (const name of OTHERS)
    say(name, sizes(readFileSync(path.join(project.installed, "dist", "generated", name))));
  // Vite lays files beside a page that nobody asks for; what the page asks for its code says.
  const out = project.path("size", "vite");
  await BUNDLERS.vite(project, "publish.js", out);
  const code = filesOf(out)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(path.join(out, name), "utf8"))
    .join("\n");
  assert.deepEqual([...new Set(code.match(/mqttka[a-z-]*_bg/g))], ["mqttka_bg"]);
});

test("MQTT.js beside it", async () => {
  const { outputFiles } = await build({
    entryPoints: [new URL("./programs/mqttjs.js", import.meta.url).pathname],
    nodePaths: [path.join(WEB, "node_modules")],
    ...{
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
      logLevel: "error",
    },
  });
  say("MQTT.js, mqttjs.js", sizes(outputFiles[0].contents));
  for (const name of ["mqtt.min.js", "mqtt.esm.js"]) {
    say(
      `MQTT.js, dist/${name}`,
      sizes(readFileSync(path.join(WEB, "node_modules", "mqtt", "dist", name))),
    );
  }
});

test("what a program does not use is not in its bundle", () => {
  const code = readFileSync(project.path("size", "publish", "page.js"), "utf8");
  for (const strange of ["node:net", "node:tls", "node:fs", "scram", "SCRAM", "fake-broker"])
    assert.ok(!code.includes(strange), strange);
});
