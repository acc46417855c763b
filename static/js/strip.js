// The state strip, which never lies. It judges by itself each second from the last report of live.js:
// should that stop reporting, the strip says so too, because it believes only what is fresh.
const FRESH = 20000;
const STALE = 30000;
const GRACE = 5000;
const TICK = 1000;

const sign = document.querySelector("[data-live-state]");
const safety = document.querySelector("[data-live-safety]");
const startedAt = Date.now();

let latest = { okAt: 0, failed: false, socketOpen: false, signedOut: false };
let lastTick = startedAt;
let wokeAt = 0;
let shown = "";

function say(element, words) {
  // textContent, so that a sentence from the server can only ever be a sentence; and written only
  // when it changes, so that a screen reader says it once.
  if (element && element.textContent !== words) element.textContent = words;
}

/** How far the screen can be believed at a moment: [state, words]. */
function judge(now) {
  const { okAt, failed, socketOpen, signedOut } = latest;
  const age = now - (okAt || startedAt);
  const notLive = okAt ? `NOT LIVE since ${new Date(okAt).toTimeString().slice(0, 5)}` : "NOT LIVE";
  if (signedOut) return ["not-live", `${notLive}: you have been signed out`];
  if (failed && !socketOpen) return ["not-live", notLive];
  // A tab that slept has only now asked again: it waits for the answer before it judges.
  if (age > STALE && (failed || now - wokeAt > GRACE)) return ["not-live", notLive];
  if (!okAt || failed || age >= FRESH) return ["catching-up", "Catching up"];
  return ["live", socketOpen ? "Live" : "Live (checking every 15 seconds)"];
}

function tell() {
  const [state, words] = judge(Date.now());
  sign.dataset.state = state;
  say(sign, words);
  if (state === shown) return;
  shown = state;
  document.dispatchEvent(new CustomEvent("live:state", { detail: state }));
}

if (sign) {
  document.addEventListener("live:report", ({ detail }) => {
    latest = detail;
    if (detail.warning !== undefined) say(safety, detail.warning);
    tell();
  });
  setInterval(() => {
    const now = Date.now();
    if (now - lastTick > GRACE) wokeAt = now;
    lastTick = now;
    tell();
  }, TICK);
  tell();
}
