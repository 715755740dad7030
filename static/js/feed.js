// Moves between the cards of a feed by keyboard, and keeps the footer reachable while older pages load.

import { onKey } from "./site.js";

const feed = document.querySelector("[data-feed]");
const AT_MOST = 4; // pages that come by themselves before somebody has to ask

// Keys -------------------------------------------------------------------------------------------
const links = () => [...feed.querySelectorAll(".card-open")];
const step = (by) => {
  const all = links();
  const here = all.indexOf(document.activeElement?.closest(".card")?.querySelector(".card-open"));
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  next?.focus({ focusVisible: true });
  next?.scrollIntoView({ block: "nearest" });
};
if (feed) {
  onKey((key, event) => {
    if (key === "j" || key === "ArrowRight") step(1);
    else if (key === "k" || key === "ArrowLeft") step(-1);
    else if (key === "l") document.activeElement?.closest(".card")?.querySelector(".like")?.click();
    else return;
    event.preventDefault();
  });
}

// Coming back: to the card that was opened, even when the browser has dropped the page ----------
const opened = `opened:${location.pathname}`;
addEventListener("click", (event) => {
  const link = event.target.closest?.(".card-open[href]");
  if (link) keep(link.getAttribute("href"));
});
function keep(href) {
  try {
    sessionStorage.setItem(opened, href);
  } catch {
    /* a browser that keeps nothing scrolls by itself */
  }
}
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
  const href = sessionStorage.getItem(opened);
  const card = href && links().find((link) => link.getAttribute("href") === href);
  if (card) {
    history.scrollRestoration = "manual";
    card.scrollIntoView({ block: "center", behavior: "instant" });
    card.focus({ preventScroll: true, focusVisible: false });
    addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
  }
}

// Older pages ------------------------------------------------------------------------------------
let came = 0;
document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, sourceEvent } = event.detail.ctx;
  if (!sourceElement?.matches?.("[data-older]")) return;
  if (sourceEvent.type === "click") came = 0;
  else if (came >= AT_MOST) return event.preventDefault();
  came += 1;
});

// The address says which page is in view, so that Back, reload and a shared link return to it.
const first = location.pathname + location.search;
const pages = new Map(); // a page's first element -> its address
let asked = null;
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement } = event.detail.ctx;
  if (sourceElement?.matches?.("[data-older]")) {
    asked = { address: sourceElement.getAttribute("href"), count: feed.children.length - 1 };
  }
});
document.addEventListener("htmx:after:swap", () => {
  const head = asked && feed?.children[asked.count];
  if (head) pages.set(head, asked.address);
  asked = null;
});
let waiting = 0;
addEventListener(
  "scroll",
  () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const above = [...pages].filter(([head]) => head.getBoundingClientRect().top < innerHeight / 2);
      const address = above.length ? above.at(-1)[1] : first;
      if (address !== location.pathname + location.search) history.replaceState(null, "", address);
    }, 200);
  },
  { passive: true },
);
