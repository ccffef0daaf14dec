// Keeps a page live: events say that something is new, the page is then fetched again as a whole and what differs in it
// is exchanged. What is shown always comes from one moment of the server, and there is one renderer.
const root = document.documentElement;
const script = document.querySelector("script[data-worker]");
const url = new URL(`${root.dataset.base}/api/v1/stream`, location.href).href;
const LEAST = 500; // ms between two fetches
const POLL = 10000;
const WORDS = { success: "passed", failure: "failed", error: "had an error", timeout: "timed out", cancellation: "was cancelled", skip: "was skipped" };

const parts = new Map(); // id of a live part -> its HTML as the server wrote it
const paused = new Map(); // id of a part that stands still -> events since then
let cursor = root.dataset.cursor, hello = null, timer = null, busy = false, again = false, stale = false, poller = null;
let connection = { state: "connecting", since: Date.now() }, lastFetch = 0, saidAt = 0, dataFrom = root.dataset.now * 1000;

const $ = (id) => document.getElementById(id);
const remember = () => { for (const part of document.querySelectorAll("[data-live][id]")) parts.set(part.id, part.outerHTML); };

function showState() {
  const { state, since } = connection;
  const shown = $("conn");
  if (!shown) return;
  const polled = state !== "live" && Date.now() - dataFrom < 2 * POLL && Date.now() - since > POLL;
  shown.dataset.state = state === "live" ? "live" : polled || state === "connecting" ? "still" : "lost";
  let text = `Data from ${clock(dataFrom)}`;
  if (state === "live") text = "Live";
  else if (state === "lost" && !polled) text = `Reconnecting since ${clock(since)} · data from ${clock(dataFrom)}`;
  if ($("conn-text").textContent !== text) $("conn-text").textContent = text;
}

function say(text) {
  if (Date.now() - saidAt < 5000) return;
  saidAt = Date.now();
  $("said").textContent = text;
}

const seq = (id) => Number((id || "").split(".")[1] || 0);

function concerns(body) {
  const wanted = root.dataset.follow;
  return wanted === "all" || (wanted.startsWith("run:") && (!body || String(body.run) === wanted.slice(4)));
}

function take(told) {
  if (told.kind === "state") {
    const before = connection.state;
    connection = told;
    if (told.state === "live") {
      if (before === "lost" || told.last !== cursor) refresh();
    } else if (told.state === "lost" && before === "live") say("The connection to aegis is lost; this is the last known state");
    showState();
  } else if (told.kind === "reset") {
    const gap = $("gap");
    if (gap) {
      const { from, to } = told.body || {};
      gap.textContent = from && to ? `Events ${from} to ${to} passed while this page was not connected; what is kept of them is in the list.` : "The stream began anew; this list was read again.";
      gap.hidden = false;
    }
    refresh();
  } else if (told.kind === "event") {
    const body = told.body && told.body.event ? told.body.event : told.body;
    document.dispatchEvent(new CustomEvent("aegis:event", { detail: body }));
    for (const [id, count] of paused) { paused.set(id, count + 1); showPause(id); }
    if (body && body.type === "workflow.completed" && concerns(body)) {
      say(`${body.workflow} #${body.run} ${WORDS[(body.data || {}).result] || "ended"}`);
    }
    if (body && body.type === "workflow.queued") announce();
    if (concerns(body)) refresh();
  }
}

function announce() {
  const bar = $("announce");
  if (!bar) return;
  bar.dataset.count = Number(bar.dataset.count || 0) + 1;
  bar.textContent = `${bar.dataset.count} new ${bar.dataset.count === "1" ? "run" : "runs"} — show`;
  bar.hidden = false;
}

function refresh() {
  if (root.dataset.follow === "none" || timer) return;
  if (document.hidden) { stale = true; return; }
  if (busy) { again = true; return; }
  timer = setTimeout(fetchPage, Math.max(30, lastFetch + LEAST - Date.now()));
}

// The same view with another query: other parts of the page, and no other page.
function goTo(href) {
  history.replaceState(null, "", href);
  clearTimeout(timer);
  if (!busy) fetchPage();
}

async function fetchPage() {
  timer = null; busy = true; again = stale = false; lastFetch = Date.now();
  const asked = location.href;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-cache" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    dataFrom = Date.now();
  } catch { /* the connection says how old this is; the next event or poll tries again */ }
  busy = false;
  showState();
  if (location.href !== asked) fetchPage(); else if (again) refresh();
}

