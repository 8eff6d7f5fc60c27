// Saves half-written forms on the server: <form data-draft-url="..."> with <p data-draft-status> inside it.

const WAIT = 10000;

const clock = (date) => {
  const half = date.getHours() < 12 ? "am" : "pm";
  const minutes = date.getMinutes() ? `:${String(date.getMinutes()).padStart(2, "0")}` : "";
  return `${date.getHours() % 12 || 12}${minutes}${half}`;
};

const TROUBLE = {
  signedOut:
    "Not saved: you have been signed out. Keep this page open, sign in again in another tab, then go on here.",
  changed: "Not saved: somebody has changed this case. Press the button to see what changed. Your words are kept.",
  refused: "Not saved on the way: press the button to send this page. Your words stay here until then.",
  offline: "Not saved yet: no connection. Keep this page open. We will try again.",
};

class Draft {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-draft-status]");
    this.timer = null;
    this.last = this.text();
    form.addEventListener("input", () => this.soon(WAIT));
    form.addEventListener("change", () => this.soon(WAIT));
    form.addEventListener("submit", () => clearTimeout(this.timer));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.timer) this.save();
    });
    window.addEventListener("online", () => this.soon(0));
  }

  text() {
    return new URLSearchParams(new FormData(this.form)).toString();
  }

  soon(wait) {
    if (this.timer && wait) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    const text = this.text();
    if (text === this.last || this.form.dataset.sending) return;
    try {
      const answer = await fetch(this.form.dataset.draftUrl, {
        method: "POST",
        body: text,
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Draft": "1" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: text.length < 60000,
      });
      if (answer.ok) {
        this.last = text;
        const saved = answer.status === 200 ? (await answer.json()).saved : null;
        this.say(`Saved at ${saved || clock(new Date())}`);
      } else if (answer.status === 409) {
        this.say(TROUBLE.changed, true);
      } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        this.say(TROUBLE.signedOut, true);
      } else if (answer.status < 500) {
        this.say(TROUBLE.refused, true);
      } else {
        throw new Error(`draft answered ${answer.status}`);
      }
    } catch {
      this.say(TROUBLE.offline, true);
      this.soon(WAIT);
    }
  }

  say(words, trouble = false) {
    if (!this.status) return;
    this.status.textContent = words;
    this.status.classList.toggle("esc-draft--trouble", trouble);
  }
}

export function watchDrafts(page) {
  for (const form of page.querySelectorAll("form[data-draft-url]")) new Draft(form);
}
