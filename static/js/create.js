// The Create page: what it costs, the seed's lock, and words that survive a detour.

import { drafts, keepDrafts } from "./site.js";

const form = document.querySelector("[data-create]");
const $ = (selector) => form.querySelector(selector);

// Sentences come with the form, in the reader's language; here only their numbers are filled in --
const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);
const cents = new Intl.NumberFormat(language, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  useGrouping: false,
});
const of = (name, number) =>
  form.dataset[name + (plural.select(number) === "one" ? "One" : "Other")];
const said = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// The price on the button ------------------------------------------------------------------------
const price = () => {
  const model = $("input[name=model]:checked");
  const count = Number($("input[name=count]:checked")?.value ?? 1);
  if (!model || form.dataset.sent) return;
  const credits = count * Number(model.dataset.credits);
  const dollars = cents.format(Math.round(credits * Number(form.dataset.credit) * 100) / 100);
  const worth = said(form.dataset.worth, { dollars });
  $("[data-price]").textContent = said(of("price", credits), { pictures: count, credits, worth });
  const funds = Number(form.dataset.funds || Infinity);
  $("[data-short]").textContent = credits > funds ? said(of("have", funds), { credits: funds }) : "";
};
form.addEventListener("change", price);
price();

// The seed: a number stays for the next job, an empty field means a random one --------------------
const randomSeed = () => String(1 + Math.floor(Math.random() * 4294967294));
const lock = $("[data-lock]");
if (lock) {
  const seed = $("input[name=seed]");
  const showLock = () => lock.setAttribute("aria-pressed", String(seed.value.trim() !== ""));
  const setSeed = (value) => ((seed.value = value), showLock());
  $("[data-dice]").addEventListener("click", () => setSeed(randomSeed()));
  lock.addEventListener("click", () => setSeed(seed.value.trim() ? "" : randomSeed()));
  seed.addEventListener("input", showLock);
  showLock();
}

// Whoever comes back to the form wants another job, not the one it has sent already ---------------
addEventListener("pageshow", (event) => {
  const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (event.persisted || back) $("input[name=key]").value = String(Date.now()) + randomSeed();
});

// Words and settings: kept until they are sent. A form that came with words of its own gets no
// others, and never replaces what was begun before: that can be brought back.
const boxes = [...form.querySelectorAll("[data-draft]")];
const choices = [...form.querySelectorAll("input[type=radio]")];
const written = () => Object.fromEntries(boxes.map((box) => [box.name, box.value]));
const chosen = () =>
  Object.fromEntries(choices.filter((each) => each.checked).map((each) => [each.name, each.value]));
const begun = (words) => Object.values(words ?? {}).some((each) => each.trim());
const same = (one, other) =>
  boxes.every(({ name }) => (one[name] ?? "").trim() === (other[name] ?? "").trim());
const fill = (words) => {
  for (const box of boxes) box.value = words[box.name] ?? "";
};
const choose = (settings) => {
  for (const each of choices) each.checked = settings?.[each.name] ? settings[each.name] === each.value : each.checked;
};

const before = drafts();
let earlier = before.earlier;
if (!begun(written()) && !form.dataset.from) {
  fill(before.words ?? {});
  choose(before.settings);
  price();
} else if (begun(before.words) && !same(before.words, written())) {
  earlier = before.words;
}
const keep = (sent) => keepDrafts({ words: written(), settings: chosen(), earlier, sent });
if (begun(before.words) && same(before.words, written())) keep(false);
form.addEventListener("input", (event) => event.target.matches("[data-draft], [type=radio]") && keep(false));
form.addEventListener("submit", () => keep(true));

const offer = $("[data-earlier]");
const offered = () => (offer.hidden = !begun(earlier) || same(earlier, written()));
$("[data-bring]").addEventListener("click", () => {
  const here = written();
  fill(earlier);
  earlier = here;
  keep(false);
  unfold();
  boxes.forEach(count);
  offered();
  boxes[0].focus();
});
offered();

// What is left out of the picture is never left out of sight --------------------------------------
function unfold() {
  if ($(".fold [name=negative_prompt]")?.value) $(".fold").open = true;
}
unfold();
addEventListener("pageshow", unfold);

// How long the words are, when they come near the most that may be sent ---------------------------
const MOST = 10_000;
function count(box) {
  const long = [...box.value.normalize().trim()].length; // as the server counts
  const told = box.parentElement.querySelector("[data-long]");
  const numbers = { long: long.toLocaleString(language), most: MOST.toLocaleString(language) };
  told.textContent = long < 0.9 * MOST ? "" : said(form.dataset.length, numbers);
  told.classList.toggle("too-long", long > MOST);
}
for (const box of boxes) {
  count(box);
  box.addEventListener("input", () => count(box));
}
