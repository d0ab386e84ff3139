// The document's page: field and frame point at each other; a secret value is shown after its purpose was logged.

import { post } from "./api.js";
import "./page_time.js";

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

const dialog = document.getElementById("reveal");
const purpose = document.getElementById("purpose");
const told = document.getElementById("reveal-error");
const shown = document.getElementById("revealed");
let field = "";

for (const button of document.querySelectorAll("[data-reveal]")) {
  button.addEventListener("click", () => {
    field = button.dataset.reveal;
    purpose.value = "";
    told.hidden = true;
    shown.hidden = true;
    dialog.showModal();
    purpose.focus();
  });
}

document.getElementById("reveal-go").addEventListener("click", reveal);
purpose.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    reveal();
  }
});

// What was revealed goes with the dialog.
dialog.addEventListener("close", () => {
  document.getElementById("revealed-value").textContent = "";
  document.getElementById("revealed-crop").removeAttribute("src");
});

async function reveal() {
  try {
    const path = `${location.pathname.replace(/^\/documents/, "/api/documents")}/reveal`;
    const found = await post(path, { field, purpose: purpose.value });
    document.getElementById("revealed-value").textContent = found.value;
    const crop = document.getElementById("revealed-crop");
    crop.hidden = !found.crop;
    if (found.crop) crop.src = found.crop;
    shown.hidden = false;
    told.hidden = true;
  } catch (error) {
    told.textContent = error.message || error.code;
    told.hidden = false;
  }
}
