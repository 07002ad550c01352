// SCRAM-SHA-256 against a broker that does its half with the cryptography of Node.

import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";

import { Client, ScramSha256 } from "../../dist/node.js";
import { broker } from "./broker.mjs";

const TIMEOUT = { timeout: 60_000 };

/** The salt of the example of RFC 7677, section 3. */
const SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
const METHOD = "SCRAM-SHA-256";

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const xor = (a, b) => Buffer.from(a.map((byte, at) => byte ^ b[at]));

/** Authentication Method and Data, with their length. */
function properties(data) {
  const text = (id, bytes) => [id, bytes.length >> 8, bytes.length & 255, ...bytes];
  const both = [...text(0x15, Buffer.from(METHOD)), ...text(0x16, Buffer.from(data))];
  // Of two bytes where one is not enough.
  const length = both.length < 128 ? [both.length] : [0x80 | (both.length & 127), both.length >> 7];
  return [...length, ...both];
}

const packet = (type, body) => {
  const length = body.length < 128 ? [body.length] : [0x80 | (body.length & 127), body.length >> 7];
  return [type, ...length, ...body];
};

/** The Authentication Data of a packet: all that follows its method. */
function dataOf(body) {
  const at = body.indexOf(METHOD) + METHOD.length;
  assert.equal(body[at], 0x16);
  const length = body.readUInt16BE(at + 1);
  return body.subarray(at + 3, at + 3 + length).toString();
}

/** The server's half: what the client sent is verified, what it gets proves that the broker knows the password. */
async function serve(it, { password, iterations = 4096, signature = (right) => right }) {
  const first = dataOf((await it.packet("CONNECT")).body);
  assert.match(first, /^n,,n=user,r=[\x21-\x2b\x2d-\x7e]{32}$/);
  const nonce = `${first.split("r=")[1]}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
  const serverFirst = `r=${nonce},s=${SALT},i=${iterations}`;
  it.send(packet(0xf0, [0x18, ...properties(serverFirst)]));
  const answer = await it.packet();
  if (answer.name !== "AUTH") return answer.name;
  const final = dataOf(answer.body);
  const [bare, proof] = final.split(",p=");
  assert.equal(bare, `c=biws,r=${nonce}`);
  const salted = pbkdf2Sync(password, Buffer.from(SALT, "base64"), iterations, 32, "sha256");
  const message = `${first.slice(3)},${serverFirst},${bare}`;
  const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const key = xor(Buffer.from(proof, "base64"), hmac(stored, message));
  const knows = createHash("sha256").update(key).digest().equals(stored);
  const own = hmac(hmac(salted, "Server Key"), message).toString("base64");
  it.send(packet(0x20, [0, 0, ...properties(`v=${signature(own)}`)]));
  return knows ? "knows" : "does not know";
}

test("client and broker prove the password to each other", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  // Two clients may have one authenticator: their exchanges are their own.
  const authenticator = new ScramSha256("user", "pencil");
  for (let count = 0; count < 2; count++) {
    const client = new Client(uri, { authenticator });
    t.after(() => client.abort());
    const connecting = client.connect();
    assert.equal(await serve(await peer(), { password: "pencil" }), "knows");
    assert.equal((await connecting).authenticationMethod, METHOD);
  }
});

test("who does not know the password is found out, on both sides", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, { authenticator: new ScramSha256("user", "pencil") });
  t.after(() => client.abort());
  const stopped = new Promise((resolve) => client.once("reconnectStopped", resolve));
  const connecting = client.connect();
  connecting.catch(() => {});
  assert.equal(await serve(await peer(), { password: "pen" }), "does not know");
  await assert.rejects(connecting, (error) => {
    assert.equal(error.error.kind, "authentication");
    assert.match(error.message, /does not prove that it knows the password/);
    assert.match(error.error.message, /^SCRAM-SHA-256: the broker is refused: it does not prove/);
    return true;
  });
  assert.equal((await stopped).reason, "credentials");
});

test("a signature that is wrong by a bit is refused", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  const client = new Client(uri, { authenticator: new ScramSha256("user", "pencil") });
  t.after(() => client.abort());
  const connecting = client.connect();
  connecting.catch(() => {});
  const signature = (right) => (right.startsWith("A") ? "B" : "A") + right.slice(1);
  assert.equal(await serve(await peer(), { password: "pencil", signature }), "knows");
  await assert.rejects(connecting, /does not prove that it knows the password/);
});

test("too few and too many iterations are refused", TIMEOUT, async (t) => {
  const { uri, peer } = await broker(t);
  for (const [iterations, maxIterations] of [[4095], [1_000_001], [5001, 5000]]) {
    const authenticator = new ScramSha256("user", "pencil", { maxIterations });
    const client = new Client(uri, { authenticator });
    t.after(() => client.abort());
    const connecting = client.connect();
    connecting.catch(() => {});
    assert.notEqual(await serve(await peer(), { password: "pencil", iterations }), "knows");
    const most = maxIterations ?? 1_000_000;
    const said = `it asks for ${iterations} iterations; 4096 to ${most} are allowed`;
    await assert.rejects(connecting, (error) => error.message.includes(said));
  }
});

test("what is wrong with it is named", TIMEOUT, async (t) => {
  const { uri } = await broker(t);
  for (const [user, password, options, option] of [
    ["", "pencil", {}, "scramUser"],
    ["\u0007", "pencil", {}, "scramUser"],
    ["user", "", {}, "scramPassword"],
    ["user", undefined, {}, "scramPassword"],
    ["user", "pencil", { maxIterations: 4095 }, "scramMaxIterations"],
    ["user", "pencil", { maxIterations: 4096.5 }, "scramMaxIterations"],
    ["user", "pencil", { maxIterations: 1e12 }, "scramMaxIterations"],
  ]) {
    const client = new Client(uri, { authenticator: new ScramSha256(user, password, options) });
    await assert.rejects(client.connect(), { code: "invalidOption", option });
  }
});
