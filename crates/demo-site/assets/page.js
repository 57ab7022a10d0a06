// An extra for pages that the server makes: an open one says so when its person is signed out, here or
// elsewhere. Without script the page is right again when it is next loaded.
import { watch } from "/auth/client.js";
import { because } from "/assets/causes.js";
import { add, listen } from "/assets/happenings.js";
import { words } from "/assets/words.js";

const person = document.getElementById("person");
const stopListening = listen("/happenings", person.dataset.session);

function say(cause) {
  stopListening();
  add({ words: because(cause) });
  document.getElementById("state").textContent = words.stateOut;
  document.getElementById("greeting").textContent = words.signedOut;
  document.getElementById("because").textContent = because(cause);
  document.getElementById("again").hidden = false;
  person.classList.add("out");
  // What the page knew about the person goes.
  for (const part of document.querySelectorAll("[data-personal]")) part.replaceChildren();
  for (const part of document.querySelectorAll("[data-signed-in]")) part.hidden = true;
}

watch({ eventsUrl: "/auth/events", session: person.dataset.session, onEnded: say });
