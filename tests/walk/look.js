// Run inside each page of the walk: what a look at it finds. `walk.<name>(...)`.
(() => {
  const EMPTY = ["hidden", "submit", "button", "fieldset"];
  // Buttons that do not say what happens.
  const VAGUE = /^(ok|okay|submit|continue|next|yes|no|send|done|confirm|save|go|apply|update|delete|remove|)$/i;
  const FALSE_DATE = { day: "31", month: "2", year: "26", time: "25:00" };
  const asksFor = (e) => !EMPTY.includes(e.type) && e.checkVisibility();
  const forms = () =>
    [...document.querySelectorAll("main form[method=post]")].filter((f) => [...f.elements].some(asksFor));
  const optional = (e) => Boolean(e.labels && e.labels[0]?.textContent.includes("(optional)"));

  window.walk = {
    // Everything axe knows of WCAG 2.2 AA and of good practice, as lines of words.
    async axe(options, where = document) {
      const found = (await axe.run(where, options)).violations;
      return found.map((v) => `${v.id}: ${v.help} (${v.nodes.length} times, first ${v.nodes[0].html.slice(0, 200)})`);
    },

    // What moved while the page was loading, and by how much; "" when it stood still.
    shift: () =>
      new Promise((done) => {
        const moved = [];
        const tell = ({ value, sources }) => {
          if (value < 0.005) return; // a word of the header whose neighbour arrives a moment later; a block moves far more
          const what = sources.map(({ node }) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80));
          moved.push(`${value.toFixed(4)} (${what.join(", ")})`);
        };
        const add = (list) => list.getEntries().forEach(tell);
        new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(moved.join("; ")), 30);
      }),

    // Whether words stand on the page, to be read or in a box.
    stands: (words) =>
      document.querySelector("main").innerText.includes(words) ||
      [...document.querySelectorAll("textarea")].some((box) => box.checkVisibility() && box.value.includes(words)),

    sideways: () => document.documentElement.scrollWidth - window.innerWidth,

    skeleton() {
      const headings = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter((h) => h.checkVisibility());
      const landmarks = { header: "body > header", main: "main", footer: "body > footer" };
      return {
        title: document.title,
        levels: headings.map((h) => Number(h.tagName[1])),
        missing: Object.keys(landmarks).filter((name) => document.querySelectorAll(landmarks[name]).length !== 1),
        nameless: [...document.querySelectorAll("nav")].filter((n) => !n.ariaLabel && !n.hasAttribute("aria-labelledby"))
          .length,
        lang: document.documentElement.lang,
        vague: [...document.querySelectorAll("main button, main [role=button], main [type=submit]")]
          .filter((b) => b.checkVisibility())
          .map((b) => b.textContent.trim())
          .filter((words) => VAGUE.test(words)),
      };
    },

    // How many forms there are that somebody can fill in.
    forms: () => forms().length,

    // Fill a form so that it must be refused: words in every box but the first that is asked for, no answer chosen, days
    // and times that are none. Returns the words that must come back, by the name of their box.
    spoil(number, empty) {
      const form = forms()[number];
      const kept = {};
      let leftOne = false;
      for (const e of form.elements) {
        if (["radio", "checkbox"].includes(e.type)) e.checked = false;
        else if (e.name && e.tagName === "SELECT") {
          if ([...e.options].some((o) => !o.value)) e.value = "";
        } else if (e.name && asksFor(e)) {
          const part = e.name.split("_").pop();
          if (part in FALSE_DATE) e.value = kept[e.name] = FALSE_DATE[part];
          else if (["file", "password"].includes(e.type)) leftOne = true;
          else if (empty) e.value = "";
          else if (!leftOne && !optional(e)) {
            e.value = "";
            leftOne = true;
          } else if (e.tagName === "TEXTAREA") e.value = kept[e.name] = "Words that must stay.\n\nAnd more.";
          else if (e.type === "text" && !e.inputMode) e.value = kept[e.name] = "Words to stay";
        }
      }
      form.dataset.walked = "";
      return kept;
    },

    // What the answer to such a form says and keeps.
    refused(kept) {
      const links = [...document.querySelectorAll(".govuk-error-summary a")];
      const stays = ([name, words]) => [...document.getElementsByName(name)].some((e) => e.value === words);
      return {
        title: document.title,
        summaries: document.querySelectorAll(".govuk-error-summary").length,
        focused: Boolean(document.activeElement?.classList.contains("govuk-error-summary")),
        links: links.length,
        broken: links.filter((a) => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map((a) => a.hash),
        lost: Object.entries(kept).filter((pair) => !stays(pair)).map(([name]) => name),
      };
    },
  };
})();
