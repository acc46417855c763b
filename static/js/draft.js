// Keeps what is being typed until the server has it, in sessionStorage only: closing the tab or
// leaving quickly forgets it. textarea[data-draft="name"] is kept under its name, together with the
// form's [data-draft-key], so that sending again after a broken connection is the same submission.
// form[data-once] is sent once, however often its button is pressed. Where there is a data-draft-url,
// the server keeps the words as well: see draft-there.js.
import { say } from "./words.js";

const PREFIX = "draft:";
const LAST = "draft-last";
const PATIENCE = 20000;

const store = {
  read(name) {
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + name));
    } catch {
      return null;
    }
  },
  write(name, draft) {
    try {
      if (draft?.text) sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
      else sessionStorage.removeItem(PREFIX + name);
    } catch {
      // Full or switched off: the words are still in the box.
    }
  },
  last(name) {
    try {
      if (name !== undefined) sessionStorage.setItem(LAST, name);
      return sessionStorage.getItem(LAST);
    } catch {
      return null;
    }
  },
};

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function status(form) {
  let line = form.querySelector(".draft-state");
  if (!line) {
    line = document.createElement("p");
    line.className = "draft-state";
    line.setAttribute("role", "status");
    (form.querySelector(".actions") ?? form).append(line);
  }
  return line;
}

function keep(box) {
  const name = box.dataset.draft;
  const form = box.form;
  const key = form.querySelector("[data-draft-key]");
  const choices = () => [...form.querySelectorAll("input[type=radio]:checked, select")];
  const kept = store.read(name);
  let sent = null;

  if (kept && !box.value) {
    box.value = kept.text;
    sent = kept.sent;
    if (key && kept.key) key.value = kept.key;
    for (const [field, value] of kept.choices ?? []) {
      for (const input of form.querySelectorAll(`[name="${CSS.escape(field)}"]`)) {
        if (input.type !== "radio") input.value = value;
        else if (input.value === value) input.checked = true;
      }
    }
    // Words in a closed fold would be kept and yet look lost.
    const fold = box.closest("details");
    if (fold) fold.open = true;
    status(form).textContent = say("We kept what you wrote. It has not been sent yet.");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function save() {
    const picked = choices().map((input) => [input.name, input.value]);
    store.write(name, { text: box.value, key: key?.value, sent, choices: picked });
  }

  if (box.value) save();
  form.addEventListener("input", save);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // The same words under the same key are one submission; other words are another.
    if (key && sent !== null && sent !== undefined && sent !== box.value) key.value = newKey();
    sent = box.value;
    save();
    store.last(name);
  });
}

function begin(link) {
  link.addEventListener("click", (event) => {
    const box = document.querySelector("textarea[data-draft]");
    event.preventDefault();
    box.setRangeText(link.dataset.start, 0, 0, "end");
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function once(form) {
  let sending = false;
  let patience;
  const buttons = () => form.querySelectorAll("button[type=submit], button:not([type])");

  function settle(words) {
    sending = false;
    clearTimeout(patience);
    buttons().forEach((button) => button.removeAttribute("aria-disabled"));
    status(form).textContent = words;
  }

  form.addEventListener("submit", (event) => {
    if (sending) return event.preventDefault();
    if (navigator.onLine === false) {
      event.preventDefault();
      return settle(
        say("You are not connected right now. Your words are kept here. Send again soon."),
      );
    }
    sending = true;
    // aria-disabled and not disabled: a disabled button would not be sent, nor keep its focus.
    buttons().forEach((button) => button.setAttribute("aria-disabled", "true"));
    status(form).textContent = say("Sending…");
    patience = setTimeout(
      () => settle(say("This is taking long. Your words are kept. You can send again.")),
      PATIENCE,
    );
  });
  addEventListener("pageshow", (event) => event.persisted && settle(""));
  addEventListener("online", () => {
    if (!sending && status(form).textContent) {
      settle(say("You are connected again. You can send now."));
    }
  });
}

// "Sent" from the server is about the form that was sent last, and no other.
if (document.querySelector("[data-draft-sent]") && store.last()) store.write(store.last(), null);
store.last("");

// Before the drafts' own listeners, so that a second press never counts as sent.
document.querySelectorAll("form[data-once]").forEach(once);
document.querySelectorAll("textarea[data-draft]").forEach(keep);
document.querySelectorAll("a[data-start]").forEach(begin);
document.querySelectorAll("form[data-draft-forget]").forEach((form) => {
  form.addEventListener("submit", () => store.write(form.dataset.draftForget, null));
});
