// Escape blanks the screen at once, and brings it back as it was: nothing typed is lost, nothing is sent.
// Escape first closes the meaning of a word (WCAG 1.4.13), and belongs to whatever else is open.

function openMeaning() {
  return [...document.querySelectorAll(".esc-term:not(.esc-term--closed)")].find((term) =>
    term.matches(":hover, :focus-within"),
  );
}

export function watchBlank(page) {
  const cover = page.createElement("button");
  cover.type = "button";
  cover.className = "esc-blank";
  cover.textContent = "Show the page again (Esc)";
  cover.hidden = true;
  const told = page.createElement("p");
  told.className = "govuk-visually-hidden esc-blank-told";
  told.setAttribute("role", "status");
  page.body.append(cover, told);

  let before = null;
  const blank = () => {
    before = { title: page.title, focus: page.activeElement, behind: [] };
    for (const part of page.body.children) {
      if (part === cover || part === told || part.inert) continue;
      part.inert = true;
      before.behind.push(part);
    }
    page.documentElement.classList.add("esc-blanked");
    page.title = "New tab";
    cover.hidden = false;
    cover.focus({ preventScroll: true });
    told.textContent = "The screen is blank. Press Escape to show the page again.";
  };
  const show = () => {
    for (const part of before.behind) part.inert = false;
    page.documentElement.classList.remove("esc-blanked");
    page.title = before.title;
    cover.hidden = true;
    told.textContent = "The page is shown again.";
    before.focus?.focus?.({ preventScroll: true });
    before = null;
  };
  cover.addEventListener("click", show);

  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (before) {
      show();
      return;
    }
    const meaning = openMeaning();
    if (meaning) meaning.classList.add("esc-term--closed");
    else blank();
  });
  for (const kind of ["mouseleave", "blur"]) {
    page.addEventListener(kind, ({ target }) => target.closest?.(".esc-term")?.classList.remove("esc-term--closed"), true);
  }
  for (const button of page.querySelectorAll("[data-blank]")) button.addEventListener("click", blank);
}
