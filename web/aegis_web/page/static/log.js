// The output of a step in a browser: follows it while it is written, loads earlier and later lines, marks ranges, folds
// groups. The server makes every line; here they are only put in their place, at most 5,000 at once.
const $ = (id) => document.getElementById(id);
const log = $("log"), data = log.dataset;
const MOST = 5000, STEP = 500, PAUSE = 100, NONE = 999999999;
const UP = new Set(["PageUp", "ArrowUp", "Home"]);
let next = Number(data.next), first = Number(data.first), lines = Number(data.lines), size = data.size, attempt = data.attempt;
let over = data.over === "1", following = false, sticks = false, busy = false;
const rows = () => log.getElementsByClassName("ln");
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const frame = () => new Promise((done) => { const timer = setTimeout(done, 250); requestAnimationFrame(() => { clearTimeout(timer); done(); }); });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const shown = () => new Promise((done) => { if (!document.hidden) done(); else document.addEventListener("visibilitychange", done, { once: true }); });

async function ask(values) {
  const query = new URLSearchParams({ attempt, begun: data.begun, ...(data.q && !new URLSearchParams(location.search).has("re") ? { q: data.q } : {}), ...values });
  const answer = await fetch(`${data.url}?${query}`, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("part");
  if (!part) throw new Error("no lines");
  localize(part);
  return part;
}

// Clocks of lines come in UTC; beside them goes that of the reader, for all but those who want UTC.
function localize(node) {
  const shift = new Date(data.begun || Date.now()).getTimezoneOffset() * 60000;
  for (const row of node.querySelectorAll("[data-c]")) row.dataset.l = new Date(Date.parse(`1970-01-02T${row.dataset.c}Z`) - shift).toISOString().slice(11, 19);
}

// Blocks go in one per frame, so that the page answers meanwhile. A line that was not complete is there once.
async function append(part) {
  const begin = Number(part.dataset.first);
  if (begin > next) log.replaceChildren();
  for (const block of [...part.children]) {
    const there = block.id && $(block.id), fresh = document.adoptNode(block);
    if (there) {
      for (const row of [...fresh.children]) { const old = row.id && $(row.id); if (old) old.replaceWith(row); else there.append(row); }
    } else log.append(fresh);
    trim(true);
    if (following) toEnd();
    await frame();
  }
  if (Number(part.dataset.shown) >= begin) next = Number(part.dataset.next);
  if (following) toEnd();
}

// Whole blocks go at the other end.
function trim(top) {
  while (rows().length > MOST && log.children.length > 1) {
    const gone = top ? log.firstElementChild : log.lastElementChild;
    if (!top) { next = Number(gone.querySelector(".ln").id.slice(1)); }
    gone.remove();
  }
  if (log.querySelector(".ln[id]")) first = Number(log.querySelector(".ln[id]").id.slice(1));
}

function take(part) {
  const told = part.dataset;
  lines = Number(told.lines); size = told.size; over = told.over === "1";
  if (attempt === "0") attempt = told.attempt;
  $("silent").hidden = size !== "0";
  if (Number(told.last) > Number(data.last) && data.last !== "0" && data.pinned === "0") {
    if (following) location.replace(location.pathname); else $("again").hidden = false;
  }
  if (data.last === "0") data.last = told.last;
}

function show() {
  const later = Math.max(0, lines - next + 1);
  $("earlier").hidden = first <= 1;
  $("earlier").firstElementChild.textContent = counted(first - 1, "earlier line");
  $("earlier").firstElementChild.href = `${linkTo(first - 1)}`;
  $("later").hidden = following || later === 0 || data.counted === "0" || Boolean($(`L${lines}`));
  $("later").firstElementChild.textContent = counted(later, "later line");
  $("later").firstElementChild.href = `${linkTo(next)}`;
  const button = $("follow");
  button.hidden = over || data.counted === "0";
  button.setAttribute("aria-pressed", String(following));
  button.textContent = following ? "Following" : later > 1 ? `Follow ↓ (${later.toLocaleString("en")} new)` : "Follow ↓";
  if (attempt !== "0") $("amount").textContent = `${counted(lines, "line")}, ${bytes(Number(size))}`;
  $("folds").hidden = !log.querySelector(".fold");
}

function bytes(count) {
  let left = count, unit = 0;
  while (left >= 1024 && unit < 4) { left /= 1024; unit += 1; }
  return unit ? `${left < 10 ? left.toFixed(1) : Math.round(left)} ${["", "KiB", "MiB", "GiB", "TiB"][unit]}` : `${count} B`;
}

function linkTo(line) {
  const query = new URLSearchParams(location.search);
  query.delete("at");
  query.set("line", String(Math.max(1, line)));
  return `?${query}#L${Math.max(1, line)}`;
}

// ---- follow: as long as nobody scrolls up. The end stays in view also when what is above it grows, at the end of the step
function toEnd() {
  const end = log.getBoundingClientRect().bottom - innerHeight + 24;
  if (end > 1) scrollBy({ top: end, behavior: "auto" });
}

function setFollow(on) {
  following = sticks = on && !over;
  show();
  if (following) exclusively(async () => { const part = await ask({ from: next, tail: 1 }); take(part); await append(part); });
}

// One at a time changes what is shown.
async function exclusively(change) {
  if (busy) return;
  busy = true;
  try { await change(); } finally { busy = false; }
  show();
}

async function run() {
  let wait = 500;
  while (!over) {
    await shown();
    try {
      const part = await ask({ from: following ? next : NONE, tail: 1, seen: size, wait: 1 });
      await exclusively(async () => { take(part); if (following && Number(part.dataset.first) < NONE) await append(part); });
      wait = 500;
      await sleep(PAUSE);
    } catch {
      await sleep(wait);
      wait = Math.min(wait * 2, 10000);
    }
  }
  following = false;
  show();
}

let touched = 0;
const stop = () => { sticks = false; if (following) setFollow(false); };
addEventListener("wheel", (event) => { if (event.deltaY < 0) stop(); }, { passive: true });
addEventListener("keydown", (event) => { if ((UP.has(event.key) || event.key === " " && event.shiftKey) && !event.target.closest("input")) stop(); });
addEventListener("touchstart", (event) => { touched = event.touches[0].clientY; }, { passive: true });
addEventListener("touchmove", (event) => { if (event.touches[0].clientY > touched + 8) stop(); }, { passive: true });
addEventListener("pointerdown", (event) => { if (event.clientX >= document.documentElement.clientWidth) stop(); });
new ResizeObserver(() => { if (sticks) toEnd(); }).observe(document.body);
$("follow").addEventListener("click", () => setFollow(!following));

// ---- earlier and later lines
async function load(event, top) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const link = event.target.closest("a");
  try { await exclusively(top ? loadEarlier : loadLater); } catch { location.href = link.href; }
}

