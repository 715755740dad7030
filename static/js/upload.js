// What the storage service would answer with a page of code is said, or mended, before a file travels.

import { say } from "./site.js";

// Too large.
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

// Too old: a form that was left for longer than it is good for, as on a laptop that slept, is renewed
// before it is sent.
async function newPage(address) {
  try {
    const answer = await fetch(address);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}
for (const form of document.querySelectorAll("form[data-upload]")) {
  const uploadFields = () => form.querySelector("#upload-fields");
  let current = uploadFields();
  let until = Date.now() + Number(current.dataset.goodFor) * 1000;
  const renewed = () => {
    if (uploadFields() === current) return;
    current = uploadFields();
    until = Date.now() + Number(current.dataset.goodFor) * 1000;
  };
  document.addEventListener("htmx:after:swap", renewed);
  form.addEventListener("submit", async (event) => {
    renewed();
    if (Date.now() < until) return;
    event.preventDefault();
    const page = await newPage(current.getAttribute("hx-get"));
    if (!page) return say(document.querySelector("#notices").dataset.offline, "circle-alert");
    const fresh = page.querySelector("form[data-upload]");
    if (!fresh) return location.reload(); // signed out meanwhile
    form.action = fresh.action;
    current.replaceChildren(...fresh.querySelector("#upload-fields").childNodes);
    form.submit();
  });
}
