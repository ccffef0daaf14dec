// Single keys, for who switches them on: they would get in the way of speech input and of typing slips (WCAG 2.1.4).
const dialog = document.getElementById("keys");
const toggle = document.getElementById("keys-on");
const opener = document.getElementById("keys-open");
const store = {
  get on() { try { return localStorage.getItem("aegis-keys") === "on"; } catch { return toggle.checked; } },
  set on(value) { try { if (value) localStorage.setItem("aegis-keys", "on"); else localStorage.removeItem("aegis-keys"); } catch { /* for this page only */ } },
};
const ROWS = "main tbody th a, main .rows a.name, main .feed a.seq";
const FAILING = "main tbody tr:has(.k-failure, .k-error, .k-timeout):not(.group) th a";
const PLACES = { o: "/", r: "/runs", e: "/events", w: "/webhooks", s: "/services", t: "/triggers" };
let leader = 0; // until when a second key belongs to the `g` before it

// To the next or the one before of what can be seen, from the one that has the focus; from none to the first or the last.
function step(selector, by) {
  const found = [...document.querySelectorAll(selector)].filter((each) => each.getClientRects().length);
  if (!found.length) return;
  const here = found.indexOf(document.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : found.length - 1) : Math.min(found.length - 1, Math.max(0, here + by));
  found[next].focus();
  found[next].scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "?": () => dialog.showModal(),
  "/": () => document.querySelector("main form input:not([type=hidden], [type=range])")?.focus(),
  j: () => step(ROWS, 1),
  k: () => step(ROWS, -1),
  "]": () => step(FAILING, 1),
  "[": () => step(FAILING, -1),
  p: () => document.querySelector("button[data-pause]")?.click(),
  ".": () => document.getElementById("theme")?.click(),
  t: () => document.getElementById("clock")?.click(),
  g: () => { leader = Date.now() + 1500; },
};

document.addEventListener("keydown", (event) => {
  if (!store.on || event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  const place = Date.now() < leader ? PLACES[event.key] : null;
  leader = 0;
  const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (place) location.href = `${document.documentElement.dataset.base}${place}`;
  else if (marked) marked.click();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});
toggle.checked = store.on;
toggle.addEventListener("change", () => { store.on = toggle.checked; });
opener.addEventListener("click", () => dialog.showModal());
opener.hidden = false;
