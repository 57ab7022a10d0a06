// Says while a person types how far a new password has got. The server decides; nothing is sent or kept here.
(function () {
  "use strict";

  // More than half of the letters are the one before, or its neighbour in the alphabet.
  function isRun(letters) {
    var steps = letters.filter(function (letter, at) {
      return at > 0 && Math.abs(letter.codePointAt(0) - letters[at - 1].codePointAt(0)) < 2;
    });
    return steps.length * 2 > letters.length;
  }

  function isPattern(text, letters) {
    return /^(.{1,12}?)\1+.?$/su.test(text) || new Set(letters).size < 6 || isRun(letters);
  }

  document.querySelectorAll("[data-strength]").forEach(function (field) {
    var line = document.getElementById(field.dataset.strength);
    if (!line) return;
    var say = line.dataset, timer;

    function verdict() {
      var text = field.value.normalize("NFC").toLowerCase();
      var letters = Array.from(text), missing = say.minimum - letters.length;
      var name = field.form.elements.username;
      if (!letters.length) return ["", ""];
      if (missing > 0) return ["", say.more + " " + missing];
      if (isPattern(text, letters)) return ["weak", say.pattern];
      name = name ? name.value.toLowerCase() : "";
      if (name.length > 3 && text.includes(name)) return ["weak", say.named];
      return ["enough", say.enough];
    }

    // Told once a person pauses: a reader of the screen need not hear each letter counted.
    field.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(function () {
        var said = verdict();
        line.hidden = !said[1];
        line.dataset.state = said[0];
        line.textContent = said[1];
      }, 250);
    });
  });
})();
