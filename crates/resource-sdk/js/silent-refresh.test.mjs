// Run with `node --test`. Each tab is a session of its own over one pretended server.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Events } from "./event-stream.mjs";
import { SessionError, createSession } from "./silent-refresh.js";

const ORIGIN = "https://a.example";
let server;
let base; // what a <base> in the page says
let tabs;

class Server {
  issued = 0;
  refreshes = 0;
  seen = [];
  carried = [];
  good = null;
  lifetime = 600;
  session = "one";
  mode = "works";
  delay = 5;
  events = new Events();

  async answer(url, init) {
    const request = url instanceof Request ? url : new Request(new URL(url, base), init);
    const { origin, pathname } = new URL(request.url);
    this.carried.push([origin, request.headers.get("authorization")]);
    if (origin !== ORIGIN) return Response.json({ access_token: "planted", expires_in: 600, location: "/evil" });
    if (this.mode === "offline") throw new TypeError("network");
    if (pathname === "/auth/events") return this.events.answer(init);
    if (pathname === "/moved") return this.redirect(request);
    if (pathname === "/auth/token") return this.refresh(request);
    if (pathname === "/auth/logout") return Response.json({ location: "https://idp.example/end-session" });
    const token = request.headers.get("authorization")?.slice("Bearer ".length);
    const body = await request.text();
    this.seen.push([request.method, pathname, token, body]);
    if (token === this.good) return new Response("fine");
    const challenge = `Bearer realm="a", error="invalid_token"`;
    return new Response("", { status: 401, headers: { "WWW-Authenticate": challenge } });
  }

  // As a browser does: a redirect that may not be followed is opaque, and one that may is followed.
  redirect(request) {
    if (request.redirect === "error") throw new TypeError("redirected");
    if (request.redirect === "manual") return opaqueRedirect();
    return this.answer(new Request("https://evil.example/", { headers: request.headers }));
  }

  async refresh(request) {
    assert.equal(request.headers.get("x-session-request"), "1");
    assert.equal(request.method, "POST");
    this.refreshes += 1;
    await sleep(this.delay);
    if (this.mode === "broken") return new Response("<h1>proxy</h1>", { status: 502 });
    if (this.mode === "ended") return Response.json({ error: "login_required" }, { status: 401 });
    this.good = `at-${++this.issued}`;
    return Response.json({ access_token: this.good, token_type: "Bearer", expires_in: this.lifetime, session: this.session, name: this.name });
  }
}

