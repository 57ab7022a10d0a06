// The scripted page: it asks the site's own API and shows what it says. Tokens are the SDK's business.
import { createSession } from "/app/auth/client.js";
import { because } from "/assets/causes.js";

const session = createSession({
  tokenUrl: "/app/auth/token",
  loginUrl: "/app/auth/login",
  logoutUrl: "/app/auth/logout",
});
const element = (id) => document.getElementById(id);
const words = {
  "unknown": ["One moment", false, false],
  "signed-in": ["Signed in as", true, false],
  "signed-out": ["You are a guest", false, true],
};
let shown = null; // { token, exp }
let refreshes = 0;

function show(state) {
  const [greeting, isIn, isOut] = words[state];
  element("state").textContent = state;
  const wasIn = isOut && session.endedBecause !== null && shown !== null;
  element("greeting").textContent = wasIn ? "You are signed out" : greeting;
  element("panel").hidden = false;
  element("panel").classList.toggle("out", !isIn);
  element("sign-in").hidden = !isOut;
  element("sign-out").hidden = !isIn;
  element("tools").hidden = !isIn;
  element("token").hidden = !isIn;
  element("because").textContent = wasIn ? because(session.endedBecause) : "";
  if (isOut) forgetPerson();
}

function forgetPerson() {
  element("who").textContent = "";
  element("api-result").textContent = "Nothing asked yet.";
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
  element("who").textContent = claims.sub;
  element("kid").textContent = header.kid;
  element("refreshes").textContent = `${refreshes} ${refreshes === 1 ? "time" : "times"}`;
  showTime();
}

// Only looks at the token: an idle page refreshes nothing.
function showTime() {
  if (shown === null) return;
  const seconds = Math.max(0, Math.round(shown.exp - Date.now() / 1000));
  element("expires-in").textContent = seconds > 90 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
}

async function call(path, button) {
  button.disabled = true;
  element("api-result").textContent = "Asking …";
  try {
    const response = await session.fetch(path);
    const text = await response.text();
    element("api-result").textContent = `${response.status}\n${pretty(text)}`;
  } catch (error) {
    element("api-result").textContent = explain(error);
  } finally {
    button.disabled = false;
    showToken();
  }
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function explain(error) {
  if (error.code === "signed_out") return "You are signed out.";
  if (error.code === "unavailable") return "The site cannot be reached just now. You stay signed in.";
  return String(error);
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
element("call-slow").addEventListener("click", ({ target }) => call("/api/slow", target));
show(session.state);
showToken();
setInterval(showTime, 1000);