function exchange(fresh) {
  const there = fresh.documentElement.dataset;
  if (!there.build) return;
  if (there.build !== root.dataset.build) {
    $("said").textContent = "aegis was updated. ";
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "Reload" });
    $("said").append(link);
    return;
  }
  cursor = there.cursor;
  root.dataset.follow = there.follow;
  for (const slider of document.querySelectorAll("input[type=range][id]")) {
    const other = fresh.getElementById(slider.id);
    if (other) { slider.max = other.max; if (slider !== document.activeElement) slider.value = other.value; }
  }
  if (document.title !== fresh.title) document.title = fresh.title;
  const icon = fresh.getElementById("icon");
  if (icon && icon.getAttribute("href") !== $("icon").getAttribute("href")) $("icon").setAttribute("href", icon.getAttribute("href"));
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const other = fresh.getElementById(part.id);
    if (!other || paused.has(part.id) || parts.get(part.id) === other.outerHTML || isSelected(part)) continue;
    parts.set(part.id, other.outerHTML);
    swap(part, other);
  }
  prepare();
}

const isSelected = (part) => {
  const selection = getSelection();
  return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
};

// Focus and unfolded parts outlive the exchange.
function swap(part, other) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const open = [...part.querySelectorAll("details[id]")].filter((each) => each.open).map((each) => each.id);
  const scrolled = [...part.querySelectorAll("[id]")].filter((each) => each.scrollLeft).map((each) => [each.id, each.scrollLeft]);
  const node = document.adoptNode(other);
  for (const id of open) { const found = node.querySelector(`#${CSS.escape(id)}`); if (found) found.open = true; }
  const handle = active && (active.id ? `#${CSS.escape(active.id)}` : active.getAttribute("href") ? `[href="${CSS.escape(active.getAttribute("href"))}"]` : active.localName);
  part.replaceWith(node);
  for (const [id, left] of scrolled) { const found = $(id); if (found) found.scrollLeft = left; }
  if (handle) { const found = node.matches(handle) ? node : node.querySelector(handle); if (found) found.focus({ preventScroll: true }); }
}

function showPause(id) {
  const button = document.querySelector(`button[data-pause="${CSS.escape(id)}"]`);
  if (!button) return;
  const waiting = paused.get(id);
  button.setAttribute("aria-pressed", String(paused.has(id)));
  button.textContent = paused.has(id) ? `Resume (${waiting} waiting)` : "Pause";
}

function prepare() {
  for (const button of document.querySelectorAll("button[data-pause], button[data-copy]")) button.hidden = false;
  for (const id of paused.keys()) showPause(id);
  tick();
}