async function loadEarlier() {
  const anchor = log.querySelector(".ln"), before = anchor.getBoundingClientRect().top;
  const begin = Math.max(1, Math.floor((first - 2) / STEP) * STEP + 1);
  const part = await ask({ from: begin, count: first - begin });
  stop();
  log.prepend(...[...part.children].map((block) => document.adoptNode(block)));
  trim(false);
  scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "auto" });
}

async function loadLater() {
  const anchor = log.lastElementChild.lastElementChild, before = anchor.getBoundingClientRect().top;
  const part = await ask({ from: next, count: STEP });
  take(part);
  await append(part);
  if (anchor.isConnected) scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "auto" });
}
$("earlier").addEventListener("click", (event) => { if (event.target.closest("a")) load(event, true); });
$("later").addEventListener("click", (event) => { if (event.target.closest("a")) load(event, false); });

// ---- a line, or a range of them, in the URL
const range = () => { const found = /^#L(\d{1,10})(?:-L?(\d{1,10}))?$/.exec(location.hash); return found ? [Number(found[1]), Number(found[2] || found[1])].sort((a, b) => a - b) : null; };
function mark(scroll) {
  for (const row of [...log.querySelectorAll(".ln.on")]) row.classList.remove("on");
  const wanted = range();
  if (!wanted) return;
  const begin = $(`L${wanted[0]}`);
  if (!begin) {
    if (scroll && wanted[0] >= 1 && wanted[0] <= lines && new URLSearchParams(location.search).get("line") !== String(wanted[0])) {
      const query = new URLSearchParams(location.search);
      query.set("line", String(wanted[0]));
      location.replace(`?${query}${location.hash}`);
    }
    return;
  }
  for (let line = wanted[0]; line <= wanted[1] && line < wanted[0] + MOST; line += 1) { const row = $(`L${line}`); if (row) row.classList.add("on"); }
  if (scroll) { following = sticks = false; begin.scrollIntoView({ block: wanted[1] > wanted[0] ? "start" : "center", behavior: "auto" }); }
}
log.addEventListener("click", (event) => {
  const number = event.target.closest(".n"), fold = event.target.closest(".fold");
  if (number) {
    event.preventDefault();
    const from = range(), line = Number(number.textContent);
    const hash = event.shiftKey && from && from[0] !== line ? `#L${Math.min(from[0], line)}-L${Math.max(from[0], line)}` : `#L${line}`;
    history.replaceState(null, "", `${location.search}${hash}` || hash);
    mark(false);
  } else if (fold) setFold(fold, fold.getAttribute("aria-expanded") === "true");
});
addEventListener("hashchange", () => mark(true));

// ---- groups
function setFold(button, folded) {
  button.setAttribute("aria-expanded", String(!folded));
  const all = rows(), head = button.closest(".ln"), ends = head.classList.contains("is-section") ? ["is-section"] : ["is-group", "is-end"];
  for (let place = Array.prototype.indexOf.call(all, head) + 1; place < all.length; place += 1) {
    const row = all[place];
    if (ends.some((name) => row.classList.contains(name))) break;
    row.hidden = folded;
  }
}
$("folds").addEventListener("click", () => {
  const folded = $("folds").getAttribute("aria-pressed") !== "true";
  $("folds").setAttribute("aria-pressed", String(folded));
  for (const button of log.querySelectorAll(".fold")) setFold(button, folded);
});

// ---- how it looks
function setWrap(on) {
  log.classList.toggle("wide", !on);
  $("wrap").setAttribute("aria-pressed", String(on));
}
$("wrap").hidden = false;
try { setWrap(localStorage.getItem("aegis-wrap") !== "off"); } catch { /* no storage */ }
$("wrap").addEventListener("click", () => {
  const on = log.classList.contains("wide");
  setWrap(on);
  try { localStorage.setItem("aegis-wrap", on ? "on" : "off"); } catch { /* for this page only */ }
});
for (const link of document.querySelectorAll("[data-times]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    log.classList.remove("since", "clock");
    if (link.dataset.times) log.classList.add(link.dataset.times);
    for (const each of document.querySelectorAll("[data-times]")) each.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    const query = new URLSearchParams(location.search);
    if (link.dataset.times) query.set("times", link.dataset.times); else query.delete("times");
    history.replaceState(null, "", `${query.size ? `?${query}` : location.pathname}${location.hash}`);
  });
}

localize(log);
show();
if (data.counted === "0") setTimeout(() => location.reload(), 3000);
else {
  mark(true);
  const wanted = $(`L${data.line}`);
  const isAsked = new URLSearchParams(location.search).has("line");
  if (data.q && !isAsked && !range()) $("output").scrollIntoView({ behavior: "auto" });
  else if (!range() && data.line !== "0" && wanted) wanted.scrollIntoView({ block: "center", behavior: "auto" });
  if (!over) {
    if (!range() && data.line === "0") { following = sticks = true; toEnd(); }
    show();
    run();
  }
}
