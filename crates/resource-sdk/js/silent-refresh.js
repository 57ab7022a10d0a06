// Silent refresh for pages that call their site's API by script. The access token lives in this module
// alone; the refresh token is in a cookie that no script can read.
// One refresh runs per browser (Web Locks), its result reaches all tabs (BroadcastChannel), requests
// that failed meanwhile are sent again once, and a sign-out, here or elsewhere (watch.js), empties all tabs.
// Being offline, or a server in trouble, never signs a user out.

import { openChannel, ownUrl, watch } from "./watch.js";

const SCRIPT_HEADER = "X-Session-Request";
const TOKEN_TIMEOUT = 10_000;
// A token is replaced this long before it ends, or a tenth of its life if that is less.
const EARLY = 30_000;
// What is sent once must not meet an expiring token.
const EARLY_FOR_UPLOADS = 60_000;
const LONGEST_ADDRESS = 65_534;
// How long a tab that waited for another's refresh listens for the result.
const WAIT_FOR_NEWS = 100;

/** Why a request could not be made: `signed_out`, `unavailable`, `foreign_origin` or `redirected`. */
export class SessionError extends Error {
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SessionError";
    this.code = code;
  }
}

// Encoded once more an address may grow past what servers read, who would answer with an error of their own.
function loginAddress(login, target, demand = "") {
  const address = `${login}?${demand}return_to=${encodeURIComponent(target)}`;
  if (address.length <= LONGEST_ADDRESS) return address;
  console.warn("the address to come back to is too long");
  return demand === "" ? login : `${login}?${demand}`;
}

