// Runs before the page is drawn, so that what JavaScript folds away never flashes up first.
if ("noModule" in HTMLScriptElement.prototype) {
  document.documentElement.classList.add("js-enabled", "govuk-frontend-supported");
}
