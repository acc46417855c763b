// Keeps [data-live="URL"] regions true. The socket only says that something changed; the page then
// asks its ordinary views again, as it also does on every (re)connect and on a timer. So a dead socket
// costs seconds. Regions with [data-live-on="conversation"] ask when that has changed.
// What came of the asking is reported to strip.js, which tells the guide.
// What is shown is at most 15 seconds old: the asking itself and its answer take their part of that.
const EVERY = 12000;
const PATIENCE = 10000;

const regions = [...document.querySelectorAll("[data-live]")].map((element) => ({
  element,
  url: element.dataset.live,
  on: element.dataset.liveOn,
  etag: null,
  okAt: 0,
  triedAt: 0,
  failed: false,
  busy: false,
  again: false,
}));
let socketOpen = false;
let signedOut = false;

// --- asking -----------------------------------------------------------------------------

async function ask(region) {
  if (signedOut) return;
  if (region.busy) return void (region.again = true);
  // What comes back is at least as old as the asking: freshness counts from here.
  const askedAt = Date.now();
  Object.assign(region, { busy: true, again: false, triedAt: askedAt });
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  let warning;
  try {
    const headers = { "X-Fragment": "1", Accept: "text/html" };
    if (region.etag) headers["If-None-Match"] = region.etag;
    const { signal } = stop;
    const answer = await fetch(region.url, { headers, cache: "no-store", redirect: "manual", signal });
    // 404: signed in still, but no longer as somebody whom this is for.
    if (answer.type === "opaqueredirect" || [403, 404].includes(answer.status)) signedOut = true;
    if (!answer.ok && answer.status !== 304) throw new Error(answer.status);
    if (answer.ok) {
      show(region.element, await answer.text());
      region.etag = answer.headers.get("ETag");
    }
    warning = answer.headers.get("X-Safety") ?? "";
    region.okAt = askedAt;
    region.failed = false;
  } catch {
    region.failed = true;
  }
  clearTimeout(patience);
  region.busy = false;
  report(warning);
  if (region.again) ask(region);
}

const askAll = () => regions.forEach(ask);

function report(warning) {
  const detail = {
    okAt: Math.min(...regions.map((region) => region.okAt)),
    failed: regions.some((region) => region.failed),
    socketOpen,
    signedOut,
    warning,
  };
  document.dispatchEvent(new CustomEvent("live:report", { detail }));
}

// --- showing ----------------------------------------------------------------------------

// What the server sent for an element, less what changes by itself: clocks and the current mark.
const source = new WeakMap();

function signature(element) {
  if (!source.has(element)) {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("[data-since]").forEach((clock) => (clock.textContent = ""));
    copy.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    source.set(element, copy.outerHTML);
  }
  return source.get(element);
}

function show(region, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  const row = focused?.closest("[id]");
  merge(region, template.content);
  for (const link of region.querySelectorAll("a[href]")) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "true");
  }
  if (!focused || document.activeElement === focused) return;
  const next = focused.isConnected ? focused : document.getElementById(row.id)?.querySelector("a, button");
  next?.focus({ preventScroll: true });
}

// A child with an id stays the same element while the server says the same of it, so that focus,
// selection and scroll survive; a list is merged row by row; everything else is replaced.
function merge(parent, fresh) {
  const wanted = [...fresh.children].map((child) => {
    const old = child.id && [...parent.children].find((each) => each.id === child.id);
    if (old && isSame(old, child)) return old;
    if (!old || !isList(old, child)) return child;
    merge(old, child);
    return old;
  });
  for (const old of [...parent.childNodes]) if (!wanted.includes(old)) old.remove();
  wanted.forEach((child, nth) => {
    // Only what is out of place is moved: moving an element takes the focus from it.
    if (parent.children[nth] !== child) parent.insertBefore(child, parent.children[nth] ?? null);
  });
}

function isSame(old, fresh) {
  return old.dataset.version === fresh.dataset.version && signature(old) === signature(fresh);
}

function isList(old, fresh) {
  return old.tagName === fresh.tagName && !fresh.dataset.version && fresh.firstElementChild?.id;
}

// --- listening --------------------------------------------------------------------------

function listen() {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live/`);
  socket.onopen = () => {
    socketOpen = true;
    askAll();
  };
  socket.onmessage = askAll;
  socket.onclose = () => {
    socketOpen = false;
    report();
    // Jittered: after a restart the desks come back one by one, not all at once.
    if (!signedOut) setTimeout(listen, 1000 + Math.random() * 9000);
  };
}

// A member's page has a socket already (member-live.js), which says what it hears.
function overhear({ detail: changed }) {
  regions.filter(({ on }) => changed === on || changed === "again").forEach(ask);
}

if (regions.length) {
  regions.forEach(({ element }) => element.querySelectorAll("[id]").forEach(signature));
  if (regions.every(({ on }) => on)) document.addEventListener("live:changed", overhear);
  else listen();
  askAll();
  setInterval(() => {
    for (const region of regions) if (Date.now() - region.triedAt >= EVERY) ask(region);
  }, 1000);
  addEventListener("online", askAll);
  document.addEventListener("visibilitychange", () => document.hidden || askAll());
}
