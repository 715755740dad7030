// Swagger UI is dark when its root says so; ours is as somebody chose, or follows the system.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
follow();
dark.addEventListener("change", follow);
