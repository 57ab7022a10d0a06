// The scripted page: it asks the site's own API and shows what it says. Tokens are the SDK's business.
import { createSession } from "/app/auth/client.js";
import { because } from "/assets/causes.js";
import { add } from "/assets/happenings.js";
import { words } from "/assets/words.js";

const session = createSession({
  tokenUrl: "/app/auth/token",
  loginUrl: "/app/auth/login",
  logoutUrl: "/app/auth/logout",
});
const element = (id) => document.getElementById(id);
const states = {
  "unknown": [words.stateUnknown, words.oneMoment, false, false],
  "signed-in": [words.stateIn, words.signedInAs, true, false],
  "signed-out": [words.stateOut, words.guest, false, true],
};
let shown = null; // { token, exp }
let refreshes = 0;

function show(state) {
  const [name, greeting, isIn, isOut] = states[state];
  element("state").textContent = name;
  const wasIn = isOut && session.endedBecause !== null && shown !== null;
  element("greeting").textContent = wasIn ? words.signedOut : greeting;
  element("panel").hidden = false;
  element("panel").classList.toggle("out", !isIn);
  element("sign-in").hidden = !isOut;
  element("sign-out").hidden = !isIn;
  element("tools").hidden = !isIn;
  element("token").hidden = !isIn;
  if (element("done") !== null) element("done").hidden = isIn;
  element("happened").hidden = !isIn && shown === null;
  element("because").textContent = wasIn ? because(session.endedBecause) : "";
  if (wasIn) add({ words: because(session.endedBecause) });
  if (isOut) forgetPerson();
}

function forgetPerson() {
  element("who").textContent = "";
  element("api-result").textContent = words.nothingAsked;
  shown = null;
}

function read(segment) {
  const text = atob(segment.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
}

async function showToken() {
  const token = await session.accessToken().catch(() => null);
  if (token === null) return;
  const [header, claims] = token.split(".").slice(0, 2).map(read);
  if (shown !== null && shown.token !== token) refreshes += 1;
  shown = { token, exp: claims.exp };
  element("who").textContent = session.displayName ?? claims.sub;
  element("kid").textContent = header.kid;
  element("refreshes").textContent = words.times(refreshes);
  showTime();
}

// Only looks at the token: an idle page refreshes nothing.
function showTime() {
  if (shown === null) return;
  const seconds = Math.max(0, Math.round(shown.exp - Date.now() / 1000));
  element("expires-in").textContent = seconds > 90 ? words.minutes(Math.floor(seconds / 60)) : words.seconds(seconds);
}

async function call(path, button) {
  button.disabled = true;
  element("api-result").textContent = words.asking;
  try {
    const response = await session.fetch(path);
    // It wants the person to confirm that it is them: they go there and come back to this page.
    if (session.stepUp(response)) return;
    const text = await response.text();
    element("api-result").textContent = `${response.status}\n${pretty(text)}`;
  } catch (error) {
    element("api-result").textContent = explain(error);
  } finally {
    button.disabled = false;
    showToken();
    showHappenings();
  }
}

// What the site noted since, oldest first, so that each comes to stand above the one before.
async function showHappenings() {
  const response = await session.fetch("/api/happenings").catch(() => null);
  if (!response?.ok) return;
  for (const entry of (await response.json()).reverse()) add(entry);
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function explain(error) {
  if (error.code === "signed_out") return words.isSignedOut;
  if (error.code === "unavailable") return words.unavailable;
  console.error(error);
  return words.failed;
}

session.onChange((state) => {
  show(state);
  if (state === "signed-in") showToken();
});
element("sign-in").addEventListener("click", () => session.signIn());
element("sign-out").addEventListener("click", () => {
  session.signOut().catch((error) => { element("api-result").textContent = explain(error); });
});
element("call-profile").addEventListener("click", ({ target }) => call("/api/profile", target));
element("call-payout").addEventListener("click", ({ target }) => call("/api/payout", target));
element("call-slow").addEventListener("click", ({ target }) => call("/api/slow", target));
show(session.state);
showToken();
setInterval(showTime, 1000);
