// Tells a member that something new is there, and leaves it to them. The socket says only what
// kind of thing changed; the words are in the page, and a link fetches the rest as any link does.
const FIRST = 2000;
const LONGEST = 120000;
const TRIES = 8;

const path = document.body.dataset.liveAt;
let socket = null;
let failures = 0;
let timer = 0;

function show(changed) {
  if (changed === "news") {
    for (const light of document.querySelectorAll("[data-live-news]")) light.hidden = false;
  }
  for (const note of document.querySelectorAll(`[data-live-note="${changed}"]`)) {
    // The place that speaks is in the page from the start, so that a reader says what comes in.
    const words = note.querySelector("template");
    if (words && note.childElementCount === 1) note.append(words.content.cloneNode(true));
  }
}

// The longer it does not work the more seldom, and never all pages at once.
function later() {
  clearTimeout(timer);
  if (document.hidden || failures > TRIES) return;
  const wait = Math.min(FIRST * 2 ** failures, LONGEST);
  timer = setTimeout(listen, wait * (0.5 + Math.random()));
}

function listen() {
  clearTimeout(timer);
  if (socket || document.hidden) return;
  const mine = new WebSocket(location.origin.replace(/^http/, "ws") + path);
  socket = mine;
  const openedAt = Date.now();
  mine.onmessage = ({ data }) => {
    const { changed } = JSON.parse(data);
    document.dispatchEvent(new CustomEvent("live:changed", { detail: changed }));
    // The server has missed some: opening anew asks what came since this page was made.
    if (changed === "again") setTimeout(() => mine.close(), Math.random() * 10000);
    else show(changed);
  };
  mine.onclose = ({ code }) => {
    if (socket !== mine) return;
    socket = null;
    if (code === 4403) return; // not for us any more: the next page says why
    failures = Date.now() - openedAt > 30000 ? 0 : failures + 1;
    later();
  };
}

// A page that nobody looks at listens to nothing, and asks once it is looked at again.
function stop() {
  clearTimeout(timer);
  const old = socket;
  socket = null;
  old?.close();
}

function again() {
  failures = 0;
  document.hidden ? stop() : listen();
}

if (path && "WebSocket" in self) {
  document.addEventListener("visibilitychange", again);
  addEventListener("online", again);
  addEventListener("pagehide", stop);
  listen();
}
