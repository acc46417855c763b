// "Put it in": a template's words go under what is typed, without asking the server. Without this
// script the button sends the form, which comes back with them.
for (const button of document.querySelectorAll("[data-put-in]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const box = button.form.elements.body;
    const words = button.form.elements.template.selectedOptions[0]?.dataset.words;
    if (!words) return button.form.elements.template.focus();
    box.value = [box.value.trimEnd(), words].filter(Boolean).join("\n\n");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
}
