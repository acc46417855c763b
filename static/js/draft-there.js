// textarea[data-draft-url] is kept by the server too, at that address and for its writer alone:
// every few seconds, and as the page goes.
const PAUSE = 5000;

function keepThere(box) {
  const form = box.form;
  let there = box.value;
  let soon = 0;
  let going = false;

  function save() {
    clearTimeout(soon);
    soon = 0;
    if (going || box.value === there) return;
    there = box.value;
    const body = new FormData(form);
    body.set("quietly", "1");
    // What could not be kept now is kept with the next words; they are in this tab anyway.
    fetch(box.dataset.draftUrl, { method: "POST", body, keepalive: true, redirect: "error" }).catch(
      () => (there = null),
    );
  }

  form.addEventListener("input", () => (soon ||= setTimeout(save, PAUSE)));
  form.addEventListener("submit", (event) => (going = !event.defaultPrevented));
  document.addEventListener("visibilitychange", () => document.hidden && save());
  addEventListener("pagehide", save);
  addEventListener("pageshow", (event) => event.persisted && (going = false));
}

document.querySelectorAll("textarea[data-draft-url]").forEach(keepThere);