function span(seconds) {
  const all = Math.max(0, Math.round(seconds)), hours = Math.floor(all / 3600), two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(all / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

function age(seconds) {
  if (seconds < 1) return "now";
  if (seconds < 60) return `${Math.floor(seconds)}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

// Times come in UTC. Auto leaves each in its form, in the time zone of the reader; the others make all alike.
const isUtc = () => root.dataset.clock === "utc";
const iso = (time) => new Date(time - (isUtc() ? 0 : new Date(time).getTimezoneOffset() * 60000)).toISOString();
const clock = (time) => iso(time).slice(11, 19);
const day = (time) => ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][new Date(iso(time)).getUTCDay()];
const zone = (time) => (isUtc() ? "UTC" : new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(time).find(({ type }) => type === "timeZoneName").value);
const ago = (time) => (time > Date.now() ? `in ${span((time - Date.now()) / 1000)}` : age((Date.now() - time) / 1000));
const FORMS = {
  age: (time) => (root.dataset.clock ? iso(time).slice(0, 19).replace("T", " ") : ago(time)),
  clock,
  date: (time) => `${day(time)} ${iso(time).slice(0, 10)} ${clock(time)} ${zone(time)}`,
  due: (time) => (time - Date.now() < 864e5 ? iso(time).slice(11, 16) : time - Date.now() < 6 * 864e5 ? `${day(time)} ${iso(time).slice(11, 16)}` : iso(time).slice(0, 10)),
};

// Ages go on; what runs stands still while nobody knows whether it does.
function tick() {
  if (document.hidden) return;
  const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  for (const node of document.querySelectorAll("time[data-as]")) {
    const time = Date.parse(node.dateTime), stamp = FORMS.date(time);
    set(node, (root.dataset.clock === "ago" ? ago : FORMS[node.dataset.as])(time));
    if (node.title !== stamp) node.title = stamp;
  }
  if (connection.state === "lost") return;
  for (const node of document.querySelectorAll("time[data-span]")) set(node, span((Date.now() - Date.parse(node.dateTime)) / 1000));
}

function connect() {
  const message = { kind: "hello", url, cursor };
  if (globalThis.SharedWorker) {
    try {
      const worker = new SharedWorker(script.dataset.worker, { type: "module", name: "aegis" });
      worker.port.onmessage = ({ data }) => take(data);
      worker.port.start();
      worker.onerror = () => { worker.onerror = null; alone(); };
      worker.port.postMessage(message);
      hello = (kind) => worker.port.postMessage({ ...message, kind, cursor });
      return;
    } catch { /* not here */ }
  }
  alone();
}

// One stream per tab, and only while it is looked at.
async function alone() {
  const { Stream } = await import(script.dataset.worker);
  let stream = new Stream(url, cursor, take);
  hello = (kind) => {
    if (kind === "leave") { stream.stop(); stream = null; }
    else if (!stream) stream = new Stream(url, cursor, take);
    else stream.hurry();
  };
  document.addEventListener("visibilitychange", () => hello(document.hidden ? "leave" : "hurry"));
}

function setTheme(theme) {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  try { if (theme === "auto") localStorage.removeItem("aegis-theme"); else localStorage.setItem("aegis-theme", theme); } catch { /* for this page only */ }
  if ($("theme")) $("theme").textContent = `Theme: ${theme}`;
}

function setClock(how) {
  if (how === "auto") delete root.dataset.clock; else root.dataset.clock = how;
  try { if (how === "auto") localStorage.removeItem("aegis-clock"); else localStorage.setItem("aegis-clock", how); } catch { /* for this page only */ }
  showClock();
  tick();
  showState();
}

function showClock() {
  const how = root.dataset.clock || "auto";
  if ($("clock")) { $("clock").hidden = false; $("clock").textContent = `Clock: ${how === "utc" ? "UTC" : how}`; }
  if ($("zone")) $("zone").textContent = isUtc() ? "times are UTC" : how === "ago" ? "times are ages" : `times are yours (${zone(Date.now())})`;
}

document.addEventListener("input", ({ target }) => {
  if (target.type !== "range" || !target.form) return;
  const there = new URL(target.form.action);
  there.searchParams.set(target.name, target.value);
  const flip = new URLSearchParams(location.search).get("flip");
  if (flip) there.searchParams.set("flip", flip);
  goTo(there.href);
});
document.addEventListener("click", async (event) => {
  const { target } = event;
  const soft = target.closest("a[data-soft]");
  if (soft && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    goTo(soft.href);
    return;
  }
  const button = target.closest("button");
  if (!button) return;
  if (button.dataset.copy !== undefined) {
    let done = "Copied";
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      done = "Selected: press Ctrl+C";
    }
    button.textContent = done;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  } else if (button.dataset.pause !== undefined) {
    const id = button.dataset.pause;
    if (paused.delete(id)) refresh(); else paused.set(id, 0);
    showPause(id);
  } else if (button.id === "theme") {
    const themes = ["auto", "light", "dark"];
    setTheme(themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % 3]);
  } else if (button.id === "clock") {
    const clocks = ["auto", "local", "utc", "ago"];
    setClock(clocks[(clocks.indexOf(root.dataset.clock || "auto") + 1) % 4]);
  }
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) { tick(); if (hello) hello("hurry"); if (stale) refresh(); } });
addEventListener("online", () => hello && hello("hurry"));
addEventListener("pagehide", () => hello && hello("leave"));
addEventListener("pageshow", (event) => { if (event.persisted && hello) { hello("hello"); refresh(); } });

if ($("theme")) { $("theme").hidden = false; $("theme").textContent = `Theme: ${root.dataset.theme || "auto"}`; }
showClock();
remember();
prepare();
connect();
setInterval(() => { tick(); showState(); }, 1000);
poller = setInterval(() => { if (connection.state !== "live") refresh(); else if (Date.now() - lastFetch > 60000) refresh(); }, POLL);