// What an API demands of the sign-in (RFC 9470 section 3), as parameters of the log-in route; null if it demands nothing.
function demandOf(response) {
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  if (response.status !== 401 || !/\berror="?insufficient_user_authentication\b/.test(challenge)) return null;
  const values = ["max_age", "acr_values"].map((name) => [name, new RegExp(`[ ,]${name}="?([^",]+)`).exec(challenge)?.[1]]);
  return values.map(([name, value]) => (value ? `${name}=${encodeURIComponent(value)}&` : "")).join("");
}

/** Begins a session for this page; see silent-refresh.d.ts. */
export function createSession({ tokenUrl, loginUrl, logoutUrl, eventsUrl, channel, origins }) {
  const name = channel ?? `session:${tokenUrl}`;
  const routes = { token: ownUrl(tokenUrl), login: ownUrl(loginUrl), logout: ownUrl(logoutUrl) };
  const allowed = new Set([...(origins ?? [routes.token])].map((url) => new URL(url).origin));
  const listeners = new Set();
  const tabs = openChannel(name, receive);
  let state = "unknown";
  let token = null; // { value, session, name, lifetime, expiresAt }
  let knownSession = null;
  let refreshing = null;
  let wakeListener = null; // wakes a tab that listens for another's result
  let endedBecause = null;
  let watcher = null; // learns of the end elsewhere, while a user is signed in
  let isClosed = false;
  let stopWaiting;
  const ended = new Promise((resolve) => { stopWaiting = () => resolve(null); });

  function become(next) {
    if (state === next) return;
    state = next;
    for (const listener of [...listeners]) listener(state, endedBecause);
  }

  function keep(fresh) {
    token = fresh;
    knownSession = fresh.session;
    become("signed-in");
    if (eventsUrl === null || isClosed) return;
    if (watcher !== null) return watcher.listen();
    watcher = watch({
      eventsUrl: eventsUrl ?? tokenUrl.replace(/token$/, "events"),
      channel: `${name}:events`,
      session: () => knownSession,
      onEnded: forget,
      // The cookie went without a word: the site knows more when it is asked.
      onNoSession: () => Promise.allSettled([refreshing]).then(() => refresh(token)).catch(() => {}),
    });
  }

  function forget(cause = "ended") {
    token = null;
    watcher?.close();
    endedBecause ??= cause;
    stopWaiting();
    become("signed-out");
  }

  // Another person's token must never answer for what this page shows.
  function isOtherUser(fresh) {
    return knownSession !== null && fresh.session !== knownSession;
  }

  function receive({ data }) {
    if (data?.type === "signed-out") {
      forget(data.cause);
    } else if (data?.type === "token" && typeof data.token?.value === "string") {
      if (state === "signed-out") return;
      if (isOtherUser(data.token)) forget("signed_in_again");
      else keep(data.token);
    }
    wakeListener?.();
  }

  function isFresh(early) {
    return token !== null && token.expiresAt - Date.now() > Math.min(early, token.lifetime / 10);
  }

  // Answers a token that differs from `stale`, or null when the person is signed out.
  function refresh(stale) {
    refreshing ??= exclusively(name, async (hadToWait) => {
      if (hadToWait && token === stale && state !== "signed-out") await listenBriefly();
      if (state === "signed-out") return null;
      if (token !== null && token !== stale) return token;
      return askForToken();
    }).finally(() => { refreshing = null; });
    return refreshing;
  }

  function listenBriefly() {
    return new Promise((resolve) => {
      const timer = setTimeout(done, WAIT_FOR_NEWS);
      function done() { clearTimeout(timer); wakeListener = null; resolve(); }
      wakeListener = done;
    });
  }

  async function askForToken() {
    const response = await post(routes.token);
    if (response.status === 401) {
      forget();
      tabs.postMessage({ type: "signed-out" });
      return null;
    }
    const body = await read(response);
    const lifetime = Number(body.expires_in) * 1000;
    if (typeof body.access_token !== "string" || !(lifetime > 0)) throw unavailable();
    const fresh = { value: body.access_token, session: body.session ?? null, name: body.name ?? null, lifetime, expiresAt: Date.now() + lifetime };
    if (state === "signed-out") return null;
    if (isOtherUser(fresh)) { forget("signed_in_again"); return null; }
    keep(fresh);
    tabs.postMessage({ type: "token", token: fresh });
    return fresh;
  }

  // A token that is good for a while. If the server cannot give one, the old one serves to its end.
  async function freshToken(early, signal) {
    if (state === "signed-out") return null;
    if (isFresh(early)) return token;
    try {
      return await abortable(newToken(token, signal), signal);
    } catch (error) {
      if (error.code === "unavailable" && token !== null && token.expiresAt > Date.now()) return token;
      throw error;
    }
  }

  // A request does not go on waiting for a sign-in that ended meanwhile.
  function newToken(stale, signal) {
    return Promise.race([whenOnline(signal).then(() => refresh(stale)), ended]);
  }

  async function sessionFetch(input, init) {
    const once = !canBeSentAgain(input, init);
    const request = new Request(input, init);
    checkTarget(request, allowed);
    const spare = once ? null : request.clone();
    const { signal } = request;
    const used = await freshToken(once ? EARLY_FOR_UPLOADS : EARLY, signal);
    if (used === null) throw signedOut();
    const response = await send(request, used);
    if (once || !isTokenRefused(response)) return response;

    const next = await abortable(newToken(used, signal), signal).catch((error) => {
      if (error.code === "unavailable") return used;
      throw error;
    });
    if (next === null) throw signedOut();
    if (next === used) return response;
    response.body?.cancel();
    return send(spare, next);
  }

  // A page that comes back from the browser's cache missed what happened meanwhile; so did one that
  // its person left for longer than its token lasts.
  function wakeUp({ persisted }) {
    if (state !== "signed-in" || globalThis.document?.visibilityState === "hidden") return;
    if (persisted) token = null;
    if (token === null || token.expiresAt <= Date.now()) newToken(token).catch(() => {});
  }
  globalThis.addEventListener?.("pageshow", wakeUp);
  globalThis.document?.addEventListener?.("visibilitychange", wakeUp);

  async function signOut() {
    const { location } = await exclusively(name, async () => {
      const body = await read(await post(routes.logout));
      forget("logged_out");
      tabs.postMessage({ type: "signed-out", cause: "logged_out" });
      return body;
    });
    globalThis.location.assign(new URL(location, routes.logout).href);
  }

  return {
    fetch: sessionFetch,
    async accessToken() { return (await freshToken(EARLY))?.value ?? null; },
    get state() { return state; },
    get endedBecause() { return endedBecause; },
    get displayName() { return token?.name ?? null; },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signIn(returnTo) {
      location.assign(loginAddress(routes.login, returnTo ?? thisPage()));
    },
    stepUp(response, returnTo) {
      const demand = demandOf(response);
      if (demand === null) return false;
      location.assign(loginAddress(routes.login, returnTo ?? thisPage(), demand));
      return true;
    },
    signOut,
    close() {
      isClosed = true;
      watcher?.close();
      tabs.close();
      listeners.clear();
      globalThis.removeEventListener?.("pageshow", wakeUp);
      globalThis.document?.removeEventListener?.("visibilitychange", wakeUp);
    },
  };
}

function thisPage() {
  return location.pathname + location.search + location.hash;
}

function signedOut() {
  return new SessionError("signed_out", "no user is signed in");
}

function unavailable(cause) {
  return new SessionError("unavailable", "the session cannot be refreshed now", cause);
}

// Read from the very object that is sent: the browser resolves addresses against <base>, not `location`.
function checkTarget(request, allowed) {
  const { origin } = new URL(request.url);
  if (!/^https?:/.test(request.url) || !allowed.has(origin)) {
    throw new SessionError("foreign_origin", `the token is not for ${origin}`);
  }
}

// No redirect is followed: browsers from before 2023 take the header along to another origin.
async function send(request, token) {
  const follows = request.redirect === "follow";
  const sent = follows ? new Request(request, { redirect: "manual" }) : request;
  sent.headers.set("Authorization", `Bearer ${token.value}`);
  const response = await fetch(sent);
  if (follows && response.type === "opaqueredirect") {
    throw new SessionError("redirected", `${request.url} redirects`);
  }
  return response;
}

// The header makes it a request that no other origin's page can send.
async function post(url) {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { [SCRIPT_HEADER]: "1" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      // The old refresh token may be spent already: the cookie with the new one must arrive, even
      // when the person leaves the page meanwhile.
      keepalive: true,
      signal: AbortSignal.timeout(TOKEN_TIMEOUT),
    });
  } catch (error) {
    throw unavailable(error);
  }
}

