// Shows the questions inside a radio or checkbox only while it is picked. Our own, because `aria-expanded`, which the
// library writes here, is not allowed on these inputs. Without JavaScript every question is shown.

const sync = (input) => {
  const inner = document.getElementById(input.dataset.reveals);
  const kind = input.type === "radio" ? "radios" : "checkboxes";
  inner?.classList.toggle(`govuk-${kind}__conditional--hidden`, !input.checked);
};

export function watchReveals(page) {
  const all = () => page.querySelectorAll("input[data-reveals]");
  page.addEventListener("change", ({ target }) => {
    for (const input of all()) if (input.name === target.name && input.form === target.form) sync(input);
  });
  window.addEventListener("pageshow", () => all().forEach(sync));
}
