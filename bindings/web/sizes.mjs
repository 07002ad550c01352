// How large dist/ is, and how large gzipped and as Brotli: what a page loads; and each further WebAssembly.
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const dist = new URL("dist/", import.meta.url);
const total = { raw: 0, gzip: 0, brotli: 0 };
for (const name of readdirSync(dist, { recursive: true }).sort()) {
  // Node's own modules are not loaded by a page, and some only by those who use them.
  const others = /node|mqtt-js|mqttka-scram|testing/;
  if (!/\.(js|wasm)$/.test(name) || (others.test(name) && !name.endsWith(".wasm"))) continue;
  const bytes = readFileSync(new URL(name, dist));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const brotli = brotliCompressSync(bytes).length;
  if (!others.test(name)) {
    total.raw += bytes.length;
    total.gzip += gzip;
    total.brotli += brotli;
  }
  line(bytes.length, gzip, brotli, name);
}
line(total.raw, total.gzip, total.brotli, `what a page loads: ${(total.gzip / 1024).toFixed(1)} KiB gzipped`);

function line(raw, gzip, brotli, what) {
  const [a, b, c] = [raw, gzip, brotli].map((it) => String(it).padStart(7));
  console.log(`${a} ${b} gzip ${c} br  ${what}`);
}
