// Small comforts; every page works without them. No state, no network, no inline handlers.
(function () {
  "use strict";

  // Show what is typed into a password field.
  document.querySelectorAll("[data-reveal]").forEach(function (button) {
    var field = document.getElementById(button.dataset.reveal);
    if (!field) return;
    function show(visible) {
      field.type = visible ? "text" : "password";
      button.textContent = visible ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-label", visible ? button.dataset.hideLabel : button.dataset.showLabel);
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      show(field.type === "password");
      field.focus();
    });
    // A password is only ever sent, saved and restored as one.
    field.form.addEventListener("submit", function () { show(false); });
    window.addEventListener("pageshow", function () { show(false); });
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { print(); });
  });

  // One press, one request. Freed again when the page comes back or the answer does not.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    var timer;
    function free() {
      clearTimeout(timer);
      form.removeAttribute("aria-busy");
    }
    form.addEventListener("submit", function (event) {
      if (form.hasAttribute("aria-busy")) {
        event.preventDefault();
        return;
      }
      form.setAttribute("aria-busy", "true");
      timer = setTimeout(free, 10000);
    });
    window.addEventListener("pageshow", free);
  });

  // Back from the browser's memory: the question may have been answered, the person signed out. Asked for anew, as by the
  // address, which never sends a form again.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) location.replace(location.href);
  });

  // A browser that ignored autofocus: an older one, or one that was given a fragment.
  window.addEventListener("load", function () {
    requestAnimationFrame(function () {
      var first = document.querySelector("[autofocus]");
      if (first && document.activeElement === document.body) first.focus();
    });
  });
})();
