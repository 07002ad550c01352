// What `npm pack` makes, installed into a clean project: imported, required, compiled against, and looked at by the tools
// that know what goes wrong with packages.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { Project } from "./project.mjs";

let project;
before(() => {
  project = new Project();
});
after(() => project.remove());

const files = () =>
  execFileSync("tar", ["tzf", project.tarball], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((name) => name.replace(/^package\//, ""));

test("the tarball has what it needs and nothing else", () => {
  for (const name of [
    "package.json",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "dist/index.js",
    "dist/index.d.ts",
  ]) {
    assert.ok(files().includes(name), `${name} is missing`);
  }
  const strange = files().filter(
    (name) => !/^(dist\/.*\.(js|d\.ts|wasm|map)|README\.md|LICENSE-\w+|package\.json)$/.test(name),
  );
  assert.deepEqual(strange, []);
});

test("no place of the machine that built it is in it", () => {
  for (const name of files().filter((file) => /\.(js|ts|json|map)$/.test(file))) {
    const text = readFileSync(`${project.installed}/${name}`, "utf8");
    assert.doesNotMatch(text, /\/(root|home|tmp)\//, name);
  }
  for (const name of files().filter((file) => file.endsWith(".wasm"))) {
    const wasm = readFileSync(`${project.installed}/${name}`, "latin1");
    assert.doesNotMatch(wasm, /\/(root|home|tmp)\//, name);
  }
});

test("Node imports it", () => {
  const program =
    'import { connect, Client } from "mqttka"; console.log(typeof connect, typeof Client);';
  assert.equal(project.node("--input-type=module", "--eval", program).trim(), "function function");
  const testing =
    'import { FakeBroker } from "mqttka/testing"; console.log((await FakeBroker.listen()).port > 0); process.exit()';
  assert.equal(project.node("--input-type=module", "--eval", testing).trim(), "true");
  const adapter = 'import * as all from "mqttka/mqtt-js"; console.log(typeof all.connect);';
  assert.equal(project.node("--input-type=module", "--eval", adapter).trim(), "function");
});

test("Node requires it, or says that it is an ES module", () => {
  const program = 'console.log(typeof require("mqttka").connect);';
  if (process.features.require_module) {
    assert.equal(
      project.node("--no-warnings", "--input-type=commonjs", "--eval", program).trim(),
      "function",
    );
  } else {
    assert.throws(
      () => project.node("--input-type=commonjs", "--eval", program),
      /ERR_REQUIRE_ESM|ES Module/,
    );
  }
});

for (const [module, resolution] of [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  test(`a newcomer's program compiles: moduleResolution ${resolution}`, () => {
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
    const how = [
      "--module",
      module,
      "--moduleResolution",
      resolution,
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",
    ];
    project.tool("tsc", "--noEmit", ...strict, ...how, "--types", "", project.path("newcomer.ts"));
  });
}

test("what is wrong in a program is found by its types", () => {
  const wrong =
    'import { connect } from "mqttka"; void connect("wss://broker.example", { keepAlive: "long" });';
  const how = ["--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
  assert.throws(
    () => project.tool("tsc", "--noEmit", "--strict", ...how, project.write("wrong.ts", wrong)),
    /wrong\.ts.*TS2322/,
  );
});

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: project.installed, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test("are the types wrong? no", () => {
  // The WebAssembly has no types.
  const rest = ["--profile", "esm-only", "--exclude-entrypoints", "mqttka.wasm"];
  project.tool("attw", project.tarball, ...rest, "--no-emoji", "--format", "ascii");
});
