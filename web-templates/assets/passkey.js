// Asks the browser for passkeys (WebAuthn), and sends the answer with the form.
(function () {
  "use strict";
  var api = window.PublicKeyCredential, form = document.querySelector("form[data-passkey]"), waiting;

  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    var raw = Array.from(new Uint8Array(buffer), function (byte) { return String.fromCharCode(byte); }).join("");
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function named(list) {
    return (list || []).map(function (item) { return Object.assign(item, { id: bytes(item.id) }); });
  }

  // What an authenticator should know of its passkeys, where the browser can tell it.
  function tell(method, attribute) {
    var about = document.querySelector("[" + attribute + "]");
    if (!about || !api || !api[method]) return;
    api[method](JSON.parse(about.getAttribute(attribute))).catch(function () {});
  }
  tell("signalAllAcceptedCredentials", "data-passkeys-accepted");
  tell("signalUnknownCredential", "data-passkey-unknown");

  if (!form) return;
  var field = form.elements.passkey, button = form.querySelector("[value=passkey]");
  var status = document.getElementById("passkey-status");
  // A browser may have kept it with its history.
  field.value = "";
  if (!api) {
    if (button.dataset.optional) button.hidden = true;
    return;
  }

  function ask(mediation) {
    var options = JSON.parse(form.dataset.passkey), container = navigator.credentials;
    if (waiting) waiting.abort();
    waiting = new AbortController();
    options.challenge = bytes(options.challenge);
    options.allowCredentials = named(options.allowCredentials);
    options.excludeCredentials = named(options.excludeCredentials);
    if (options.user) options.user.id = bytes(options.user.id);
    var request = { publicKey: options, signal: waiting.signal };
    if (mediation) request.mediation = mediation;
    return (options.user ? container.create(request) : container.get(request)).then(send);
  }

  function send(credential) {
    var made = credential.response, said = { clientDataJSON: text(made.clientDataJSON) };
    if (made.signature) {
      said.authenticatorData = text(made.authenticatorData);
      said.signature = text(made.signature);
      if (made.userHandle && made.userHandle.byteLength) said.userHandle = text(made.userHandle);
    } else {
      said.authenticatorData = text(made.getAuthenticatorData());
      said.transports = made.getTransports ? made.getTransports() : [];
    }
    field.value = JSON.stringify({
      id: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      response: said
    });
    form.requestSubmit(button);
  }

  function say(error) {
    if (error.name === "AbortError") return;
    var said = { NotAllowedError: "cancelled", InvalidStateError: "exists" }[error.name] || "failed";
    status.textContent = status.dataset[said];
    status.hidden = false;
  }

  // Saved without a question; asked for once in a browser; only that is kept.
  if (form.dataset.offer) {
    var done = "passkey offered " + JSON.parse(form.dataset.passkey).user.id;
    if (!api.getClientCapabilities) return;
    api.getClientCapabilities().then(function (can) {
      if (!can.conditionalCreate || localStorage.getItem(done)) return;
      localStorage.setItem(done, "yes");
      return ask("conditional");
    }).catch(function () {});
    return;
  }

  button.addEventListener("click", function (event) {
    if (field.value) return;
    event.preventDefault();
    status.hidden = true;
    ask().catch(say);
  });

  // Among what is offered for the name; only the button says what went wrong.
  if (form.elements.username && api.isConditionalMediationAvailable) {
    api.isConditionalMediationAvailable().then(function (can) {
      if (can && !waiting) return ask("conditional");
    }).catch(function () {});
  }
})();
