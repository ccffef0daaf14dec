// Before the first paint, so that nothing flashes: the theme and the clock that were chosen here, and that there is JavaScript.
{
  let theme = null, clock = null;
  try { theme = localStorage.getItem("aegis-theme"); clock = localStorage.getItem("aegis-clock"); } catch { /* no storage: the system decides */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (clock === "local" || clock === "utc" || clock === "ago") document.documentElement.dataset.clock = clock;
  document.documentElement.classList.add("js");
}
