// The list of what happened: times of day as the reader's clock has them, and one line more when something happens.
const list = document.getElementById("happenings");
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", hourCycle: "h23" });
const MOST = 12;

function localise(time) {
  const at = new Date(Number(time.dataset.at) * 1000);
  time.dateTime = at.toISOString();
  time.textContent = clock.format(at);
}

function has(number) {
  return [...list.children].some((line) => line.dataset.number === String(number));
}

/** Puts a line on top, unless it is there; `at` is seconds since 1970, now if it is left out. */
export function add({ number = "", at = Date.now() / 1000, words }) {
  if (number !== "" && has(number)) return;
  const [line, time, text] = ["li", "time", "span"].map((name) => document.createElement(name));
  line.dataset.number = number;
  time.dataset.at = Math.floor(at);
  localise(time);
  text.textContent = words;
  line.append(time, " ", text);
  list.prepend(line);
  while (list.children.length > MOST) list.lastElementChild.remove();
}

/**
 * Listens to the site until the access token ends; answers what stops it. All tabs of a session share one stream, since a browser
 * opens few connections to a site. It does not begin again by itself: that would renew the token, and a page that is left open
 * would keep its sign-in alive.
 */
export function listen(url, session) {
  const name = `happenings ${session}`;
  const [tabs, stopped] = [new BroadcastChannel(name), new AbortController()];
  tabs.addEventListener("message", ({ data }) => (data === null ? stopped.abort() : add(data)));
  const stream = () =>
    new Promise((over) => {
      const source = new EventSource(url);
      stopped.signal.addEventListener("abort", () => over(source.close()));
      source.addEventListener("error", () => {
        tabs.postMessage(null);
        over(source.close());
      });
      source.addEventListener("message", ({ data }) => {
        const line = JSON.parse(data);
        add(line);
        tabs.postMessage(line);
      });
    });
  navigator.locks.request(name, { signal: stopped.signal }, stream).catch(() => {});
  return () => stopped.abort();
}

for (const time of list.querySelectorAll("time")) localise(time);
