// Progressive enhancement only: every page works without this file.
import { Button, CharacterCount, ErrorSummary, SkipLink, createAll, isSupported } from "govuk-frontend";
import { watchBlank } from "./blank.js";
import { watchDrafts } from "./draft.js";
import { watchPasskeys } from "./passkey.js";
import { watchReveals } from "./reveal.js";
import { watchStay } from "./staying.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

if (isSupported()) {
  for (const Component of [Button, CharacterCount, ErrorSummary, SkipLink]) createAll(Component);
}

// A second press on a button that sends is ignored while the first is under way. The page comes back when the
// person returns to it with the browser's back button, so the mark is taken away again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  setTimeout(() => delete form.dataset.sending, 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

watchReveals(document);
watchDrafts(document);
watchPasskeys(document);
watchStay(document);
watchBlank(document);
