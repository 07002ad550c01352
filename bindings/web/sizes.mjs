// How large dist/ is, and how large gzipped: what a page loads.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("dist/", import.meta.url);
const total = { raw: 0, gzip: 0 };
for (const name of readdirSync(dist, { recursive: true }).sort()) {
  // Node's own modules are not loaded by a page.
  if (!/\.(js|wasm)$/.test(name) || /node|mqtt-js/.test(name)) continue;
  const bytes = readFileSync(new URL(name, dist));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  total.raw += bytes.length;
  total.gzip += gzip;
  console.log(`${String(bytes.length).padStart(8)} ${String(gzip).padStart(7)} gzip  ${name}`);
}
console.log(`${String(total.raw).padStart(8)} ${String(total.gzip).padStart(7)} gzip  together: ${(total.gzip / 1024).toFixed(1)} KiB`);
