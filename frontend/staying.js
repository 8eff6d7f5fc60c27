// How long a sign-in lasts. The server decides; this warns before the end, and hides the page when the end has come.
// <section data-stay="/stay/" data-stay-ends data-stay-last data-stay-warning data-stay-sign-in> is drawn hidden.

const CHANNEL = "BroadcastChannel" in window ? new BroadcastChannel("escalation-stay") : null;

const clock = (date) =>
  date
    .toLocaleTimeString("en-GB", { hour: "numeric", minute: "2-digit", hour12: true })
    .replace(/\s/g, "");

class Stay {
  constructor(box) {
    this.box = box;
    this.words = box.querySelector("[data-stay-words]");
    this.go = box.querySelector("[data-stay-button]");
    this.again = box.querySelector("[data-stay-again]");
    this.warning = Number(box.dataset.stayWarning) * 1000;
    this.typed = false;
    this.over = false;
    // The server's clock may differ from this machine's: what counts is how long is left.
    const now = Date.parse(box.dataset.stayNow);
    this.until(Date.parse(box.dataset.stayEnds) - now, Date.parse(box.dataset.stayLast) - now);
    this.go.addEventListener("click", () => this.stay(true));
    document.addEventListener("input", () => (this.typed = true));
    CHANNEL?.addEventListener("message", ({ data }) => this.heard(data));
    CHANNEL?.postMessage({ left: this.ends - Date.now(), last: this.last - Date.now() });
    window.addEventListener("pageshow", (event) => event.persisted && this.look());
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    setInterval(() => this.look(), 1000);
  }

  until(left, last) {
    this.ends = Date.now() + left;
    this.last = Date.now() + last;
    this.warned = false;
    this.look();
  }

  heard({ left, last, out }) {
    if (out) this.end();
    else if (this.over) this.stay(); // signed in again in another tab
    else if (Date.now() + left > this.ends) this.until(left, last);
  }

  look() {
    if (this.over) return;
    const left = this.ends - Date.now();
    if (left <= 0) this.end();
    else if (left <= this.warning) this.warn();
    else this.box.hidden = true;
  }

  warn() {
    if (this.warned) return;
    this.warned = true;
    const whole = this.ends >= this.last;
    const when = clock(new Date(this.ends));
    this.words.textContent = whole
      ? `You are signed out at ${when}, twelve hours after you signed in. Save or send what you are writing before then.`
      : `You are signed out at ${when}, because nothing has happened here for a while.`;
    this.go.hidden = whole;
    this.again.hidden = true;
    this.box.hidden = false;
  }

  end() {
    if (this.over) return;
    this.over = true;
    if (!this.typed) {
      window.location.replace(this.box.dataset.staySignIn);
      return;
    }
    // Something was typed here: it stays in the page, out of sight, until its writer is back.
    document.documentElement.classList.add("esc-covered");
    this.words.textContent =
      "You have been signed out. What you typed is still on this page. Sign in again in another tab, then press the button.";
    this.go.hidden = false;
    this.go.textContent = "I am signed in again: go on";
    this.again.hidden = false;
    this.box.hidden = false;
    this.go.focus();
  }

  async stay(told = false) {
    try {
      const answer = await fetch(this.box.dataset.stay, { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok) throw new Error("signed out");
      const { left, last, token } = await answer.json();
      // Signing in again gives the browser a new token: the forms of this page get it too.
      for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
      this.over = false;
      document.documentElement.classList.remove("esc-covered");
      this.until(left * 1000, last * 1000);
      this.box.hidden = true;
      if (told) CHANNEL?.postMessage({ left: left * 1000, last: last * 1000 });
    } catch {
      this.over = false;
      this.typed = true;
      this.end();
    }
  }
}

// Quick exit: the page is gone before the server has answered.
function watchExits(page) {
  // A browser keeps what stands in boxes with the history of its window, on its disk, unless it is told not to.
  for (const form of page.querySelectorAll(".esc-header__person form")) {
    form.addEventListener("submit", () => {
      for (const each of page.forms) each.autocomplete = "off";
    });
  }
  for (const form of page.querySelectorAll("form[data-quick-exit]")) {
    form.addEventListener("submit", () => {
      document.title = "";
      document.documentElement.classList.add("esc-covered", "esc-covered--whole");
      CHANNEL?.postMessage({ out: true });
    });
  }
}

export function watchStay(page) {
  watchExits(page);
  for (const box of page.querySelectorAll("[data-stay]")) new Stay(box);
}
