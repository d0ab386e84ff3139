// The document page: links fields and frames; shows a secret value after its purpose was logged; updates by
// polling.

import { get, post } from "./api.js";
import "./page_time.js";

const EVERY = 3000;
const main = document.getElementById("main");
const api = location.pathname.replace(/^\/documents/, "/api/documents");
let stamp = null;

const dialog = document.getElementById("reveal");
const purpose = document.getElementById("purpose");
const message = document.getElementById("reveal-error");
const shown = document.getElementById("revealed");
let field = "";

bind();
setTimeout(poll, EVERY);

// Again whenever the page's content was replaced.
function bind() {
  const frames = new Map([...document.querySelectorAll("[data-frame]")].map((f) => [f.dataset.frame, f]));
  for (const row of document.querySelectorAll("[data-row]")) {
    const frame = frames.get(row.dataset.row);
    if (!frame) continue;
    const light = (on) => () => {
      frame.classList.toggle("lit", on);
      row.classList.toggle("lit", on);
    };
    row.addEventListener("pointerenter", light(true));
    row.addEventListener("pointerleave", light(false));
    row.addEventListener("focusin", light(true));
    row.addEventListener("focusout", light(false));
    frame.addEventListener("pointerenter", light(true));
    frame.addEventListener("pointerleave", light(false));
    frame.addEventListener("click", () => row.scrollIntoView({ block: "center" }));
  }
}

main.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-reveal]");
  if (!button) return;
  field = button.dataset.reveal;
  purpose.value = "";
  message.hidden = true;
  shown.hidden = true;
  dialog.showModal();
  purpose.focus();
});

async function poll() {
  try {
    const now = (await get(`${api}/stamp`)).stamp;
    if (stamp !== null && now !== stamp && !busy()) await renew();
    if (stamp === null || !busy()) stamp = now;
  } catch {
    // The next poll reports the change.
  }
  setTimeout(poll, EVERY);
}

// No update while somebody is selecting, typing or reading a revealed value.
function busy() {
  const begun = main.querySelector("input:checked, details[open]");
  return document.hidden || dialog.open || begun !== null || main.contains(document.activeElement?.closest?.("form"));
}

async function renew() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  main.replaceChildren(...fresh.childNodes);
  bind();
}

document.getElementById("reveal-go").addEventListener("click", reveal);
purpose.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    reveal();
  }
});

// A revealed value is removed when its dialog closes.
dialog.addEventListener("close", () => {
  document.getElementById("revealed-value").textContent = "";
  document.getElementById("revealed-crop").removeAttribute("src");
});

async function reveal() {
  try {
    const found = await post(`${api}/reveal`, { field, purpose: purpose.value });
    document.getElementById("revealed-value").textContent = found.value;
    const crop = document.getElementById("revealed-crop");
    crop.hidden = !found.crop;
    if (found.crop) crop.src = found.crop;
    shown.hidden = false;
    message.hidden = true;
  } catch (error) {
    message.textContent = error.message || error.code;
    message.hidden = false;
  }
}
