import assert from "node:assert/strict";
import { test } from "node:test";

import { failureOf } from "../../src/host/node-errors.ts";

function error(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function kind(error: unknown, duringHandshake = true): string {
  const { kind, number } = failureOf(error, duringHandshake);
  return number === undefined ? kind : `${kind} ${number}`;
}

test("the system's errors have Linux's numbers, whatever the system", () => {
  const mac = Object.assign(error("ECONNRESET", "read ECONNRESET"), { errno: -54 });
  assert.equal(kind(mac, false), "system 104");
  assert.equal(
    kind(error("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"), false),
    "system 111",
  );
  assert.equal(kind(error("EPIPE", "write EPIPE"), false), "system 32");
  assert.equal(kind(error("ENOTFOUND", "getaddrinfo ENOTFOUND x"), false), "system");
  assert.equal(kind(new Error("connect ETIMEDOUT"), false), "system 110");
  assert.equal(kind("thrown", false), "system");
  const several = new AggregateError([error("EHOSTUNREACH", "no route")], "");
  assert.equal(kind(several, false), "system 113");
});

test("certificates, as Node, Bun and Deno tell of them", () => {
  for (const [code, message, expected] of [
    ["CERT_HAS_EXPIRED", "certificate has expired", "certificateExpired"],
    ["ERR_TLS", "invalid peer certificate: Expired", "certificateExpired"],
    ["CERT_NOT_YET_VALID", "certificate is not yet valid", "certificateNotYetValid"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match", "wrongHost"],
    ["", "invalid peer certificate: NotValidForName", "wrongHost"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", "unknownIssuer"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate", "unknownIssuer"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get it", "unknownIssuer"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify", "unknownIssuer"],
    ["", "invalid peer certificate: UnknownIssuer", "unknownIssuer"],
    ["CERT_REVOKED", "certificate revoked", "certificateRevoked"],
    ["INVALID_PURPOSE", "unsupported certificate purpose", "certificateInvalid"],
    ["CERT_SIGNATURE_FAILURE", "certificate signature failure", "certificateInvalid"],
  ] as const) {
    assert.equal(kind(error(code, message)), expected, code || message);
  }
});

test("alerts, versions, ciphers and what is no TLS", () => {
  const openssl = (reason: string, number: number) =>
    `00E7:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:rec.c:1605:SSL alert number ${number}\n`;
  const alert = (code: string, reason: string, number: number, during = true) =>
    kind(error(code, openssl(reason, number)), during);
  assert.equal(
    alert("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version", 70),
    "noCommonTlsVersion 70",
  );
  assert.equal(
    alert("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure", 40),
    "noCommonCipher 40",
  );
  assert.equal(
    alert("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate required", 116, false),
    "tlsAlert 116",
  );
  assert.equal(alert("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "unknown ca", 48), "tlsAlert 48");
  assert.equal(kind(new Error("received fatal alert: CertificateRequired"), false), "tlsAlert 116");
  assert.equal(kind(error("ERR_SSL_UNSUPPORTED_PROTOCOL", "x")), "noCommonTlsVersion");
  assert.equal(kind(error("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number")), "tlsProtocol");
  const closed = "Client network socket disconnected before secure TLS connection was established";
  assert.equal(kind(error("ECONNRESET", closed)), "closed");
  assert.equal(
    failureOf(error("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", openssl("tlsv1 alert unknown ca", 48)))
      .message,
    "the server sent a TLS alert: tlsv1 alert unknown ca (SSL alert number 48)",
  );
});