function opaqueRedirect() {
  return Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function tab(options = {}) {
  const opened = createSession({
    tokenUrl: "/auth/token", loginUrl: "/auth/login", logoutUrl: "/auth/logout", channel: "test", ...options,
  });
  tabs.push(opened);
  return opened;
}

beforeEach(() => {
  server = new Server();
  base = ORIGIN;
  tabs = [];
  const assigned = [];
  globalThis.location = {
    href: `${ORIGIN}/app?x=1`, pathname: "/app", search: "?x=1", hash: "", assigned,
    assign(to) { assigned.push(to); },
  };
  globalThis.fetch = (url, init) => server.answer(url, init);
  const RealRequest = (globalThis.RealRequest ??= Request);
  globalThis.Request = class extends RealRequest {
    constructor(input, init) {
      super(input instanceof RealRequest ? input : new URL(input, base), init?.body instanceof ReadableStream ? { ...init, duplex: "half" } : init);
    }
  };
});
afterEach(() => tabs.forEach((each) => each.close()));

test("M06 many requests of one page wait for one refresh", async () => {
  const page = tab();
  assert.equal(page.state, "unknown");
  const answers = await Promise.all(Array.from({ length: 20 }, () => page.fetch("/api")));
  assert.ok(answers.every((answer) => answer.status === 200));
  assert.equal(server.refreshes, 1);
  assert.equal(page.state, "signed-in");
});

test("every page knows what its user is called, until they sign out", async () => {
  server.name = "王小明";
  const [page, other] = [tab(), tab()];
  assert.equal(page.displayName, null);
  await page.accessToken();
  await sleep(20);
  assert.deepEqual([page.displayName, other.displayName], ["王小明", "王小明"]);
  server.mode = "ended";
  server.good = "another";
  await page.fetch("/api").catch(() => {});
  assert.equal(page.displayName, null);
});

test("M06 a refresh outlives the page that asked for it", async () => {
  const sent = [];
  globalThis.fetch = (url, init) => {
    if (url !== `${ORIGIN}/auth/events`) sent.push([url, init?.keepalive]);
    return server.answer(url, init);
  };
  await tab().accessToken();
  assert.deepEqual(sent, [[`${ORIGIN}/auth/token`, true]]);
});

test("M06 Z12 tabs that begin together share one refresh", async () => {
  const pages = [tab(), tab(), tab(), tab()];
  const tokens = await Promise.all(pages.map((page) => page.accessToken()));
  assert.deepEqual(new Set(tokens), new Set(["at-1"]));
  assert.equal(server.refreshes, 1);
});

test("M06 a refused request waits and is sent again exactly once", async () => {
  const page = tab();
  await page.accessToken();
  server.good = "revoked meanwhile";
  const answer = await page.fetch("/api", { method: "POST", body: "text" });
  assert.equal(answer.status, 200);
  assert.deepEqual(server.seen, [["POST", "/api", "at-1", "text"], ["POST", "/api", "at-2", "text"]]);

  globalThis.fetch = async (url, init) => {
    const answer = await server.answer(url, init);
    server.good = "never";
    return answer;
  };
  server.seen = [];
  server.good = "never";
  assert.equal((await page.fetch("/api")).status, 401);
  assert.equal(server.seen.length, 2);
});

test("another error than invalid_token is the page's business", async () => {
  const page = tab();
  await page.accessToken();
  let sent = 0;
  globalThis.fetch = async () => { sent += 1; return new Response("", { status: 401, headers: { "WWW-Authenticate": "Bearer" } }); };
  assert.equal((await page.fetch("/api")).status, 401);
  assert.equal(sent, 1);
});

test("streams, files and forms are never sent twice, and get a token that lasts", async () => {
  const page = tab();
  const form = new FormData();
  form.set("a", "b");
  const stream = () => new Blob(["s"]).stream();
  for (const body of [new Blob(["b"]), form, new Uint8Array([1]), stream()]) {
    await page.accessToken();
    server.good = "revoked";
    server.seen = [];
    assert.equal((await page.fetch("/api", { method: "POST", body })).status, 401);
    assert.equal(server.seen.length, 1);
    assert.equal(server.seen[0][0], "POST");
    assert.match(server.seen[0][2], /^at-/);
  }
  const request = new Request("/api", { method: "POST", body: "in a request" });
  server.seen = [];
  assert.equal((await page.fetch(request)).status, 401);
  assert.equal(server.seen.length, 1);
});

test("a token about to end is replaced before it is used", async () => {
  server.lifetime = 1;
  const page = tab();
  await page.accessToken();
  await sleep(950);
  assert.equal((await page.fetch("/api")).status, 200);
  assert.equal(server.refreshes, 2);
  assert.deepEqual(server.seen.map(([, , token]) => token), ["at-2"]);
});

test("being offline or a server in trouble signs nobody out", async () => {
  const page = tab();
  await page.accessToken();
  for (const mode of ["offline", "broken"]) {
    server.mode = "works";
    server.good = "x";
    await page.fetch("/api");
    server.good = "y";
    const real = server.refresh;
    server.mode = mode === "broken" ? "broken" : "works";
    server.refresh = mode === "offline" ? () => { throw new TypeError("network"); } : real;
    assert.equal((await page.fetch("/api")).status, 401, "the answer that there was");
    assert.equal(page.state, "signed-in");
    server.refresh = real;
  }
  server.mode = "offline";
  const fresh = tab();
  await assert.rejects(fresh.fetch("/api"), (error) => error instanceof SessionError && error.code === "unavailable");
  assert.equal(fresh.state, "unknown");
  server.mode = "works";
  assert.equal((await fresh.fetch("/api")).status, 200);
});

test("a refresh that is refused signs out everywhere", async () => {
  const [page, other] = [tab(), tab()];
  await page.accessToken();
  await sleep(20);
  assert.equal(other.state, "signed-in");
  const changes = [];
  other.onChange((state) => changes.push(state));
  server.mode = "ended";
  server.good = "x";
  await assert.rejects(page.fetch("/api"), (error) => error.code === "signed_out");
  await sleep(20);
  assert.deepEqual([page.state, other.state, changes], ["signed-out", "signed-out", ["signed-out"]]);
  assert.equal(await other.accessToken(), null);
  assert.equal(server.refreshes, 2);
});

test("signing out in one tab empties all, even during a refresh", async () => {
  const [page, other] = [tab(), tab()];
  await page.accessToken();
  server.good = "x";
  server.delay = 50;
  const waiting = other.fetch("/api");
  await sleep(10);
  await page.signOut();
  await waiting.catch((error) => assert.equal(error.code, "signed_out"));
  await sleep(20);
  assert.deepEqual([page.state, other.state], ["signed-out", "signed-out"]);
  assert.equal(await other.accessToken(), null);
  assert.deepEqual(location.assigned, ["https://idp.example/end-session"]);
});

test("N09 the end elsewhere empties the page at once, says why and lets nobody wait", async () => {
  const [page, other] = [tab(), tab()];
  await page.accessToken();
  await sleep(20);
  assert.deepEqual([page.state, other.state, page.endedBecause], ["signed-in", "signed-in", null]);
  const changes = [];
  page.onChange((...change) => changes.push(change));
  server.good = "x";
  server.delay = 300;
  const waiting = page.fetch("/api");
  await sleep(50);
  server.events.say("signed-out", { session: "one", cause: "kicked" });
  const begun = Date.now();
  await assert.rejects(waiting, (error) => error.code === "signed_out");
  assert.ok(Date.now() - begun < 200, "nobody waits for the refresh");
  await sleep(20);
  assert.deepEqual([page.state, other.state, other.endedBecause], ["signed-out", "signed-out", "kicked"]);
  assert.deepEqual(changes, [["signed-out", "kicked"]]);
  assert.equal(await page.accessToken(), null);
  await sleep(300);
  assert.equal(page.state, "signed-out", "the late token changes nothing");
});

test("a cookie that went without a word is asked about", async () => {
  const page = tab();
  server.events.answers = [204];
  server.mode = "works";
  await page.accessToken();
  server.mode = "ended";
  await sleep(50);
  assert.deepEqual([page.state, page.endedBecause], ["signed-out", "ended"]);
});

test("a page can do without listening", async () => {
  const page = tab({ eventsUrl: null });
  await page.accessToken();
  await sleep(20);
  assert.deepEqual(server.events.asked, []);
});

test("signing out while offline changes nothing", async () => {
  const page = tab();
  await page.accessToken();
  server.mode = "offline";
  await assert.rejects(page.signOut(), (error) => error.code === "unavailable");
  assert.equal(page.state, "signed-in");
  assert.deepEqual(location.assigned, []);
});

test("another person's token never answers for this page", async () => {
  const [page, other] = [tab(), tab()];
  await page.accessToken();
  await sleep(20);
  server.session = "two";
  server.good = "x";
  await assert.rejects(page.fetch("/api"), (error) => error.code === "signed_out");
  assert.equal(page.state, "signed-out");
  assert.equal(other.state, "signed-in");
});

test("the token goes to no other origin", async () => {
  const page = tab();
  for (const url of ["https://evil.example/", "//evil.example/", "http://a.example/api", "https://a.example:8443/"]) {
    await assert.rejects(page.fetch(url), (error) => error.code === "foreign_origin");
  }
  assert.equal(server.refreshes, 0);
});

test("a6 a <base> in the page sends neither the token nor the mount's requests elsewhere", async () => {
  base = "https://evil.example/x/";
  const page = tab();
  for (const input of ["/api", "api", new Request("/api"), { toString: () => "/api" }]) {
    await assert.rejects(page.fetch(input), (error) => error.code === "foreign_origin");
  }
  assert.equal((await page.fetch(`${ORIGIN}/api`)).status, 200);
  assert.equal((await page.fetch(new URL("/api", ORIGIN), { method: "POST", body: "x" })).status, 200);
  page.signIn("/members");
  await page.signOut();
  assert.deepEqual(location.assigned, [`${ORIGIN}/auth/login?return_to=%2Fmembers`, "https://idp.example/end-session"]);
  assert.deepEqual(new Set(server.carried.map(([origin]) => origin)), new Set([ORIGIN]));
});

test("a6 the mount is of the page's own origin", () => {
  for (const tokenUrl of ["https://evil.example/auth/token", "//evil.example/auth/token", "data:,x"]) {
    assert.throws(() => tab({ tokenUrl }), TypeError);
  }
});

test("a6 an address that is no https address gets no token", async () => {
  const page = tab({ origins: [ORIGIN, "https://api.example"] });
  for (const url of [`blob:${ORIGIN}/1`, "data:text/plain,x", "ftp://a.example/", "file:///etc/passwd"]) {
    await assert.rejects(page.fetch(url), (error) => error.code === "foreign_origin");
  }
});

test("a6 a redirect takes the token nowhere", async () => {
  const page = tab();
  for (const input of ["/moved", new Request("/moved"), new Request("/moved", { method: "POST", body: "x" })]) {
    await assert.rejects(page.fetch(input), (error) => error.code === "redirected");
  }
  assert.equal((await page.fetch("/moved", { redirect: "manual" })).type, "opaqueredirect");
  await assert.rejects(page.fetch("/moved", { redirect: "error" }), TypeError);
  assert.ok(server.carried.every(([origin]) => origin === ORIGIN));
});

test("a page that gives up stops waiting", async () => {
  const page = tab();
  server.delay = 500;
  const controller = new AbortController();
  const waiting = page.fetch("/api", { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, (error) => error.name === "AbortError");
  assert.deepEqual(server.seen, []);
});

test("signing in comes back to this page", () => {
  tab().signIn();
  tab().signIn("/members");
  const login = `${ORIGIN}/auth/login?return_to=`;
  assert.deepEqual(location.assigned, [`${login}%2Fapp%3Fx%3D1`, `${login}%2Fmembers`]);
});

test("s07 a page goes to confirm its person when an API demands it, and else does not", () => {
  const answer = (status, challenge) => new Response("", { status, headers: { "WWW-Authenticate": challenge } });
  const demand = 'Bearer realm="a", error="insufficient_user_authentication", error_description="x", ';
  const page = tab();
  for (const [parameters, asked] of [
    ['acr_values="phr 2", max_age="60"', "max_age=60&acr_values=phr%202&"],
    ["max_age=5", "max_age=5&"],
    ['acr_values="2&return_to=//evil.example"', "acr_values=2%26return_to%3D%2F%2Fevil.example&"],
  ]) {
    assert.equal(page.stepUp(answer(401, demand + parameters)), true);
    assert.equal(location.assigned.pop(), `${ORIGIN}/auth/login?${asked}return_to=%2Fapp%3Fx%3D1`);
  }
  assert.equal(page.stepUp(answer(401, demand), "/members"), true);
  assert.equal(location.assigned.pop(), `${ORIGIN}/auth/login?return_to=%2Fmembers`);
  for (const other of [answer(401, 'Bearer error="invalid_token"'), answer(403, demand), new Response("")]) {
    assert.equal(page.stepUp(other), false);
  }
  assert.deepEqual(location.assigned, []);
});

test("p5 an address that no server would read is left out, and the console says so", (context) => {
  const warn = context.mock.method(console, "warn", () => {});
  const fits = `/app?${"x".repeat(60_000)}`;
  tab().signIn(fits);
  tab().signIn(`/app?${"%FF".repeat(20_000)}`);
  const login = `${ORIGIN}/auth/login`;
  assert.deepEqual(location.assigned, [`${login}?return_to=${encodeURIComponent(fits)}`, login]);
  assert.equal(warn.mock.callCount(), 1);
});

test("M12 nothing is kept where it would outlive the page", async () => {
  const touched = new Proxy({}, { get() { throw new Error("storage was touched"); } });
  globalThis.localStorage = touched;
  globalThis.sessionStorage = touched;
  assert.equal((await tab().fetch("/api")).status, 200);
});
