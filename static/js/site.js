// What HTML cannot do on any page: fading pictures in, copying, the shortcuts, one notice at a time.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// A picture that has not come yet fades in over its hint; one that is already there just is.
const arrive = (root) => {
  for (const picture of $$(".card-open picture img, .frame picture img", root)) {
    if (picture.complete || picture.dataset.seen) continue;
    picture.dataset.seen = "no";
    const seen = () => (picture.dataset.seen = "yes");
    picture.addEventListener("load", seen, { once: true });
    picture.addEventListener("error", seen, { once: true });
  }
};
arrive(document);
document.addEventListener("htmx:after:process", (event) => arrive(event.target));

// Notices: said politely, gone when dismissed; plain ones leave by themselves. What scripts say is
// written in the page, in the reader's language.
const notices = $("#notices");
export const say = (text, icon = "circle-check") => {
  const notice = document.createElement("p");
  notice.className = "notice";
  const use = $(".icon use")?.getAttribute("href").split("#")[0];
  notice.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${use}#${icon}"/></svg><span></span>`;
  $("span", notice).textContent = text;
  notices?.append(notice);
};
const leave = (notice) => {
  if (!notice.matches(".notice-refused")) return setTimeout(() => notice.remove(), 6000);
  for (const earlier of $$(".notice-refused", notices)) if (earlier !== notice) earlier.remove();
};
// One that comes later stands low on the screen, where it covers nothing that can be pressed.
const PRESSED = "button, .button, .like, input, textarea, select, summary, .tab";
const place = () => {
  notices.style.transform = "";
  const at = notices.getBoundingClientRect();
  const boxes = $$(PRESSED)
    .filter((each) => !notices.contains(each))
    .map((each) => each.getBoundingClientRect())
    .filter((box) => box.width && box.bottom > 0 && box.top < innerHeight);
  const covers = (up) => boxes.some((box) => box.bottom > at.top - up && box.top < at.bottom - up);
  for (let up = 0; up < at.top; up += 8) {
    if (covers(up)) continue;
    notices.style.transform = `translateY(${-up}px)`;
    return;
  }
};
if (notices) {
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    added.filter((node) => node.classList?.contains("notice")).forEach(leave);
    place();
  }).observe(notices, { childList: true });
  notices.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".notice").remove();
  });
}
// What watches a job goes on watching when the site or the line was away for a moment, and says so.
const away = (watcher, gone) => {
  const told = $("[data-away]", watcher.closest(".job") ?? document);
  if (told) told.hidden = !gone;
};
const again = (event) => {
  const watcher = event.detail.ctx?.sourceElement;
  const status = event.detail.ctx?.response?.status;
  if (!watcher?.matches("[data-poll]") || (status ?? 503) < 500) return;
  away(watcher, status === undefined);
  setTimeout(() => htmx.trigger(watcher, "again"), 4000);
};
document.addEventListener("htmx:response:error", again);
document.addEventListener("htmx:error", again);
addEventListener("online", () => $$("[data-poll]").forEach((watcher) => htmx.trigger(watcher, "again")));
addEventListener("offline", () => $$("[data-poll]").forEach((watcher) => away(watcher, true)));
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.sourceElement?.matches("[data-older], .like")) {
    say(notices?.dataset.offline, "circle-alert");
  }
});

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(notices?.dataset.copied);
  } catch {
    say(notices?.dataset.notCopied, "circle-alert");
  }
});

// Drafts: words wait in their tab until their job is there, for whoever wrote them. A stranger who
// signs in takes them along; after signing out nobody finds them.
const person = document.body.dataset.person ?? "";
export const drafts = () => {
  try {
    return JSON.parse(sessionStorage.getItem("drafts")) ?? {};
  } catch {
    return {};
  }
};
export const keepDrafts = (kept) => {
  try {
    if (kept) sessionStorage.setItem("drafts", JSON.stringify({ ...kept, of: person }));
    else sessionStorage.removeItem("drafts");
  } catch {
    /* a browser that keeps nothing */
  }
};
const settleDrafts = () => {
  const { of, ...kept } = drafts();
  if (of && of !== person) keepDrafts(null);
  else if (kept.sent && $(".job")) keepDrafts(kept.earlier ? { words: kept.earlier } : null);
  else if (kept.words && of !== person) keepDrafts(kept);
};
settleDrafts();

// A form is sent once. The server would forgive a second time; the eye should not have to wonder.
document.addEventListener("submit", (event) => {
  if (event.target.method === "dialog" || event.defaultPrevented) return;
  const button = event.submitter ?? $("button:not([type=button])", event.target);
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
  button?.setAttribute("aria-disabled", "true");
  if (button?.dataset.busy) $("[data-price]", button).textContent = button.dataset.busy;
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of $$("form[data-sent]")) {
    delete form.dataset.sent;
    $("[aria-disabled]", form)?.removeAttribute("aria-disabled");
    form.dispatchEvent(new Event("change"));
  }
});

// On a phone the rooms of the settings are a row that scrolls: begin where one is.
$(".settings-link[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Errors of a form are where the reading starts.
$("[data-focus]")?.focus();

// Boxes that grow with their words where the browser cannot do it alone; Ctrl+Enter sends.
const grow = (box) => {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${box.scrollHeight + 2}px`;
};
$$("textarea").forEach(grow);
document.addEventListener("input", (event) => event.target.matches("textarea") && grow(event.target));
document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (!box.matches?.("[data-submit]") || event.key !== "Enter" || event.isComposing) return;
  const oneLine = box.rows === 1 && !event.shiftKey;
  if (event.ctrlKey || event.metaKey || oneLine) {
    event.preventDefault();
    box.form.requestSubmit();
  }
});

// Shortcuts of one key can be turned off, for those whose voice or hands would trip over them.
const sheet = $("#shortcuts");
const switchBox = $("[data-single-keys]");
const remembered = () => {
  try {
    return localStorage.getItem("single-keys") !== "off";
  } catch {
    return true;
  }
};
if (switchBox) {
  switchBox.checked = remembered();
  switchBox.addEventListener("change", () => {
    try {
      localStorage.setItem("single-keys", switchBox.checked ? "on" : "off");
    } catch {
      /* private windows forget, and that is fine */
    }
  });
}
const typing = (element) => element.closest?.("input:not([type=radio]), textarea, select, dialog, [contenteditable]");
export const onKey = (handle) =>
  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
    if (plain && remembered() && !typing(event.target)) handle(event.key, event);
  });
onKey((key) => {
  if (key === "?") sheet?.showModal();
  if (key === "r") $("[data-remix]")?.click();
  if (key === "c") $('.tab[href*="/create/"]')?.click();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target === sheet) sheet.close();
});
