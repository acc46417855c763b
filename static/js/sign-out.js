// What a page has kept is its writer's: signing out takes it along, here and in every other tab,
// and so does somebody else's signing in (S48). On every page of somebody who is signed in.
const OWNER = "whose";
const channel = "BroadcastChannel" in self ? new BroadcastChannel("signed-out") : null;

function forget() {
  try {
    sessionStorage.clear();
    localStorage.clear();
  } catch {
    // Switched off: then nothing was kept either.
  }
  // What they saved for themselves to have offline; the crisis page stays for whoever comes.
  self.caches?.delete("exercises").catch(() => {});
}

function forgetAnothers() {
  const mine = document.body.dataset.whose;
  try {
    const before = sessionStorage.getItem(OWNER);
    if (before && before !== mine) forget();
    sessionStorage.setItem(OWNER, mine);
  } catch {
    // As above.
  }
}

forgetAnothers();
for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", () => {
    forget();
    // Told when the answer is here: before that, another tab would ask as the same person again.
    addEventListener("pagehide", () => {
      forget();
      channel?.postMessage("signed out");
    });
  });
}
channel?.addEventListener("message", ({ data }) => {
  // The page that is leaving hears itself, and is on its way already.
  if (document.documentElement.hidden) return;
  forget();
  const away = document.querySelector("[data-quick-exit]")?.dataset.quickExit;
  document.body.replaceChildren();
  location.replace(data === "left" && away ? away : "/");
});
// A page that the browser kept whole is asked for anew: it may be nobody's by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());
