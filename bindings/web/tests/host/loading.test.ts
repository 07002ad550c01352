import assert from "node:assert/strict";
import { test } from "node:test";

import { MqttkaError } from "../../src/errors.ts";
import { once } from "../../src/loading.ts";

test("what all ask for is loaded once", async () => {
  let loads = 0;
  const load = once("it", async () => ++loads);
  assert.deepEqual(await Promise.all([load(), load()]), [1, 1]);
  assert.equal(await load(), 1);
});

test("all who wait hear that it failed, and the next one tries again", async () => {
  const failures = ["out of descriptors"];
  const load = once("it", async (given: number) => {
    const failure = failures.pop();
    if (failure !== undefined) {
      throw new Error(failure);
    }
    return given;
  });
  const heard = await Promise.allSettled([load(1), load(2)]);
  for (const one of heard) {
    assert.equal(one.status, "rejected");
    assert.ok(one.reason instanceof MqttkaError);
    assert.equal(one.reason.code, "startup");
    assert.equal(one.reason.message, "it could not be loaded: Error: out of descriptors");
  }
  assert.equal(await load(3), 3);
});
