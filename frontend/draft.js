// Saves half-written forms on the server: <form data-draft-url="..."> with <p data-draft-status> inside it.

const WAIT = 10000;
// How long the server may take to say that it is there, when a page is sent that holds unsaved words.
const PATIENCE = 8000;

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
  unsent: "Not sent: no connection. Your words are still here. Keep this page open, and press the button again later.",
};

class Draft {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-draft-status]");
    this.timer = null;
    this.last = this.text();
    // A browser keeps what stands in boxes on its disk, with the history of the window, and whoever sits down there
    // next could read it. The server keeps these words and offers them again: the browser need not.
    form.autocomplete = "off";
    form.addEventListener("input", () => this.soon(WAIT));
    form.addEventListener("change", () => this.soon(WAIT));
    form.addEventListener("submit", (event) => this.sending(event));
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

  // Signed out and in again elsewhere: this page still holds the old token, which the server refuses, and the words
  // on it would be lost. Takes the new token from a fresh copy of the page, if the same person is signed in.
  async renew() {
    const person = (page) => page.querySelector(".esc-header__person a, .esc-header__person")?.textContent.trim();
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "manual", signal });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token || person(fresh) !== person(document)) return false;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    this.signedOut = false;
    return true;
  }

  // A browser that sends a page to a server out of reach throws the page away, and the words on it. So words that are
  // saved nowhere yet are sent as a draft first: whatever the server answers, it is there, and the page may go.
  async sending(event) {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.sure || this.form.dataset.sending) return;
    if (!this.signedOut && this.text() === this.last) return;
    event.preventDefault();
    const trouble = await this.trouble();
    delete this.form.dataset.sending;
    if (trouble) return this.say(trouble, true);
    this.sure = true;
    this.form.requestSubmit(event.submitter || undefined);
    this.sure = false;
  }

  // What keeps this page from being sent, in words; "" when nothing does.
  async trouble() {
    try {
      if (this.signedOut) return (await this.renew()) ? "" : TROUBLE.signedOut;
      await this.post(AbortSignal.timeout(PATIENCE));
      return "";
    } catch {
      this.soon(WAIT);
      return TROUBLE.unsent;
    }
  }

  post(signal) {
    const text = this.text();
    return fetch(this.form.dataset.draftUrl, {
      method: "POST",
      body: text,
      headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Draft": "1" },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: !signal && text.length < 60000,
      signal,
    });
  }

  async save(again = true) {
    clearTimeout(this.timer);
    this.timer = null;
    const text = this.text();
    if (text === this.last || this.form.dataset.sending) return;
    try {
      const answer = await this.post();
      if (answer.ok) {
        this.last = text;
        const saved = answer.status === 200 ? (await answer.json()).saved : null;
        this.say(`Saved at ${saved || clock(new Date())}`);
      } else if (answer.status === 409) {
        this.say(TROUBLE.changed, true);
      } else if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        this.signedOut = true;
        if (again && (await this.renew())) return this.save(false);
        this.say(TROUBLE.signedOut, true);
        this.soon(WAIT);
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
