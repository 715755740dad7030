// A new password's rules are ticked off as one types; any password can be looked at before it goes.

const letters = (text) => [...text.toLowerCase()].filter((each) => /[\p{L}\p{N}]/u.test(each)).join("");
const repeated = (text) => /^(.{1,11}?)\1+$/su.test(text);

const RULES = {
  length: (password) => [...password].length >= 12 && [...password].length <= 256,
  names: (password, names) => !names.some((name) => password.toLowerCase().includes(name)),
  repeats: (password) => !repeated(password.toLowerCase()) && !repeated(letters(password)),
};

for (const list of document.querySelectorAll("[data-rules]")) {
  const box = document.getElementById(list.dataset.rules);
  const names = () => {
    const { handle, email } = box.form.elements;
    const said = [handle?.value.trim().replace(/^@/, ""), email?.value.split("@")[0]];
    return said.filter((name) => name?.length >= 4).map((name) => name.toLowerCase());
  };
  const tick = () => {
    for (const rule of list.querySelectorAll("[data-rule]")) {
      const done = box.value !== "" && RULES[rule.dataset.rule](box.value, names());
      rule.classList.toggle("rule-done", done);
      rule.querySelector("[data-said]").textContent = done ? `: ${list.dataset.met}` : "";
    }
  };
  box.form.addEventListener("input", tick);
  tick();
}

const peek = (button, open) => {
  const box = document.getElementById(button.dataset.peek);
  box.type = open ? "text" : "password";
  button.setAttribute("aria-pressed", open);
  const use = button.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, open ? "#eye-off" : "#eye"));
};
for (const button of document.querySelectorAll("[data-peek]")) {
  button.addEventListener("click", () => peek(button, button.getAttribute("aria-pressed") !== "true"));
  // Browsers remember what was typed into a box of text.
  document.getElementById(button.dataset.peek).form.addEventListener("submit", () => peek(button, false));
}
