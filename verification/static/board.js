// Keeps the board as it is now: asks for what changed, swaps it in, keeps the focus where it was.

import { get } from "./api.js";

const EVERY = 3000;
const live = document.getElementById("live");
const note = document.getElementById("live-note");
let stamp = "";

async function look() {
  if (!document.hidden) {
    try {
      const now = await get(`/api/board?stamp=${stamp}`);
      if (now.html !== null) swap(now.html);
      stamp = now.stamp;
      say(note.dataset.live);
    } catch (error) {
      if (error.status === 401) location.reload();
      say(note.dataset.lost);
    }
  }
  setTimeout(look, EVERY);
}

function swap(html) {
  const key = document.activeElement?.dataset?.key;
  live.innerHTML = html;
  if (key) live.querySelector(`[data-key="${key}"]`)?.focus();
}

function say(text) {
  if (note.textContent !== text) note.textContent = text;
}

setTimeout(look, EVERY);
