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
 * Listens to the site until the access token ends; answers what stops it. It does not begin again by itself: that would renew
 * the token, and a page that is left open would keep its sign-in alive.
 */
export function listen(url) {
  const source = new EventSource(url);
  source.addEventListener("error", () => source.close());
  source.addEventListener("message", ({ data }) => add(JSON.parse(data)));
  return () => source.close();
}

for (const time of list.querySelectorAll("time")) localise(time);
