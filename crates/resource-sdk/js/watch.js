// Learns when and why a sign-in of this site ended, without asking again and again: one stream per
// browser, held by one of its tabs (Web Locks), which tells the others (BroadcastChannel). When that
// tab closes, is frozen or does not answer, the next one takes over. A broken stream is opened again
// after a random pause; being offline ends nothing. No token is needed or seen here. No dependencies.

const SCRIPT_HEADER = "X-Session-Request";
// The site says something every 15 seconds.
const QUIET = 45_000;
// After such a time the site judges the sign-in anew, if the person is back at the page.
const AWAY = 300_000;
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 60_000;
// A tab that listens answers the others within this time, or is taken for frozen.
const ANSWER_WITHIN = 1_500;
const NEWS_TRAVEL = 200;

/**
 * An address of this page's own origin. `fetch` and `location.assign` resolve a path against
 * `document.baseURI`, so that a `<base>` in the page would send cookies' routes to another site.
 */
export function ownUrl(path) {
  const origin = globalThis.origin ?? new URL(globalThis.location.href).origin;
  const url = new URL(path, origin);
  if (url.origin !== origin) throw new TypeError(`${path} is not an address of ${origin}`);
  return url.href;
}

/** Listens for the end of a sign-in; see watch.d.ts. */
export function watch({ eventsUrl, session = null, onEnded, onNoSession, channel }) {
  const name = channel ?? `watch:${eventsUrl}`;
  const streamUrl = ownUrl(eventsUrl);
  const tabs = openChannel(name, hear);
  let turn = null; // AbortController of this tab's wish to listen
  let stream = null; // AbortController of the stream that this tab holds
  let leads = false;
  let isOver = false;
  let heardAt = Date.now();
  let endPause = null;
  let doubt; // timer: the tab that listens was asked for an answer

  function hear({ data }) {
    if (data?.type === "ended") learn(data.session, data.cause);
    else if (data?.type === "session") compare(data.session);
    else if (data?.type === "here") clearTimeout(doubt);
    else if (data?.type === "there?" && leads) {
      tabs.postMessage({ type: "here" });
      hurry();
    }
  }

  function share(whose, cause) {
    tabs.postMessage({ type: "ended", session: whose, cause });
    learn(whose, cause);
  }

  // The end of another sign-in than the one behind this page is not this page's.
  function learn(whose, cause) {
    const own = mine();
    if (isOver || (own !== null && whose !== null && own !== whose)) return;
    close();
    // What goes wrong there is the page's, and must not look like a broken stream.
    queueMicrotask(() => onEnded(cause));
  }

  // The cookies of this browser are another sign-in's by now.
  function compare(present) {
    if (mine() !== null && mine() !== present) learn(mine(), "signed_in_again");
  }

  function mine() {
    return (typeof session === "function" ? session() : session) ?? null;
  }

  function start(steal = false) {
    if (isOver || turn) return;
    const own = (turn = new AbortController());
    exclusively(name, own.signal, steal, () => listen(own.signal)).catch(() => {
      // Another tab took the lock away. Wait for it as the others do.
      if (turn !== own) return;
      pause();
      start();
    });
  }

  function pause() {
    clearTimeout(doubt);
    turn?.abort();
    stream?.abort();
    endPause?.();
    turn = null;
  }

  async function listen(signal) {
    leads = true;
    let failures = 0;
    while (!signal.aborted) {
      const { goesOn, wasOpen, retryAfter } = await hold(signal);
      if (!goesOn || signal.aborted) break;
      failures = wasOpen ? 0 : failures + 1;
      const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
      await rest(isOffline() ? Infinity : retryAfter + Math.random() * longest, signal);
    }
    if (turn === null || turn.signal === signal) {
      leads = false;
      turn = null;
    }
    // The others shall hear of the end before one of them gets the lock and asks.
    if (isOver) await new Promise((resolve) => setTimeout(resolve, NEWS_TRAVEL));
  }

  // One stream, from its opening to its end.
  async function hold(signal) {
    const own = (stream = new AbortController());
    let timer = setTimeout(() => own.abort(), QUIET);
    const outcome = { goesOn: true, wasOpen: false, retryAfter: 0 };
    try {
      const response = await fetch(streamUrl, {
        headers: { Accept: "text/event-stream", [SCRIPT_HEADER]: cameBack() ? "came-back" : "1" },
        credentials: "same-origin", cache: "no-store", redirect: "error", signal: own.signal,
      });
      outcome.retryAfter = Number(response.headers.get("Retry-After")) * 1000 || 0;
      if (response.status === 204) onNoSession ? queueMicrotask(onNoSession) : share(null, "ended");
      if (response.status !== 200) {
        // Refusals are final; overload and trouble are not.
        outcome.goesOn = response.status >= 500 || response.status === 429;
        return outcome;
      }
      outcome.wasOpen = true;
      for await (const event of events(response.body, () => {
        heardAt = Date.now();
        clearTimeout(timer);
        timer = setTimeout(() => own.abort(), QUIET);
      })) {
        if (event.type === "signed-out") share(event.session, event.cause);
        if (event.type === "listening") {
          tabs.postMessage({ type: "session", session: event.session });
          compare(event.session);
        }
      }
    } catch {
      // Broken, or given up on purpose.
    } finally {
      clearTimeout(timer);
      own.abort();
    }
    outcome.goesOn = !signal.aborted;
    return outcome;
  }

  function cameBack() {
    return isVisible() && Date.now() - heardAt > AWAY;
  }

  function rest(time, signal) {
    return new Promise((resolve) => {
      const timer = time === Infinity ? undefined : setTimeout(done, time);
      function done() { clearTimeout(timer); endPause = null; resolve(); }
      endPause = done;
      if (signal.aborted) done();
    });
  }

  // A stream that went quiet while the machine slept is dead, though no error says so.
  function hurry() {
    if (Date.now() - heardAt > QUIET) stream?.abort();
    endPause?.();
  }

  // The user is back at this tab: one tab must be listening for it.
  function check() {
    if (isOver || !isVisible()) return;
    start();
    if (leads) return hurry();
    tabs.postMessage({ type: "there?" });
    clearTimeout(doubt);
    doubt = setTimeout(() => { pause(); start(true); }, ANSWER_WITHIN);
  }

  function close() {
    isOver = true;
    pause();
    tabs.close();
    for (const [target, type, listener] of moments) target?.removeEventListener?.(type, listener);
  }

  const page = globalThis.document;
  const moments = [
    // A page in the browser's cache, or frozen, hears nothing and must not keep another tab from listening.
    [globalThis, "pagehide", pause],
    [page, "freeze", pause],
    [globalThis, "pageshow", check],
    [page, "resume", check],
    [page, "visibilitychange", check],
    [globalThis, "online", hurry],
  ];
  for (const [target, type, listener] of moments) target?.addEventListener?.(type, listener);
  start();
  return { close, listen: () => start() };
}

// The events of a stream: objects with the type and what is in the data.
async function* events(body, onSign) {
  let text = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onSign();
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const type = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (type && data) yield { ...JSON.parse(data), type };
    }
  }
}

// Runs `task` when it is this tab's turn; rejects when another tab steals it.
async function exclusively(name, signal, steal, task) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return task();
  const run = () => (signal.aborted ? undefined : task());
  try {
    return await locks.request(name, steal ? { steal } : { signal }, run);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function isVisible() {
  return globalThis.document?.visibilityState !== "hidden";
}

function isOffline() {
  return globalThis.navigator?.onLine === false;
}

/** The channel of all tabs, where there are any. */
export function openChannel(name, hear) {
  if (typeof BroadcastChannel === "undefined") return { postMessage() {}, close() {} };
  const channel = new BroadcastChannel(name);
  channel.onmessage = hear;
  return channel;
}
