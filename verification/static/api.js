// JSON requests to the server. An expired session opens the sign-in dialog; afterwards the request is repeated.

const meta = (name) => document.querySelector(`meta[name="${name}"]`);

export class Refused extends Error {
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

let signingIn = null;

export async function post(path, body, { keepalive = false, quiet = false, again = false } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf").content },
      body: JSON.stringify(body),
      keepalive,
    });
  } catch {
    throw new Refused("offline", "", 0);
  }
  const data = await response.json().catch(() => ({}));
  if (response.ok) return data;
  const error = data.error ?? { code: "broken", message: "" };
  if (error.code === "csrf" && !again) {
    meta("csrf").content = (await get("/api/csrf")).csrf;
    return post(path, body, { keepalive, quiet, again: true });
  }
  if (error.code === "session_expired" && !quiet) {
    await signInAgain();
    return post(path, body, { keepalive, quiet });
  }
  throw new Refused(error.code, error.message, response.status);
}

export async function get(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Refused("failed", "", response.status);
  return response.json();
}

// One dialog, however many requests fail because the session ended.
function signInAgain() {
  signingIn ??= new Promise((resolve, reject) => {
    const dialog = document.getElementById("again");
    if (!dialog) {
      reject(new Refused("session_expired", "", 401));
      return;
    }
    const password = document.getElementById("again-password");
    const message = document.getElementById("again-error");
    document.getElementById("again-name").value = meta("user").content;
    message.hidden = true;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.getElementById("again-form").onsubmit = async (event) => {
      event.preventDefault();
      try {
        const body = { name: meta("user").content, password: password.value };
        meta("csrf").content = (await post("/api/login", body, { quiet: true })).csrf;
        dialog.close();
        resolve();
      } catch (error) {
        message.textContent = error.message;
        message.hidden = false;
      } finally {
        password.value = "";
      }
    };
    dialog.showModal();
    password.focus();
  }).finally(() => {
    signingIn = null;
  });
  return signingIn;
}
