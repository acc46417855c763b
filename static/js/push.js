// Being told on this phone. The question is hidden until it is known that this browser can, and
// the browser itself is asked only once somebody has said yes here.
const card = document.querySelector("[data-push-key]");

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

function tell(what) {
  for (const name of ["failed", "done"]) {
    const place = card.querySelector(`[data-push-${name}]`);
    place.hidden = name !== what;
    place.textContent = name === what ? place.getAttribute(`data-push-${name}`) : "";
  }
}

async function subscribe(form) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
  const worker = await navigator.serviceWorker.ready;
  const given = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(card.dataset.pushKey),
  });
  const { endpoint, keys } = given.toJSON();
  Object.assign(form.elements.endpoint, { value: endpoint });
  Object.assign(form.elements.p256dh, { value: keys.p256dh });
  Object.assign(form.elements.auth, { value: keys.auth });
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  if (!answer.ok || answer.redirected) {
    await given.unsubscribe();
    throw new Error(answer.status);
  }
}

if (card && "PushManager" in window && "serviceWorker" in navigator && Notification.permission !== "denied") {
  card.hidden = false;
  const form = card.querySelector("[data-push]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await subscribe(form);
      tell("done");
      card.querySelector(".actions").hidden = true;
    } catch {
      tell("failed");
      button.disabled = false;
    }
  });
}
