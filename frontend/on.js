// Runs before the page is drawn, so that nothing flashes up and moves away again: what script folds away is folded
// from the start, and what only works with it has its place from the start.
if ("noModule" in HTMLScriptElement.prototype) {
  document.documentElement.classList.add("js-enabled", "govuk-frontend-supported");
  if (window.PublicKeyCredential) document.documentElement.classList.add("esc-passkeys");
}

// The menu of a telephone opens here and not in the larger script: with a bad signal this one may come alone, and what
// folds the menu away must be able to open it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") === "false"));
});
