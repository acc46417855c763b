// A button that shows a password: input[data-show-password], its words in data-show and data-hide.
// Without this script the field is an ordinary one.
for (const input of document.querySelectorAll("input[data-show-password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-second show-password";
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? input.dataset.hide : input.dataset.show;
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  // Sent as a password again, so that no browser keeps it among the words it has seen typed.
  input.form.addEventListener("submit", () => show(false));
  input.after(button);
}
