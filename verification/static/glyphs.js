// The glyph grid: arrow keys move, typing corrects the character, Escape sends one to be seen as a whole field, Enter confirms
// all the others.

import { Refused, post } from "./api.js";
import { WorkClock } from "./clock.js";

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const translate = (key, values) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values?.[name] ?? "");
const grid = $("grid");
const clock = new WorkClock(Number(grid.dataset.idle));
let cells = [];
let busy = false;
let composing = false;
let keystrokes = 0;

load(grid.dataset.group || null);
setInterval(renew, (Number(grid.dataset.lease) * 1000) / 3);

async function load(group) {
  let found;
  try {
    found = await post("/api/glyphs/claim", { group });
  } catch (error) {
    showMessage(error instanceof Refused && error.message ? error.message : translate("offline"));
    return;
  }
  cells = found.cells;
  $("group").textContent = found.group;
  $("hint").textContent = $("hint").dataset.text.replace("{group}", found.group);
  for (const id of ["hint", "confirm", "cells"]) $(id).hidden = cells.length === 0;
  $("nothing-left").hidden = cells.length > 0;
  $("cell-field").hidden = cells.length === 0;
  $("groups").replaceChildren(...found.groups.map((entry) => groupLink(entry, found.group)));
  $("cells").replaceChildren(...sections());
  grid.setAttribute("aria-busy", "false");
  keystrokes = 0;
  clock.restart();
  cells[0]?.input.focus();
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

// One list for each character that cells were read as, in the order in which the cells came.
function sections() {
  const reads = [...new Set(cells.map((cell) => cell.read))];
  return reads.map((read) => {
    const mine = cells.filter((cell) => cell.read === read);
    const section = document.createElement("section");
    const heading = document.createElement("h2");
    heading.textContent = translate("glyphs_section", { read, n: mine.length });
    const list = document.createElement("ul");
    list.className = "cells";
    list.setAttribute("aria-label", heading.textContent);
    list.append(...mine.map(draw));
    section.append(heading, list);
    return section;
  });
}

function draw(cell) {
  const entry = document.createElement("li");
  entry.className = "cell";
  entry.dataset.item = cell.item;
  const picture = new Image();
  picture.src = cell.crop;
  picture.alt = "";
  const input = document.createElement("input");
  input.value = cell.read;
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("aria-label", translate("cell", { label: cell.label, document: cell.document }));
  const hint = document.createElement("span");
  hint.className = "hint";
  hint.textContent = cell.document;
  input.addEventListener("focus", () => {
    input.select();
    showField(cell);
  });
  input.addEventListener("input", () => {
    entry.classList.toggle("changed", input.value !== cell.read);
    count();
  });
  entry.append(picture, input, hint);
  Object.assign(cell, { entry, input });
  return entry;
}

function showField(cell) {
  $("cell-label").textContent = translate("cell", { label: cell.label, document: cell.document });
  $("cell-picture").src = cell.field_crop;
}

function count() {
  const changed = cells.filter((cell) => cell.entry.classList.contains("changed")).length;
  $("changed").textContent = changed ? `✎ ${changed}` : "";
}

function whole(cell) {
  const on = cell.entry.classList.toggle("whole");
  cell.entry.querySelector(".hint").textContent = on ? translate("whole") : cell.document;
}

async function confirm() {
  if (busy || !cells.length) return;
  busy = true;
  const isWhole = (cell) => cell.entry.classList.contains("whole");
  const sent = cells.map((cell) => ({
    item: cell.item, token: cell.token, character: isWhole(cell) ? "" : cell.input.value, whole: isWhole(cell),
  }));
  try {
    const stored = await post("/api/glyphs/answer", { cells: sent, seconds: clock.seconds(), keystrokes });
    report(stored, new Set(cells.filter(isWhole).map((cell) => cell.item)));
  } catch (error) {
    showMessage(error instanceof Refused && error.message ? error.message : translate("offline"));
    busy = false;
    return;
  }
  busy = false;
  await load($("group").textContent);
}

// Reports what could not be stored; its cell is loaded again if the person still has the claim.
function report(stored, wholeItems) {
  const failed = stored.filter((one) => one.error);
  const good = stored.filter((one) => !one.error);
  const sent = good.filter((one) => wholeItems.has(one.item)).length;
  const parts = [translate("glyphs_done", { n: good.length - sent })];
  if (sent) parts.push(translate("glyphs_whole", { n: sent }));
  $("status").textContent = parts.join(" ");
  showMessage(failed.length ? translate("glyphs_failed", { n: failed.length, text: failed[0].error }) : "");
}

function showMessage(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

async function renew() {
  if (!cells.length || clock.sinceAction() > Number(grid.dataset.lease)) return;
  await post("/api/verify/renew", { items: cells.map((cell) => cell.item) }, { quiet: true }).catch(() => {});
}

// The cell above or below: the nearest one in the next row, whichever section it stands in.
function vertical(at, way) {
  const place = (cell) => cell.entry.getBoundingClientRect();
  const mine = place(cells[at]);
  const rows = cells.filter((cell) => (place(cell).top - mine.top) * way > 1);
  if (!rows.length) return -1;
  const row = rows.reduce((best, cell) => ((place(cell).top - place(best).top) * way < 0 ? cell : best));
  const level = rows.filter((cell) => Math.abs(place(cell).top - place(row).top) < 1);
  const near = (cell) => Math.abs(place(cell).left - mine.left);
  return cells.indexOf(level.reduce((best, cell) => (near(cell) < near(best) ? cell : best)));
}

addEventListener("compositionstart", () => (composing = true), true);
addEventListener("compositionend", () => setTimeout(() => (composing = false), 0), true);
addEventListener("keydown", (event) => {
  keystrokes += 1; // keys consumed by an input method are work, too
  if (event.isComposing || composing || event.keyCode === 229 || $("again").open) return;
  const at = cells.findIndex((cell) => cell.input === document.activeElement);
  if (at < 0) return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (!event.repeat) confirm();
    return;
  }
  const ways = { ArrowLeft: () => at - 1, ArrowRight: () => at + 1, ArrowUp: () => vertical(at, -1), ArrowDown: () => vertical(at, 1) };
  const target = cells[ways[event.key]?.() ?? -1];
  if (target) {
    event.preventDefault();
    target.input.focus();
  } else if (event.key === "Escape") whole(cells[at]);
});

$("confirm").addEventListener("click", confirm);
addEventListener("pagehide", () => {
  const items = cells.map((cell) => cell.item);
  if (items.length) post("/api/verify/release", { items }, { keepalive: true, quiet: true }).catch(() => {});
});
// After a restore from the back/forward cache the claims are gone: request them again.
addEventListener("pageshow", (event) => event.persisted && load($("group").textContent));
