// What scripts say, in the language of the page. English is here; for any other the page's
// <html data-words> maps it (accounts/language.py lists every sentence, and a test compares).
const words = JSON.parse(document.documentElement.dataset.words ?? "{}");

export function say(english, values = {}) {
  return (words[english] ?? english).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
