// A visible count under [data-count] boxes. The limit comes from maxlength, which is then taken
// off: a browser that enforces it cuts a long paste short without a word.
import { say } from "./words.js";

const number = new Intl.NumberFormat(document.documentElement.lang || "en-GB");

function watch(box) {
  const limit = Number(box.dataset.count || box.maxLength);
  if (!(limit > 0)) return;
  box.removeAttribute("maxlength");
  const shown = document.querySelector(`[data-count-for="${box.id}"]`) ?? addLine(box);
  const spoken = document.createElement("p");
  spoken.className = "unseen";
  spoken.setAttribute("role", "status");
  shown.after(spoken);
  let pause;

  function update() {
    // Code points, as the server counts them: an emoji is one character, not two.
    const left = limit - [...box.value].length;
    const words =
      left < 0
        ? say("{count} too many. Your words are safe: make them shorter.", {
            count: number.format(-left),
          })
        : say("{count} of {limit} characters", {
            count: number.format(limit - left),
            limit: number.format(limit),
          });
    shown.textContent = words;
    shown.classList.toggle("count-over", left < 0);
    box.setCustomValidity(left < 0 ? words : "");
    clearTimeout(pause);
    // Spoken only near the limit, and only when the typing pauses.
    if (left < limit / 10) {
      const near = left < 0 ? words : say("{count} left", { count: left });
      pause = setTimeout(() => (spoken.textContent = near), 1000);
    } else {
      spoken.textContent = "";
    }
  }

  box.addEventListener("input", update);
  update();
}

function addLine(box) {
  const line = document.createElement("p");
  line.className = "count";
  box.after(line);
  return line;
}

document.querySelectorAll("[data-count]").forEach(watch);
