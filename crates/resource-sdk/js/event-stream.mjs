// For the tests: a site's `events` route, and the locks of one browser.

/** A route that holds its streams open; `say` speaks on all of them. */
export class Events {
  streams = [];
  asked = [];
  answers = []; // statuses for the next requests, before there are streams
  session = "one";

  answer(init) {
    const headers = new Headers(init.headers);
    this.asked.push(headers.get("x-session-request"));
    const status = this.answers.shift() ?? 200;
    if (status !== 200) return new Response(null, { status });
    const stream = {};
    const body = new ReadableStream({ start(controller) { stream.controller = controller; } });
    this.streams.push(stream);
    init.signal?.addEventListener("abort", () => this.end(stream, init.signal.reason), { once: true });
    this.write(stream, "listening", { session: this.session, cause: null });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  write({ controller }, type, data) {
    controller.enqueue(new TextEncoder().encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  say(type, data) {
    for (const stream of this.streams) this.write(stream, type, data);
  }

  end(stream, reason) {
    if (!this.streams.includes(stream)) return;
    this.streams = this.streams.filter((other) => other !== stream);
    if (reason) stream.controller.error(reason);
    else stream.controller.close();
  }
}

/** As much of the Web Locks API as the modules use. */
export class Locks {
  held = new Map(); // name -> { reject }
  waiting = [];

  request(name, options, task) {
    if (typeof options === "function") [options, task] = [{}, options];
    if (options.ifAvailable && this.held.has(name)) return Promise.resolve(task(null));
    return new Promise((resolve, reject) => {
      const wish = { name, task, resolve, reject };
      if (options.steal) {
        this.held.get(name)?.reject(new DOMException("stolen", "AbortError"));
        this.held.delete(name);
        this.waiting.unshift(wish);
      } else {
        this.waiting.push(wish);
      }
      options.signal?.addEventListener("abort", () => {
        if (!this.waiting.includes(wish)) return;
        this.waiting = this.waiting.filter((other) => other !== wish);
        reject(options.signal.reason);
      });
      this.next(name);
    });
  }

  next(name) {
    if (this.held.has(name)) return;
    const wish = this.waiting.find((each) => each.name === name);
    if (!wish) return;
    this.waiting = this.waiting.filter((other) => other !== wish);
    this.held.set(name, wish);
    Promise.resolve({ name }).then(wish.task).then(wish.resolve, wish.reject).finally(() => {
      if (this.held.get(name) !== wish) return;
      this.held.delete(name);
      this.next(name);
    });
  }
}
