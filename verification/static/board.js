// Updates the board by polling: replaces changed HTML and preserves the focus.

import { get } from "./api.js";

const EVERY = 3000;
const live = document.getElementById("live");
const note = document.getElementById("live-note");
let stamp = "";

async function poll() {
  if (!document.hidden) {
    try {
      const now = await get(`/api/board?stamp=${stamp}`);
      if (now.html !== null) swap(now.html);
      stamp = now.stamp;
      announce(note.dataset.live);
    } catch (error) {
      if (error.status === 401) location.reload();
      announce(note.dataset.lost);
    }
  }
  setTimeout(poll, EVERY);
}

function swap(html) {
  const key = document.activeElement?.dataset?.key;
  live.innerHTML = html;
  if (key) live.querySelector(`[data-key="${key}"]`)?.focus();
}

function announce(text) {
  if (note.textContent !== text) note.textContent = text;
}

setTimeout(poll, EVERY);
