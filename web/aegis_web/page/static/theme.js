// Before the first paint, so that nothing flashes: the theme that was chosen here, and that there is JavaScript.
{
  let theme = null;
  try { theme = localStorage.getItem("aegis-theme"); } catch { /* no storage: the system decides */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  document.documentElement.classList.add("js");
}
