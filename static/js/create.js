// The Create page: what it costs, the seed's lock, and words that survive a closed tab.

const form = document.querySelector("[data-create]");
const $ = (selector) => form.querySelector(selector);

// The price on the button ------------------------------------------------------------------------
const price = () => {
  const model = $("input[name=model]:checked");
  const count = Number($("input[name=count]:checked")?.value ?? 1);
  if (!model || form.dataset.sent) return;
  const credits = count * Number(model.dataset.credits);
  const dollars = (Math.round(credits * Number(form.dataset.credit) * 100) / 100).toFixed(2);
  $("[data-price]").textContent =
    `Generate ${count} · ${credits} credit${credits === 1 ? "" : "s"} (about $${dollars})`;
};
form.addEventListener("change", price);
price();

// The seed: a number that is there is kept, an empty box throws a new one for every job -----------
const seed = $("input[name=seed]");
const lock = $("[data-lock]");
const kept = () => {
  const locked = seed.value.trim() !== "";
  lock.setAttribute("aria-pressed", String(locked));
};
const thrown = () => String(1 + Math.floor(Math.random() * 4294967294));
$("[data-dice]").addEventListener("click", () => ((seed.value = thrown()), kept()));
lock.addEventListener("click", () => ((seed.value = seed.value.trim() ? "" : thrown()), kept()));
seed.addEventListener("input", kept);
kept();

// Whoever comes back to the form wants another job, not the one it has sent already ---------------
addEventListener("pageshow", (event) => {
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (event.persisted || back) $("input[name=key]").value = String(Date.now()) + thrown();
});

// Drafts: per tab, until they are sent -------------------------------------------------------------
for (const box of form.querySelectorAll("[data-draft]")) {
  const name = `draft:${box.name}`;
  try {
    if (box.value) sessionStorage.setItem(name, box.value);
    else box.value = sessionStorage.getItem(name) ?? "";
    box.addEventListener("input", () => sessionStorage.setItem(name, box.value));
  } catch {
    break; // a browser that keeps nothing
  }
}
