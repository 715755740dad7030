// A file that is too large is said before it travels.

for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  const wrong = document.createElement("p");
  wrong.className = "wrong";
  wrong.setAttribute("role", "alert");
  field.after(wrong);
  field.addEventListener("change", () => {
    const tooMuch = [...field.files].some((file) => file.size > Number(field.dataset.most));
    wrong.textContent = tooMuch ? field.dataset.tooMuch : "";
    field.setAttribute("aria-invalid", tooMuch);
    field.setCustomValidity(wrong.textContent);
  });
}
