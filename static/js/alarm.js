// The desk's sound. A browser lets a page sound only after a press, so it is armed by one; and it says
// whether it is armed, because a silent desk must never pass for a quiet one. It repeats until every
// alert that rang is acknowledged, by taking it or by the button that stops the sound.
const box = document.querySelector("[data-alarm]");
const arm = box?.querySelector("[data-alarm-arm]");
const hush = box?.querySelector("[data-alarm-hush]");
const note = box?.querySelector("[data-alarm-note]");
const REPEAT = 8000;
// Each sound is [Hz, start, seconds] notes: rising for new, three knocks for late, falling for not live.
const SOUNDS = {
  new: [[523, 0, 0.18], [784, 0.2, 0.3]],
  late: [[659, 0, 0.12], [659, 0.2, 0.12], [659, 0.4, 0.12], [880, 0.6, 0.3]],
  "not-live": [[440, 0, 0.35], [330, 0.4, 0.35], [220, 0.8, 0.6]],
};
const WORDS = {
  new: "New alert",
  late: "An alert is late",
  "not-live": "This desk is not live",
};

let context = null;
let state = "";
let heard = new Set(recall("alarm-heard")?.split(" ") ?? []);
let ringing = [];
let lastRang = 0;

function recall(name, value) {
  try {
    if (value !== undefined) sessionStorage.setItem(name, value);
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

const armed = () => context?.state === "running";

function play(name) {
  if (!armed()) return;
  for (const [pitch, start, length] of SOUNDS[name]) {
    const at = context.currentTime + start;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.4, at + 0.02);
    volume.gain.setValueAtTime(0.4, at + length - 0.04);
    volume.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}

function show() {
  arm.setAttribute("aria-pressed", String(armed()));
  arm.textContent = armed() ? "Sound is on" : "Sound is off: turn it on";
  hush.hidden = !ringing.length || !armed();
}

// What asks for sound now: one name for each alert and state, so that late rings anew after new.
function asking() {
  const names = new Map();
  for (const row of document.querySelectorAll("[data-live] [data-unacknowledged]")) {
    names.set(row.id, "new");
    if ("overdue" in row.dataset) names.set(`${row.id}-late`, "late");
  }
  if (state === "not-live") names.set("not-live", "not-live");
  return names;
}

function check() {
  const names = asking();
  // What no longer asks is forgotten: should it ask again, it rings again.
  heard = new Set([...heard].filter((name) => names.has(name)));
  const before = ringing.map(([name]) => name);
  ringing = [...names].filter(([name]) => !heard.has(name));
  const first = ringing.some(([name]) => !before.includes(name));
  if (ringing.length && (first || Date.now() - lastRang >= REPEAT)) {
    lastRang = Date.now();
    const kinds = ringing.map(([, kind]) => kind);
    const kind = ["not-live", "late", "new"].find((each) => kinds.includes(each));
    play(kind);
    if (note.textContent !== WORDS[kind]) note.textContent = WORDS[kind];
  } else if (!ringing.length) note.textContent = "";
  show();
}

async function start() {
  context ??= new AudioContext();
  context.onstatechange = show;
  await context.resume();
  recall("alarm-armed", "yes");
  show();
}

if (box) {
  box.hidden = false;
  arm.addEventListener("click", async () => {
    if (armed()) {
      await context.suspend();
      recall("alarm-armed", "no");
      return show();
    }
    await start();
    play("new");
  });
  hush.addEventListener("click", () => {
    for (const name of asking().keys()) heard.add(name);
    recall("alarm-heard", [...heard].join(" "));
    check();
    arm.focus();
  });
  document.addEventListener("live:report", check);
  document.addEventListener("live:state", ({ detail }) => {
    state = detail;
    check();
  });
  setInterval(check, 1000);
  // On the desk's next page the browser often lets the sound go on; where not, the button says so.
  if (recall("alarm-armed") === "yes") start();
  show();
}