async function read(response) {
  if (!response.ok) throw unavailable();
  try {
    return await response.json();
  } catch (error) {
    throw unavailable(error);
  }
}

// RFC 6750 section 3.1: only this error says that another token would do.
function isTokenRefused(response) {
  const challenge = response.headers.get("WWW-Authenticate") ?? "";
  return response.status === 401 && /\berror="?invalid_token\b/.test(challenge);
}

// Text can be sent twice. Streams, files and forms are left alone: they may be spent or large.
function canBeSentAgain(input, init) {
  const body = init?.body;
  if (body !== undefined && body !== null) return typeof body === "string" || body instanceof URLSearchParams;
  return !(input instanceof Request && input.body);
}

// Runs `task` while no other tab runs one. It is told whether another tab was first.
async function exclusively(name, task) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return inThisPage(name, task);
  const busy = Symbol("busy");
  const result = await locks.request(name, { ifAvailable: true }, (lock) => (lock ? task(false) : busy));
  return result === busy ? locks.request(name, () => task(true)) : result;
}

const queues = new Map();

function inThisPage(name, task) {
  const before = queues.get(name);
  const run = (before ?? Promise.resolve()).then(() => task(before !== undefined));
  const settled = run.catch(() => {}).then(() => {
    if (queues.get(name) === settled) queues.delete(name);
  });
  queues.set(name, settled);
  return run;
}

// While the device knows that it is offline there is nothing to ask.
function whenOnline(signal) {
  if (globalThis.navigator?.onLine !== false) return Promise.resolve();
  return new Promise((resolve) => addEventListener("online", resolve, { once: true, signal }));
}

function abortable(promise, signal) {
  if (!signal) return promise;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
