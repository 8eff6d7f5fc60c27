// Passkeys: forms with data-passkey="create" or "get" ask the browser and send its answer. Without script, or in a
// browser without passkeys, people use an app or a recovery code.

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
};
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const ASK = {
  create(options) {
    return navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
  },
  get(options) {
    return navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        allowCredentials: known(options.allowCredentials),
      },
    });
  },
};

const answer = (made) => {
  const { response } = made;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return JSON.stringify({
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: Object.fromEntries(given),
    clientExtensionResults: {},
  });
};

function watch(form) {
  const field = form.querySelector("[data-passkey-answer]");
  const status = form.querySelector("[data-passkey-status]");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    status.textContent = "Waiting for your device…";
    try {
      field.value = answer(await ASK[form.dataset.passkey](JSON.parse(form.dataset.passkeyOptions)));
      form.submit();
    } catch {
      status.textContent = "Your device did not confirm. Press the button to try again, or use another way.";
    }
  });
}

export function watchPasskeys(page) {
  if (!window.PublicKeyCredential) return;
  for (const form of page.querySelectorAll("form[data-passkey]")) watch(form);
}
