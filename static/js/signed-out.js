// Whoever is signed out, or is no guide any more, keeps nothing of the desk on the screen (S07).
// live.js finds out; what the guide had typed and not sent stays, for copying.

function typed() {
  const boxes = document.querySelectorAll("main textarea, main input[type=text], main input:not([type])");
  return [...boxes].filter((box) => box.value.trim() && box.value !== box.defaultValue);
}

function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function cover() {
  const main = document.querySelector("main");
  const box = element("div", "", { class: "note flow", role: "alert" });
  box.append(element("h1", "You have been signed out"));
  box.append(element("p", "Your session has ended, or what you may see has changed."));
  typed().forEach((kept, nth) => {
    const id = `kept-${nth}`;
    const field = element("div", "", { class: "field" });
    field.append(element("label", "What you typed. It has not been sent: copy it.", { for: id }));
    const words = element("textarea", "", { id, rows: "6", readonly: "" });
    words.value = kept.value;
    field.append(words);
    box.append(field);
  });
  const ways = element("p", "", { class: "actions" });
  ways.append(element("a", "Sign in", { class: "button", href: "/account/login/" }));
  box.append(ways);
  for (const region of document.querySelectorAll("[data-live]")) region.replaceChildren();
  main.replaceChildren(box);
  document.title = "Signed out";
}

document.addEventListener("live:report", function told({ detail }) {
  if (!detail.signedOut) return;
  document.removeEventListener("live:report", told);
  cover();
});
