// "Show me another name" without sending the form. Where asking fails, the button sends it after all.
async function another(field, button) {
  const box = field.querySelector("input[name=alias]");
  try {
    const answer = await fetch(field.dataset.alias, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    box.value = part.querySelector("input[name=alias]").value;
  } catch {
    button.removeAttribute("data-alias-again");
    button.click();
    return;
  }
  box.removeAttribute("aria-invalid");
  field.classList.remove("field-wrong");
  field.querySelector(".errorlist")?.remove();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  field.querySelector("[data-alias-said]").textContent = box.value;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-alias-again]");
  const field = button?.closest("[data-alias]");
  if (!field) return;
  event.preventDefault();
  another(field, button);
});
