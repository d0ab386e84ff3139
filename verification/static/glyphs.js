// The glyph grid: arrow keys move, typing corrects the character, Escape leaves one out, Enter confirms all the others.

import { post } from "./api.js";
import { WorkClock } from "./clock.js";

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const say = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const grid = $("grid");
const clock = new WorkClock(Number(grid.dataset.idle));
const putOff = new Set();
let cells = [];
let busy = false;

load(grid.dataset.group || null);

async function load(group) {
  const found = await post("/api/glyphs/claim", { group });
  if (!found.cells.length && group !== null) return load(null);
  // Spread, because a character outside the basic plane is two units long.
  cells = found.cells.filter((cell) => !putOff.has(cell.item)).map((cell) => ({ ...cell, letters: [...cell.value] }));
  $("group").textContent = found.group;
  $("hint").textContent = $("hint").dataset.text.replace("{group}", found.group);
  for (const id of ["hint", "confirm", "cells"]) $(id).hidden = cells.length === 0;
  $("nothing-left").hidden = cells.length > 0;
  $("groups").replaceChildren(...found.groups.map((entry) => groupLink(entry, found.group)));
  $("cells").replaceChildren(...cells.map(draw));
  clock.restart();
  cells[0]?.input.focus();
  cells[0]?.input.select();
  count();
}

function groupLink({ key, count: number }, current) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  link.className = "chip";
  link.href = `/verify/glyphs?group=${encodeURIComponent(key)}`;
  link.textContent = `${key} ${number}`;
  if (key === current) link.setAttribute("aria-current", "true");
  entry.append(link);
  return entry;
}

function draw(cell) {
  const entry = document.createElement("li");
  entry.className = "cell";
  entry.dataset.item = cell.item;
  const picture = new Image();
  picture.src = cell.crop;
  picture.alt = "";
  const input = document.createElement("input");
  input.value = cell.letters[cell.place];
  input.maxLength = 2;
  input.autocomplete = "off";
  input.setAttribute("aria-label", say("cell", { label: cell.label, document: cell.document }));
  const hint = document.createElement("span");
  hint.className = "hint";
  hint.textContent = cell.document;
  input.addEventListener("focus", () => input.select());
  input.addEventListener("input", () => {
    entry.classList.toggle("changed", input.value !== cell.letters[cell.place]);
    count();
  });
  entry.append(picture, input, hint);
  Object.assign(cell, { entry, input });
  return entry;
}

function count() {
  const changed = cells.filter((cell) => cell.entry.classList.contains("changed")).length;
  $("changed").textContent = changed ? `✎ ${changed}` : "";
}

async function confirm() {
  if (busy || !cells.length) return;
  busy = true;
  const chosen = cells.filter((cell) => !cell.entry.classList.contains("later"));
  const seconds = clock.seconds() / Math.max(1, chosen.length);
  const failed = [];
  for (const cell of chosen) {
    const value = cell.letters.with(cell.place, cell.input.value).join("");
    const sent = { item: cell.item, token: cell.token, outcome: "ok", value, seconds };
    try {
      await post("/api/verify/answer", sent);
    } catch (error) {
      failed.push(error.message);
    }
  }
  const left = cells.filter((cell) => cell.entry.classList.contains("later"));
  for (const cell of left) putOff.add(cell.item);
  $("told").textContent = say("glyphs_done", { n: chosen.length - failed.length });
  $("message").hidden = failed.length === 0;
  $("message").textContent = say("glyphs_failed", { n: failed.length, text: failed[0] ?? "" });
  busy = false;
  await load($("group").textContent);
}

// How many cells stand in a row, from where the second row begins.
function columns() {
  const top = cells[0].entry.offsetTop;
  const second = cells.findIndex((cell) => cell.entry.offsetTop > top);
  return second < 0 ? cells.length : second;
}

addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const at = cells.findIndex((cell) => cell.input === document.activeElement);
  if (event.key === "Enter" && at >= 0 && !event.repeat) {
    event.preventDefault();
    confirm();
    return;
  }
  if (at < 0) return;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
  if (step && cells[at + step]) {
    event.preventDefault();
    cells[at + step].input.focus();
  } else if (event.key === "Escape") cells[at].entry.classList.toggle("later");
});

$("confirm").addEventListener("click", confirm);
addEventListener("pagehide", () => {
  const items = [...new Set([...cells.map((cell) => cell.item), ...putOff])];
  if (items.length) post("/api/verify/release", { items }, { keepalive: true, quiet: true }).catch(() => {});
});
