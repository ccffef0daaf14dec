// The one connection of a browser to aegisd's events, for all of its tabs: as a SharedWorker, or imported by a page where
// there is none. Read with fetch, not EventSource: that one gives up for good on a 502, does not say what it was told,
// and hangs on a connection that died without a word.
const WAITS = [300, 600, 1000, 2000, 4000, 8000, 15000, 30000];
const SILENCE = 40000; // aegisd says something every 15 s

export class Stream {
  constructor(url, last, tell) {
    Object.assign(this, { url, last, tell, state: "connecting", since: Date.now(), failures: 0, stopped: false });
    this.run();
  }

  async run() {
    while (!this.stopped) {
      try {
        await this.once();
        this.failures = 0;
      } catch {
        this.failures += 1;
      }
      if (this.stopped) return;
      if (this.state !== "lost") this.move("lost");
      const wait = WAITS[Math.min(this.failures, WAITS.length - 1)];
      await new Promise((done) => { this.wake = done; setTimeout(done, wait * (0.8 + 0.4 * Math.random())); });
    }
  }

  async once() {
    this.abort = new AbortController();
    this.listen();
    try {
      const headers = { Accept: "text/event-stream" };
      if (this.last) headers["Last-Event-ID"] = this.last;
      const answer = await fetch(this.url, { headers, cache: "no-store", signal: this.abort.signal });
      const kind = answer.headers.get("Content-Type") || "";
      if (!answer.ok || !kind.startsWith("text/event-stream")) {
        if (answer.body) await answer.body.cancel();
        throw new Error(String(answer.status));
      }
      this.failures = 0;
      this.move("live");
      await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    } finally {
      clearTimeout(this.watch);
    }
  }

  async read(reader) {
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.listen();
      text += value;
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop();
      for (const block of blocks) this.take(block);
    }
  }

  take(block) {
    let name = "message", data = "", id = null;
    for (const line of block.split(/\r?\n/)) {
      const at = line.indexOf(":");
      if (at <= 0) continue;
      const value = line.slice(at + 1).replace(/^ /, "");
      const field = line.slice(0, at);
      if (field === "event") name = value;
      else if (field === "data") data += value;
      else if (field === "id") id = value;
    }
    if (id) this.last = id;
    else if (name === "reset") this.last = null;
    if (!data && name === "message") return;
    let body = null;
    try { body = JSON.parse(data); } catch { /* words */ }
    this.tell({ kind: name === "reset" || name === "bye" ? name : "event", name, body, last: this.last });
  }

  listen() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.abort.abort(), SILENCE);
  }

  move(state) {
    this.state = state;
    this.since = Date.now();
    this.tell(this.status());
  }

  status() {
    return { kind: "state", state: this.state, since: this.since, last: this.last };
  }

  // somebody came back: do not wait for the next attempt
  hurry() {
    if (this.state !== "live" && this.wake) this.wake();
  }

  stop() {
    this.stopped = true;
    if (this.abort) this.abort.abort();
  }
}

if ("onconnect" in globalThis) {
  const ports = new Set();
  let stream = null;
  globalThis.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = ({ data }) => {
      if (data.kind === "hello") {
        ports.add(port);
        if (stream) port.postMessage(stream.status());
        else stream = new Stream(data.url, data.cursor, (told) => ports.forEach((each) => each.postMessage(told)));
      } else if (data.kind === "leave") {
        ports.delete(port);
        if (ports.size === 0 && stream) { stream.stop(); stream = null; }
      } else if (data.kind === "hurry" && stream) stream.hurry();
    };
  };
}
