/** Certificates for a test's servers, by the openssl of the system. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  readonly ca: string;
  /** For `localhost` and 127.0.0.1. */
  readonly server: Pair;
  /** For another name. */
  readonly other: Pair;
  readonly expired: Pair;
  readonly client: Pair;
  /** The pin of `server`. */
  readonly pin: string;
}

export function certificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "mqttka-web-"));
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const made = (name: string, names: string, days: string): Pair => {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    writeFileSync(join(folder, "ext"), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
    openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key"],
      ...["-CAcreateserial", "-out", `${name}.pem`, "-extfile", "ext", "-days", days],
    );
    return { certificate: read(`${name}.pem`), key: read(`${name}.key`) };
  };
  try {
    openssl(
      ...["req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA"],
      ...["-days", "30"],
    );
    const local = "DNS:localhost,IP:127.0.0.1";
    const server = made("server", local, "30");
    const publicKey = openssl("x509", "-in", "server.pem", "-pubkey", "-noout").toString();
    const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "der"], {
      input: publicKey,
    });
    const hash = execFileSync("openssl", ["dgst", "-sha256", "-binary"], { input: der });
    return {
      ca: read("ca.pem"),
      server,
      other: made("other", "DNS:other.test", "30"),
      // Of a time before today.
      expired: made("expired", local, "-1"),
      client: made("client", "DNS:client.test", "30"),
      pin: hash.toString("base64"),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
