// Solves the puzzle of a login form while a person types: numbers whose SHA-256 (FIPS 180-4) begins with enough zero bits.
// A slice at a time, so that the page stays usable. The server decides; nothing is sent but with the form.
(function () {
  "use strict";
  var PARTS = 8, BITS_OF_PARTS = 3, SLICE_MS = 25;
  var field = document.querySelector("[data-puzzle]");
  if (!field) return;
  var form = field.form, line = document.getElementById(field.dataset.status), say = line.dataset;
  var bits = Math.max(0, field.dataset.bits - BITS_OF_PARTS);

  // The first 32 bits behind the point of the roots of the first primes (4.2.2, 5.3.3).
  var K = new Int32Array(64), H = new Int32Array(8);
  function fraction(root) { return (root - Math.floor(root)) * 4294967296 | 0; }
  for (var candidate = 2, found = 0; found < 64; candidate++) {
    var divisor = 2;
    while (candidate % divisor) divisor++;
    if (divisor < candidate) continue;
    if (found < 8) H[found] = fraction(Math.sqrt(candidate));
    K[found++] = fraction(Math.cbrt(candidate));
  }

  var w = new Int32Array(64), bytes = new Uint8Array(64), view = new DataView(bytes.buffer);

  // The zero bits that the hash of a short text begins with; one block is enough for it.
  function zeroBits(text) {
    bytes.fill(0);
    for (var at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    bytes[at] = 0x80;
    view.setUint32(60, at * 8);
    for (var i = 0; i < 16; i++) w[i] = view.getInt32(i * 4);
    for (; i < 64; i++) {
      var x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + w[i - 7]
        + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3))
        + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ (y >>> 10));
    }
    var a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    for (i = 0; i < 64; i++) {
      var first = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i];
      var second = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c);
      h = g; g = f; f = e; e = d + first | 0;
      d = c; c = b; b = a; a = first + second | 0;
    }
    return Math.clz32(H[0] + a | 0);
  }

  var numbers = [], number = 0, isAwaited = false;

  function solve() {
    var until = performance.now() + SLICE_MS;
    do {
      for (var tries = 0; tries < 100; tries++) {
        if (zeroBits(field.dataset.puzzle + ":" + numbers.length + ":" + number) < bits) {
          number++;
          continue;
        }
        numbers.push(number);
        number = 0;
        if (numbers.length === PARTS) return finish();
      }
    } while (performance.now() < until);
    setTimeout(solve);
  }

  function finish() {
    field.value = numbers.join(".");
    line.textContent = say.done;
    if (isAwaited) form.submit();
  }

  // Pressed too early: the form goes by itself once the puzzle is solved.
  form.addEventListener("submit", function (event) {
    if (field.value || event.submitter && event.submitter.formNoValidate) return;
    event.preventDefault();
    isAwaited = true;
    line.textContent = say.waiting;
  });
  line.hidden = false;
  line.textContent = say.working;
  setTimeout(solve);
})();
