// Signing out takes the drafts along, here and in every other tab (S48). In the page that asks,
// form[data-sign-out] does it; pages that may hold words listen.
const CHANNEL = "signed-out";

function forget() {
  try {
    sessionStorage.clear();
    localStorage.clear();
  } catch {
    // Switched off: then nothing was kept either.
  }
}

const form = document.querySelector("form[data-sign-out]");
const channel = "BroadcastChannel" in self ? new BroadcastChannel(CHANNEL) : null;
form?.addEventListener("submit", () => {
  forget();
  channel?.postMessage("");
});
// Another tab has signed out: what is written here was that person's.
if (!form) {
  channel?.addEventListener("message", () => {
    forget();
    document.body.replaceChildren();
    location.replace("/");
  });
}
// A page that the browser kept whole is asked for anew: it may be nobody's by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());
