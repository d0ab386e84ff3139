// The editor of templates: connects sheet, panels and keys; checks on the server; saves.

import { Refused, get, post } from "./api.js";
import { WorkClock } from "./clock.js";
import { el, translate } from "./editor_dom.js";
import { Lines } from "./editor_lines.js";
import { Template, around, bounds, labelOf } from "./editor_model.js";
import { Panel } from "./editor_panel.js";
import { Sheet } from "./editor_sheet.js";
import { Trial } from "./editor_trial.js";

const $ = (id) => document.getElementById(id);
const about = JSON.parse($("about").textContent);
const path = `/api/templates/${about.kind}/${about.id}`;
const kept = `utsushi.template.${about.kind}.${about.id}`;
const clock = new WorkClock(Number(document.querySelector('meta[name="idle"]').content));
const STEP = 0.25; // mm that an arrow moves
const CHECK_MS = 350;

let opened;
try {
  opened = await get(path);
} catch {
  $("status").textContent = translate("failed");
  throw new Error("template");
}
let base = opened.stamp;
let timer = 0;
let checks = 0;
const template = new Template(opened.data);
const desk = $("desk");
const sheet = new Sheet($("sheet"), template, {
  size: about.size,
  lines: opened.lines.map((rows) => new Lines(rows)),
  blank: (page) => `/templates/${about.kind}/${about.id}/page${page}.png`,
  callbacks: { focus: () => desk.focus({ preventScroll: true }), place },
});
const actions = { pick, showMessage, addRule, suggest, page: turn };
const panel = new Panel(template, sheet, about, actions);
const trial = new Trial(template, sheet, about, path, actions);
trial.scans = opened.scans;
trial.scan = opened.scans[0] ?? "";
restore();
sheet.draw();
template.changed = changed;
steps();
panel.draw();
panel.drawForm();
trial.draw();
check();
document.documentElement.dataset.ready = "yes";

function changed(what) {
  sheet.draw();
  steps();
  if (what === "selection") panel.draw();
  else {
    panel.numbers();
    keep();
    clearTimeout(timer);
    timer = setTimeout(check, CHECK_MS);
  }
}

function steps() {
  $("undo").disabled = !template.past.length;
  $("redo").disabled = !template.future.length;
}

// The working copy survives a closed tab, until it is saved or discarded.
function keep() {
  try {
    localStorage.setItem(kept, JSON.stringify({ stamp: base, data: template.data() }));
  } catch {
    // Without local storage only this convenience is missing.
  }
}

function restore() {
  const found = JSON.parse(localStorage.getItem(kept) ?? "null");
  if (!found || found.stamp !== base || JSON.stringify(found.data) === JSON.stringify(template.data())) return;
  const before = template.data();
  template.load(found.data);
  const back = () => {
    localStorage.removeItem(kept);
    template.act("", () => template.load(before));
    redraw();
    showMessage("");
  };
  showMessage(translate("restored"));
  $("status").append(" ", el("button", { type: "button", className: "small", onclick: back }, translate("restored_back")));
}

function redraw() {
  panel.draw();
  panel.drawForm();
  sheet.draw();
}

async function check() {
  const mine = ++checks;
  let answer;
  try {
    answer = await post(`${path}/check`, { data: template.data() });
  } catch (error) {
    if (mine === checks) problems([{ text: error.message || translate("failed"), fields: [] }]);
    return null;
  }
  if (mine !== checks) return answer;
  problems(answer.problems);
  const faulty = new Set(answer.problems.flatMap((problem) => problem.fields));
  if (String([...faulty]) !== String([...sheet.faulty])) {
    sheet.faulty = faulty;
    sheet.draw();
    panel.drawList();
  }
  $("save").dataset.changes = answer.changes.length;
  return answer;
}

function problems(found) {
  const box = $("problems");
  box.hidden = !found.length;
  box.replaceChildren(
    el("strong", {}, translate("problems", { n: found.length })),
    el("ul", {}, ...found.slice(0, 8).map((problem) => {
      const field = template.fields.find((one) => problem.fields.includes(one.entry.name));
      const go = field && el("button", { type: "button", className: "quiet small", onclick: () => pick(field.uid) }, translate("problem_go"));
      return el("li", {}, problem.text, go ?? null);
    })),
  );
}

