// Names the functions of a WebAssembly file by their places in an order that compresses well: each after the one that it has
// most in common with. gzip finds again what was in the last 32 KiB only. wasm-opt --reorder-functions-by-name puts them there.
//   node order-functions.mjs IN OUT
import { readFileSync, writeFileSync } from "node:fs";

const [from, to] = process.argv.slice(2);
const bytes = readFileSync(from);

// --- what lies where: https://webassembly.github.io/spec/core/binary/modules.html
const [IMPORTS, CODE, CUSTOM] = [2, 10, 0];
let at = 8;

function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return value >>> 0;
  }
}

function text() {
  const length = number();
  at += length;
  return bytes.toString("latin1", at - length, at);
}

function limits() {
  const flags = number();
  number();
  if (flags & 1) number();
}

/** How many functions are imported: they have the first numbers. */
function importedFunctions() {
  let functions = 0;
  for (let count = number(); count > 0; count--) {
    text();
    text();
    const kind = bytes[at++];
    if (kind === 0) functions++;
    if (kind === 0 || kind === 4) number();
    if (kind === 4) number();
    if (kind === 1) at++;
    if (kind === 1 || kind === 2) limits();
    if (kind === 3) at += 2;
  }
  return functions;
}

const kept = [];
const bodies = [];
let imported = 0;
while (at < bytes.length) {
  const begin = at;
  const id = bytes[at++];
  const end = number() + at;
  let isNames = false;
  if (id === IMPORTS) {
    imported = importedFunctions();
  } else if (id === CODE) {
    for (let count = number(); count > 0; count--) {
      const length = number();
      bodies.push(bytes.subarray(at, at + length));
      at += length;
    }
  } else if (id === CUSTOM) {
    isNames = text() === "name";
  }
  if (!isNames) kept.push(bytes.subarray(begin, end));
  at = end;
}

// --- what two functions have in common: sequences of three bytes, the shortest that gzip finds again
const WORDS = 256;

function ones(word) {
  let it = word - ((word >>> 1) & 0x55555555);
  it = (it & 0x33333333) + ((it >>> 2) & 0x33333333);
  return Math.imul((it + (it >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const marks = bodies.map((body) => {
  const set = new Int32Array(WORDS);
  for (let k = 0; k + 3 <= body.length; k++) {
    const three = body[k] | (body[k + 1] << 8) | (body[k + 2] << 16);
    const hash = Math.imul(three, 0x9e3779b1) >>> (32 - 13);
    set[hash >>> 5] |= 1 << (hash & 31);
  }
  return set;
});
const sizes = marks.map((set) => set.reduce((sum, word) => sum + ones(word), 0));

function likeness(one, other) {
  let both = 0;
  for (let word = 0; word < WORDS; word++) both += ones(marks[one][word] & marks[other][word]);
  return both / (sizes[one] + sizes[other] - both + 1);
}

// --- the order, from a smallest one on
const left = new Set(bodies.keys());
const names = [];
let next = bodies.reduce((least, body, k) => (body.length < bodies[least].length ? k : least), 0);
for (let place = 0; left.size > 0; place++) {
  names[next] = String(place).padStart(6, "0");
  left.delete(next);
  const last = next;
  let most = -1;
  for (const one of left) {
    const alike = likeness(last, one);
    if (alike > most) [most, next] = [alike, one];
  }
}

// --- the names
function leb(value) {
  const out = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...out, rest];
    out.push((rest & 127) | 128);
  }
}

const map = [...leb(names.length)];
names.forEach((name, k) => map.push(...leb(imported + k), name.length, ...Buffer.from(name)));
const section = [4, ...Buffer.from("name"), 1, ...leb(map.length), ...map];
const last = Buffer.from([CUSTOM, ...leb(section.length), ...section]);
writeFileSync(to, Buffer.concat([bytes.subarray(0, 8), ...kept, last]));
