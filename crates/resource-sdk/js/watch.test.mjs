// Run with `node --test`. Each tab is a watch of its own in one pretended browser.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Events, Locks } from "./event-stream.mjs";
import { watch } from "./watch.js";

let site;
let tabs;
let page;
const realTimeout = setTimeout;

async function until(holds, what) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => realTimeout(resolve, 5));
  }
  assert.fail(`never: ${what}`);
}

function tab(options = {}) {
  const heard = [];
  const opened = watch({ eventsUrl: "/auth/events", session: "one", onEnded: (cause) => heard.push(cause), ...options });
  tabs.push(opened);
  return { heard, close: () => opened.close() };
}

function setGlobal(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

beforeEach(() => {
  site = new Events();
  tabs = [];
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const browser = new EventTarget();
  setGlobal("navigator", { locks: new Locks(), onLine: true });
  setGlobal("document", page);
  setGlobal("addEventListener", browser.addEventListener.bind(browser));
  setGlobal("removeEventListener", browser.removeEventListener.bind(browser));
  setGlobal("dispatchEvent", browser.dispatchEvent.bind(browser));
  setGlobal("location", { href: "https://a.example/members" });
  setGlobal("fetch", async (url, init) => {
    assert.equal(url, "https://a.example/auth/events");
    return site.answer(init);
  });
});
afterEach(() => {
  tabs.forEach((each) => each.close());
  mock.timers.reset();
});

test("N09 one stream serves all tabs, and each hears why", async () => {
  const all = [tab(), tab(), tab(), tab()];
  await until(() => site.streams.length === 1, "a stream");
  site.say("signed-out", { session: "one", cause: "kicked" });
  await until(() => all.every(({ heard }) => heard.length === 1), "all heard");
  assert.deepEqual(all.map(({ heard }) => heard), [["kicked"], ["kicked"], ["kicked"], ["kicked"]]);
  assert.equal(site.asked.length, 1);
});

test("when the listening tab closes the next one takes over", async () => {
  const [first, second, third] = [tab(), tab(), tab()];
  await until(() => site.streams.length === 1, "a stream");
  first.close();
  await until(() => site.asked.length === 2 && site.streams.length === 1, "another stream");
  site.say("signed-out", { session: "one", cause: "password_changed" });
  await until(() => third.heard.length === 1, "the third heard");
  assert.deepEqual([first.heard, second.heard], [[], ["password_changed"]]);
});

test("a tab that does not answer loses its turn when the person looks at another", async () => {
  tab();
  await until(() => site.streams.length === 1, "a stream");
  const name = "watch:/auth/events";
  // Frozen: the lock is held by a page that runs no script.
  const frozen = new BroadcastChannel(name);
  tabs[0].close();
  navigator.locks.held.set(name, { reject() {} });
  const other = tab();
  assert.equal(site.streams.length, 0);
  page.dispatchEvent(new Event("visibilitychange"));
  await until(() => site.streams.length === 1, "the lock was stolen");
  site.say("signed-out", { session: "one", cause: "expired" });
  await until(() => other.heard.length === 1, "it heard");
  frozen.close();
});

test("a stream that breaks is opened again, and nobody is signed out by that", async () => {
  mock.method(Math, "random", () => 0.001);
  const watching = tab();
  await until(() => site.streams.length === 1, "a stream");
  for (let times = 2; times < 5; times += 1) {
    site.end(site.streams[0], times % 2 ? new TypeError("network") : undefined);
    await until(() => site.asked.length === times && site.streams.length === 1, "again");
  }
  site.answers = [503, 502, 429];
  site.end(site.streams[0]);
  await until(() => site.asked.length === 8, "trouble is waited out");
  assert.deepEqual(watching.heard, []);
  mock.restoreAll();
});

test("pauses grow, and no two browsers come back at once", async () => {
  const pauses = [];
  const random = mock.method(Math, "random", () => 1);
  mock.method(globalThis, "setTimeout", (task, time) => {
    if (time < 45_000 || time === 60_000) {
      pauses.push(time);
      return realTimeout(task, 1);
    }
    return realTimeout(() => {}, 0);
  });
  site.answers = Array(8).fill(503);
  tab();
  await until(() => site.streams.length === 1, "a stream");
  assert.deepEqual(pauses.slice(0, 8), [4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  assert.equal(random.mock.callCount(), 8);
  mock.restoreAll();
});

test("offline is waited out, not counted", async () => {
  tab();
  await until(() => site.streams.length === 1, "a stream");
  navigator.onLine = false;
  site.end(site.streams[0], new TypeError("network"));
  await new Promise((resolve) => realTimeout(resolve, 50));
  assert.equal(site.asked.length, 1);
  navigator.onLine = true;
  globalThis.dispatchEvent(new Event("online"));
  await until(() => site.streams.length === 1, "back");
});

test("a page in the browser's cache lets go and listens again when it comes back", async () => {
  tab();
  await until(() => site.streams.length === 1, "a stream");
  globalThis.dispatchEvent(new Event("pagehide"));
  await until(() => site.streams.length === 0, "it let go");
  globalThis.dispatchEvent(new Event("pageshow"));
  await until(() => site.streams.length === 1, "it listens");
});

test("a person who was away for long is judged anew", async () => {
  let late = 0;
  const now = Date.now.bind(Date);
  mock.method(Date, "now", () => now() + late);
  mock.method(Math, "random", () => 0.001);
  tab();
  await until(() => site.streams.length === 1, "a stream");
  late = 600_000;
  page.dispatchEvent(new Event("visibilitychange"));
  await until(() => site.asked.length === 2, "asked again");
  assert.deepEqual(site.asked, ["1", "came-back"]);
  mock.restoreAll();
});

test("another sign-in's end is not this page's, and another sign-in is", async () => {
  const [mine, newer] = [tab(), tab({ session: "two" })];
  await until(() => newer.heard.length === 1, "the cookies are of another sign-in");
  assert.deepEqual([mine.heard, newer.heard], [[], ["signed_in_again"]]);
  site.say("signed-out", { session: "two", cause: "kicked" });
  await new Promise((resolve) => realTimeout(resolve, 30));
  assert.deepEqual(mine.heard, []);
});

test("nobody is signed in: an end, told once", async () => {
  site.answers = [204];
  const { heard } = tab();
  await until(() => heard.length === 1, "told");
  assert.deepEqual(heard, ["ended"]);
  assert.equal(site.asked.length, 1);
});

test("a site without such a route is asked once", async () => {
  site.answers = [404];
  const { heard } = tab();
  await new Promise((resolve) => realTimeout(resolve, 50));
  assert.deepEqual([heard, site.asked.length], [[], 1]);
});

test("an event may come in pieces", async () => {
  const { heard } = tab();
  await until(() => site.streams.length === 1, "a stream");
  const text = `: still there\n\nevent: signed-out\ndata: {"session":"one","cause":"kicked"}\n\n`;
  for (const piece of text) site.streams[0].controller.enqueue(new TextEncoder().encode(piece));
  await until(() => heard.length === 1, "heard");
  assert.deepEqual(heard, ["kicked"]);
});
