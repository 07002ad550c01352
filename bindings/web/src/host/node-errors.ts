/** What Node, Deno and Bun report of sockets and TLS, in the words of the vocabulary. */

import type { TransportErrorKind } from "../engine-api.ts";
import type { Failure } from "./transport.ts";

/** Linux's numbers, whatever the system: the engine knows these. */
const NUMBERS: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EBADF: 9,
  ENOMEM: 12,
  EACCES: 13,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  EPROTO: 71,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
};

type Rule = readonly [test: RegExp, kind: TransportErrorKind, message: string];

/** By the error's code, and by its text where a platform has no code of its own (Deno). */
const CERTIFICATES: readonly Rule[] = [
  [
    /CERT_HAS_EXPIRED|certificate has expired|certificate: Expired|CertExpired/,
    "certificateExpired",
    "the server's certificate has expired",
  ],
  [
    /CERT_NOT_YET_VALID|not yet valid|NotValidYet|CertNotValidYet/,
    "certificateNotYetValid",
    "the server's certificate is not valid yet, or this device's clock is wrong",
  ],
  [
    /ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|NotValidForName|CertNotValidForName/,
    "wrongHost",
    "the server's certificate is for other names",
  ],
  [/CERT_REVOKED|: Revoked/, "certificateRevoked", "the server's certificate was revoked"],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF|CERT_UNTRUSTED|UnknownIssuer/,
    "unknownIssuer",
    "no trusted authority has issued the server's certificate",
  ],
  [
    /CaUsedAsEndEntity|invalid peer certificate|CERT_SIGNATURE_FAILURE|CERT_CHAIN_TOO_LONG|INVALID_CA|PATH_LENGTH_EXCEEDED|INVALID_PURPOSE|CERT_REJECTED|UNABLE_TO_DECRYPT_CERT|UNABLE_TO_DECODE_ISSUER|ERROR_IN_CERT|CRL_|_CRL|EE_KEY_TOO_SMALL|CA_MD_TOO_WEAK|ERR_SSL_CERTIFICATE_VERIFY_FAILED/,
    "certificateInvalid",
    "the server's certificate is invalid",
  ],
];

const HANDSHAKES: readonly Rule[] = [
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE|ProtocolVersion|ServerDoesNotSupportTls12Or13/,
    "noCommonTlsVersion",
    "server and client have no TLS version in common",
  ],
  [
    /ALERT_INSUFFICIENT_SECURITY|NO_CIPHERS?_|NO_SHARED_CIPHER|NoCipherSuitesInCommon|NoKxGroupsInCommon/,
    "noCommonCipher",
    "server and client have no cipher suite or key exchange in common",
  ],
];

/** What a system's error, or one of TLS, is. */
export function failureOf(error: unknown, duringHandshake = false): Failure {
  const { code, message } = parts(error);
  // All of it, so that each rule finds what its platform has.
  const text = `${code} ${error instanceof Error ? error.message : ""} ${message}`;
  const matches = ([test]: Rule) => test.test(text);
  const certificate = CERTIFICATES.find(matches);
  if (certificate !== undefined) {
    return { kind: certificate[1], message: `${certificate[2]}: ${message}` };
  }
  const handshake = duringHandshake ? HANDSHAKES.find(matches) : undefined;
  const alert = alertOf(text);
  if (handshake !== undefined) {
    return { kind: handshake[1], message: `${handshake[2]}: ${message}`, number: alert };
  }
  if (alert === HANDSHAKE_FAILURE && duringHandshake) {
    return {
      kind: "noCommonCipher",
      message:
        "the server broke off the handshake: it takes none of our cipher suites, " +
        "or wants a certificate of the client",
      number: alert,
    };
  }
  if (alert !== undefined || /_ALERT_|AlertReceived|received fatal alert/.test(text)) {
    return { kind: "tlsAlert", message: `the server sent a TLS alert: ${message}`, number: alert };
  }
  if (
    duringHandshake &&
    /before secure TLS|ECONNRESET|UnexpectedEof|tls handshake eof/i.test(text)
  ) {
    const said = "the server closed the connection in the middle of the TLS handshake";
    return { kind: "closed", message: said };
  }
  if (/ERR_SSL_|ERR_TLS_|EPROTO|InvalidMessage|InvalidContentType|corrupt message/.test(text)) {
    return { kind: "tlsProtocol", message: `the server's bytes are not TLS: ${message}` };
  }
  return { kind: "system", message, number: NUMBERS[code] };
}

const HANDSHAKE_FAILURE = 40;

/** OpenSSL writes the alert's number into its text, and its name into the code. */
function alertOf(text: string): number | undefined {
  const number = /alert number (\d+)/.exec(text)?.[1];
  if (number !== undefined) {
    return Number(number);
  }
  const name = /(?:ALERT_|AlertReceived\(|received fatal alert: )(\w+)/.exec(text)?.[1];
  return name === undefined ? undefined : ALERTS[name.replace(/_/g, "").toLowerCase()];
}

const ALERTS: Readonly<Record<string, number>> = {
  unexpectedmessage: 10,
  badrecordmac: 20,
  handshakefailure: HANDSHAKE_FAILURE,
  badcertificate: 42,
  unsupportedcertificate: 43,
  certificaterevoked: 44,
  certificateexpired: 45,
  certificateunknown: 46,
  illegalparameter: 47,
  unknownca: 48,
  accessdenied: 49,
  decodeerror: 50,
  decrypterror: 51,
  protocolversion: 70,
  insufficientsecurity: 71,
  internalerror: 80,
  unrecognizedname: 112,
  unrecognisedname: 112,
  certificaterequired: 116,
  noapplicationprotocol: 120,
};

function parts(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) {
    return { code: "", message: String(error) };
  }
  const { code } = error as { code?: unknown };
  // Several addresses failed: one of them says what there is to say.
  const { errors } = error as { errors?: unknown };
  if (error.message === "" && Array.isArray(errors) && errors.length > 0) {
    return parts(errors[0]);
  }
  const known = typeof code === "string" ? code : "";
  const message = plain(error.message) || known || error.name;
  return { code: known || codeIn(error.message), message };
}

/** Of OpenSSL's errors what is for people: `…:error:0A00045C:SSL routines:function:REASON:file:line`. */
function plain(message: string): string {
  const reason = /error:[0-9a-f]+:[^:]*:[^:]*:([^:\n]+)/i.exec(message)?.[1];
  const number = /SSL alert number \d+/.exec(message)?.[0];
  return (reason === undefined ? message : `${reason}${number ? ` (${number})` : ""}`).trim();
}

/** A code of the system that only the text has. */
function codeIn(message: string): string {
  return /\bE[A-Z]{3,}\b/.exec(message)?.[0] ?? /os error (\d+)/.exec(message)?.[1] ?? "";
}
