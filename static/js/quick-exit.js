// "Leave quickly": the page goes blank at once, the session ends behind its back, and the
// browser is somewhere ordinary. Found by data-quick-exit, whose value is where to go.
const way = document.querySelector("[data-quick-exit]");
const PRESSES = 3;
const WITHIN = 5000;

let gone = false;

// As in words.js, which is not imported: leaving must not wait for, or fail with, another file.
function say(english) {
  return JSON.parse(document.documentElement.dataset.words ?? "{}")[english] ?? english;
}

function leave(event) {
  event?.preventDefault();
  gone = true;
  const away = way.dataset.quickExit;
  const action = way.action || "/exit/";
  document.title = "";
  document.documentElement.hidden = true;
  document.body.replaceChildren();
  try {
    sessionStorage.clear();
    localStorage.clear();
    // Other tabs leave too: see sign-out.js.
    new BroadcastChannel("signed-out").postMessage("left");
  } catch {
    // Storage may be switched off; leaving must not fail over it.
  }
  // Nor does a trace of the app stay. (The answer's Clear-Site-Data says the same, where it is heard.)
  navigator.serviceWorker?.getRegistrations().then((all) => all.forEach((one) => one.unregister())).catch(() => {});
  self.caches?.keys().then((names) => names.forEach((name) => caches.delete(name))).catch(() => {});
  // keepalive: the request outlives this page. manual: the answer's redirect is not ours to follow.
  fetch(action, { method: "POST", keepalive: true, redirect: "manual" }).catch(() => {});
  location.replace(away);
}

// Three presses of Shift alone within five seconds. Shift with a letter is somebody typing.
function countPresses() {
  let times = [];
  let alone = false;
  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("role", "status");
  document.body.append(status);
  addEventListener("keydown", (event) => {
    alone = event.key === "Shift" && !event.repeat;
    if (event.key !== "Shift") times = [];
  });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    const now = performance.now();
    times = [...times.filter((time) => now - time < WITHIN), now];
    if (times.length >= PRESSES) leave();
    else if (times.length === 2) status.textContent = say("Press Shift once more to leave quickly.");
  });
}

if (way) {
  way.addEventListener(way.tagName === "FORM" ? "submit" : "click", leave);
  countPresses();
  // Going back to a page that the browser kept whole must show nothing either.
  addEventListener("pageshow", (event) => {
    if (event.persisted && gone) location.replace(way.dataset.quickExit);
  });
}
