// The desk's small helps: the claim's heartbeat, clocks that tick, and shortcuts for those who ask.
const BEAT = 30000;
const TICK = 5000;

// --- the claim ---------------------------------------------------------------------------

function heartbeat(form) {
  const notice = document.querySelector("[data-claim-lost]");
  let failures = 0;
  let lost = false;

  // Only this line changes: what the guide has typed stays where it is.
  function warn(words) {
    if (notice && notice.textContent !== words) notice.textContent = words;
  }

  async function beat() {
    if (lost) return;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      if (answer.ok) {
        if (failures > 1) warn("");
        failures = 0;
        return;
      }
      if (answer.status >= 500) throw new Error(answer.status);
      lost = true;
      const told = answer.status === 409 ? await answer.json().catch(() => ({})) : {};
      const reason =
        answer.status === 409
          ? (told.sentence ?? "This alert is no longer in your hands.")
          : "You have been signed out, so this alert goes back to the queue.";
      warn(`${reason} What you typed is still here: copy it before you leave this page.`);
    } catch {
      failures += 1;
      if (failures > 1) {
        warn("We cannot reach the house to say that you have this alert. It may go back to the queue.");
      }
    }
  }

  setInterval(beat, BEAT);
  document.addEventListener("visibilitychange", () => document.hidden || beat());
}

// --- clocks ------------------------------------------------------------------------------

// A guide's own clock may be wrong; ages are counted by the server's.
const loadedAt = performance.now();
const serverNow = Date.parse(document.body.dataset.now ?? "") || Date.now();
const now = () => serverNow + performance.now() - loadedAt;

function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return "under 1 min";
  if (minutes < 60) return `${minutes} min`;
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} days`;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const words = age(now() - Date.parse(clock.dataset.since));
    if (clock.textContent !== words) clock.textContent = words;
  }
}

// --- shortcuts, off until a guide turns them on -------------------------------------------

const KEYS = {
  n: () => press('form[action$="/desk/next/"] button'),
  t: () => press('form[action$="/claim/"] button'),
  r: () => reach("#reply-body"),
  j: () => step(1),
  k: () => step(-1),
};

function press(selector) {
  document.querySelector(selector)?.click();
}

function reach(selector) {
  const box = document.querySelector(selector);
  const fold = box?.closest("details");
  if (fold) fold.open = true;
  box?.focus();
}

function step(by) {
  const rows = [...document.querySelectorAll(".queue-row")];
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + by, 0), rows.length - 1)]?.focus();
}

function shortcuts(toggle) {
  toggle.closest("[hidden]")?.removeAttribute("hidden");
  try {
    toggle.checked = sessionStorage.getItem("shortcuts") === "on";
  } catch {
    toggle.checked = false;
  }
  toggle.addEventListener("change", () => {
    try {
      sessionStorage.setItem("shortcuts", toggle.checked ? "on" : "off");
    } catch {
      // Kept for this page only.
    }
  });
  addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

document.querySelectorAll("form[data-heartbeat]").forEach(heartbeat);
document.querySelectorAll("[data-shortcuts]").forEach(shortcuts);
tick();
setInterval(tick, TICK);
document.addEventListener("live:report", tick);
