import assert from "node:assert/strict";
import { test } from "node:test";

import type { NetworkChange } from "../../src/engine-api.ts";
import type { Hinted, Target } from "../../src/host/page.ts";
import { Page, surroundings } from "../../src/host/page.ts";
import { FakeTime } from "./fakes.ts";

type Handler = (event: { persisted?: boolean }) => void;

class FakeTarget implements Target {
  readonly handlers = new Map<string, Set<Handler>>();
  visibilityState = "visible";

  addEventListener(type: string, handler: Handler): void {
    const handlers = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, handlers.add(handler));
  }

  removeEventListener(type: string, handler: Handler): void {
    this.handlers.get(type)?.delete(handler);
  }

  dispatch(type: string, event: { persisted?: boolean } = {}): void {
    for (const handler of this.handlers.get(type) ?? []) {
      handler(event);
    }
  }

  get count(): number {
    return [...this.handlers.values()].reduce((sum, it) => sum + it.size, 0);
  }
}

class FakeHinted implements Hinted {
  told: string[] = [];

  foreground(): void {
    this.told.push("foreground");
  }

  background(): void {
    this.told.push("background");
  }

  networkChanged(change: NetworkChange): void {
    this.told.push(change);
  }

  resumed(): void {
    this.told.push("resumed");
  }

  hide(): void {
    this.told.push("hide");
  }

  show(): void {
    this.told.push("show");
  }
}

function made() {
  const [scope, document, connection] = [new FakeTarget(), new FakeTarget(), new FakeTarget()];
  const time = new FakeTime();
  const page = new Page({ scope, document, connection }, () => time.now());
  const client = new FakeHinted();
  page.add(client);
  const told = () => client.told.splice(0);
  const show = (state: string) => {
    document.visibilityState = state;
    document.dispatch("visibilitychange");
  };
  return { scope, document, connection, time, page, client, told, show };
}

test("what the page and the network do are hints", () => {
  const { scope, document, connection, told, show } = made();
  show("hidden");
  show("visible");
  document.dispatch("resume");
  scope.dispatch("offline");
  scope.dispatch("online");
  connection.dispatch("change");
  assert.deepEqual(told(), ["background", "foreground", "resumed", "lost", "available", "changed"]);
});

test("the focus counts where the window was left, not where it was overlapped", () => {
  const { scope, time, told } = made();
  scope.dispatch("focus");
  scope.dispatch("blur");
  time.pass(5_000);
  scope.dispatch("focus");
  time.pass(600_000);
  scope.dispatch("focus");
  assert.deepEqual(told(), []);
  scope.dispatch("blur");
  time.pass(31_000);
  scope.dispatch("focus");
  scope.dispatch("focus");
  assert.deepEqual(told(), ["foreground"]);
});

test("into the back/forward cache and out of it: one goodbye, one return", () => {
  const { scope, told, show } = made();
  // As a page's first one.
  scope.dispatch("pageshow", { persisted: false });
  assert.deepEqual(told(), []);
  scope.dispatch("pagehide", { persisted: true });
  show("hidden");
  show("visible");
  scope.dispatch("pageshow", { persisted: true });
  assert.deepEqual(told(), ["hide", "background", "show"]);
  // A page that is thrown away says goodbye, too.
  scope.dispatch("pagehide", { persisted: false });
  assert.deepEqual(told(), ["hide"]);
});

test("a page that is frozen says goodbye, too, and is back when it goes on", () => {
  const { scope, document, told, show } = made();
  show("hidden");
  document.dispatch("freeze");
  document.dispatch("resume");
  show("visible");
  assert.deepEqual(told(), ["background", "hide", "show", "foreground"]);
  // The back/forward cache freezes as well.
  scope.dispatch("pagehide", { persisted: true });
  document.dispatch("freeze");
  document.dispatch("resume");
  assert.deepEqual(told(), ["hide", "show"]);
});

test("listeners are there once for all clients, and go with the last", () => {
  const { scope, document, connection, page, client } = made();
  const count = () => scope.count + document.count + connection.count;
  const one = count();
  assert.ok(one >= 9);
  const other = new FakeHinted();
  page.add(other);
  page.add(other);
  assert.equal(count(), one);
  scope.dispatch("online");
  assert.deepEqual([client.told, other.told], [["available"], ["available"]]);
  page.delete(client);
  page.delete(client);
  assert.equal(count(), one);
  page.delete(other);
  assert.equal(count(), 0);
  page.add(client);
  assert.equal(count(), one);
});

test("nothing keeps a page out of the back/forward cache", () => {
  const { scope, document } = made();
  for (const type of ["unload", "beforeunload"]) {
    assert.ok(!scope.handlers.get(type)?.size && !document.handlers.get(type)?.size);
  }
});

test("a client may go while hints are told", () => {
  const { scope, page, client } = made();
  const other = new FakeHinted();
  page.add(other);
  client.networkChanged = () => {
    page.delete(other);
    page.delete(client);
  };
  scope.dispatch("online");
  assert.equal(scope.count, 0);
});

test("a Worker has the network's events, and no page's", () => {
  const scope = new FakeTarget();
  const page = new Page({ scope }, () => 0);
  const client = new FakeHinted();
  page.add(client);
  assert.deepEqual([...scope.handlers.keys()].sort(), ["offline", "online"]);
});

test("where there is nothing to listen to, nothing is", () => {
  const page = new Page({}, () => 0);
  const client = new FakeHinted();
  page.add(client);
  page.delete(client);
  // Node has no document; what it has of the rest is taken as it is.
  assert.equal(surroundings().document, undefined);
});
