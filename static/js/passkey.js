// Passkeys: the ceremony between the browser and its keeper of keys. A form with data-passkey says
// whether one is made ("create") or shown ("get"), with what options, and which field takes the answer.
// What needs this is hidden until it is known to work here; what stands in for it is shown until then.

const fromText = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const known = (list) => list?.map((each) => ({ ...each, id: fromText(each.id) }));

async function create(options) {
  const asked = { ...options, challenge: fromText(options.challenge) };
  asked.user = { ...options.user, id: fromText(options.user.id) };
  asked.excludeCredentials = known(options.excludeCredentials);
  const made = await navigator.credentials.create({ publicKey: asked });
  return said(made, {
    attestationObject: toText(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function get(options) {
  const asked = { ...options, challenge: fromText(options.challenge) };
  asked.allowCredentials = known(options.allowCredentials);
  const shown = await navigator.credentials.get({ publicKey: asked });
  const { authenticatorData, signature, userHandle } = shown.response;
  return said(shown, {
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

function said(credential, response) {
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...response, clientDataJSON: toText(credential.response.clientDataJSON) },
  };
}

async function optionsOf(form) {
  if (form.dataset.passkeyOptions) return JSON.parse(form.dataset.passkeyOptions);
  const answer = await fetch(form.dataset.passkeyFrom, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  return (await answer.json()).request_options;
}

function offer(form) {
  const notice = form.querySelector("[data-passkey-failed]");
  const shown = form.matches("[data-passkey-works]") ? form : form.querySelector("[data-passkey-works]");
  shown.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    notice.hidden = true;
    try {
      const { publicKey } = await optionsOf(form);
      const credential = await (form.dataset.passkey === "create" ? create : get)(publicKey);
      form.elements[form.dataset.passkeyField].value = JSON.stringify(credential);
      // Past this listener, and once: the answer holds for a single try.
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      // Refused, timed out, or no such passkey: the browser has said why, and so nothing is lost.
      notice.hidden = false;
      notice.textContent = notice.dataset.words;
    }
  });
}

if (window.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll("form[data-passkey]").forEach(offer);
  for (const instead of document.querySelectorAll("[data-passkey-not]")) instead.hidden = true;
}