function showMessage(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

function pick(uid, more = false) {
  const field = template.get(uid);
  if (!field) return;
  if (field.page !== sheet.page) turn(field.page);
  template.select(more ? [...template.selected, uid] : [uid]);
  show("fields");
  const drawn = document.querySelector(`#sheet [data-uid="${uid}"]`);
  drawn?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function turn(page) {
  $("page").value = String(page);
  sheet.show(page);
}

// A new field at a place on the sheet; its type depends on the number of its character boxes.
function place(box, page) {
  const rounded = box.map((value) => Math.round(value * 100) / 100);
  const cells = sheet.paper.count(rounded);
  const entry = { name: "field_1", label: translate("new_label"), type: cells ? "digits" : "text", box: rounded, ...(cells ? { cells } : {}) };
  template.add(page, entry);
  use("select");
  show("fields");
  $("field-label").focus();
  $("field-label").select();
}

// A field without a name gets one from the meaning of its label, and the type where its shape allows it.
async function suggest(field) {
  const { uid, entry } = field;
  if (!/^field(_\d+)*$/.test(entry.name)) return;
  const found = await post(`${path}/suggest`, { label: labelOf(entry) }).catch(() => ({}));
  const now = template.get(uid);
  if (!found.name || !now || now.entry !== entry) return;
  const letters = entry.box && !["date", "check", "choice", "multi_choice"].includes(found.type);
  template.act("", () => {
    entry.name = template.free(found.name);
    entry.label_en = found.label_en;
    if (!letters) return;
    entry.type = found.type;
    if (found.content && found.type === "text") entry.content = found.content;
  });
  panel.draw();
  showMessage(translate("suggested", { name: entry.name, type: translate(`type_${entry.type}`) }));
}

function addRule() {
  const fields = template.chosen().map((field) => field.entry.name);
  template.act("", () => (template.form.rules ??= []).push({ rule: about.rules[0], fields }));
  panel.drawForm();
  show("form");
  $("panel-form").querySelector(".rule:last-of-type select").focus();
}

function use(tool) {
  sheet.tool = tool;
  $("tool-select").setAttribute("aria-pressed", String(tool === "select"));
  $("tool-add").setAttribute("aria-pressed", String(tool === "add"));
  desk.classList.toggle("adding", tool === "add");
  sheet.draw();
}

const TABS = ["fields", "form", "trial"];
function show(name) {
  for (const one of TABS) {
    $(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    $(`panel-${one}`).hidden = one !== name;
  }
  if (name === "form") panel.drawForm();
  if (name === "trial") trial.draw();
}

function copyRow() {
  const chosen = template.chosen();
  if (!chosen.length) return;
  const box = around(chosen.map((field) => bounds(field.entry)));
  template.copyRow(sheet.paper.pitch(box));
}

function step(key, large) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (large) template.grow(way[0] * STEP, way[1] * STEP);
  else template.move(way[0] * STEP, way[1] * STEP, "nudge");
}

function next(by) {
  const all = template.fields;
  const at = all.findIndex((field) => template.selected.has(field.uid));
  const field = all[(at + by + all.length) % all.length];
  if (field) pick(field.uid);
}

const COMMANDS = {
  z: () => (template.undo(), redraw()),
  y: () => (template.redo(), redraw()),
  c: () => (template.copy(), showMessage(translate("copied", { n: template.selected.size }))),
  v: () => template.paste(sheet.page),
  d: copyRow,
  a: () => template.select(template.fields.filter((field) => field.page === sheet.page).map((field) => field.uid)),
  s: save,
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea");
  const command = event.ctrlKey || event.metaKey ? COMMANDS[event.key.toLowerCase()] : null;
  if (command && (!typing || event.key === "s")) {
    event.preventDefault();
    if (event.shiftKey && event.key.toLowerCase() === "z") COMMANDS.y();
    else command();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    next(event.key === "ArrowUp" ? -1 : 1);
    return;
  }
  if (event.target !== desk && event.target !== document.body) return;
  if (event.key.startsWith("Arrow") && template.selected.size) step(event.key, event.shiftKey);
  else if (event.key === "Delete" || event.key === "Backspace") template.remove();
  else if (event.key === "Escape") (use("select"), template.select([]));
  else if (event.key === "n") use("add");
  else if (event.key === "v") use("select");
  else if (event.key === "Enter" && template.selected.size === 1) (show("fields"), $("field-label").focus());
  else return;
  event.preventDefault();
});

for (const [id, act] of Object.entries({
  "tool-select": () => use("select"),
  "tool-add": () => use("add"),
  undo: COMMANDS.z,
  redo: COMMANDS.y,
  "copy-row": copyRow,
  delete: () => template.remove(),
  save,
  smaller: () => zoom(1 / 1.25),
  bigger: () => zoom(1.25),
  "saving-back": () => $("saving").close(),
  "saving-go": store,
}))
  $(id).addEventListener("click", act);
$("page").addEventListener("change", (event) => (template.select([]), sheet.show(Number(event.target.value))));
for (const name of TABS) {
  $(`tab-${name}`).addEventListener("click", () => show(name));
  $(`tab-${name}`).addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const to = TABS[(TABS.indexOf(name) + by + TABS.length) % TABS.length];
    show(to);
    $(`tab-${to}`).focus();
  });
}

function zoom(by) {
  sheet.scale(sheet.zoom * by);
  $("zoom").textContent = `${Math.round(sheet.zoom * 100)}%`;
}

// Shows the changes or problems first, then saves after confirmation.
async function save() {
  clearTimeout(timer);
  const answer = await check();
  if (!answer) return;
  const list = $("saving-list");
  const wrong = answer.problems.length > 0;
  $("saving-text").textContent = wrong ? translate("saving_wrong") : answer.changes.length ? translate("saving_changes", { n: answer.changes.length }) : translate(about.kind === "draft" ? "saving_draft" : "saving_none");
  list.replaceChildren(
    wrong
      ? el("ul", { className: "bad" }, ...answer.problems.map((problem) => el("li", {}, problem.text)))
      : el("table", {}, el("tbody", {}, ...answer.changes.map((change) =>
          el("tr", { className: `change-${change.kind}` }, el("td", {}, translate(`change_${change.kind}`)), el("th", { scope: "row" }, change.subject), el("td", {}, change.text))))),
  );
  $("saving-go").disabled = wrong || (!answer.changes.length && about.kind !== "draft");
  $("saving").showModal();
}

async function store() {
  $("saving-go").disabled = true;
  try {
    const done = await post(`${path}/save`, { data: template.data(), base, seconds: clock.seconds() });
    localStorage.removeItem(kept);
    $("saving").close();
    if (about.kind === "draft") {
      location.assign(done.url);
      return;
    }
    base = done.stamp;
    clock.restart();
    showMessage(translate("saved", { n: done.version }));
    check();
  } catch (error) {
    $("saving-text").textContent = error instanceof Refused && error.message ? error.message : translate("failed");
    $("saving-list").replaceChildren();
  }
}
