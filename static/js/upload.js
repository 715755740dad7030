// A file that is too large is said before it travels.

for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  field.addEventListener("change", () => {
    const tooMuch = [...field.files].some((file) => file.size > Number(field.dataset.most));
    field.setCustomValidity(tooMuch ? field.dataset.tooMuch : "");
    if (tooMuch) field.reportValidity();
  });
}
