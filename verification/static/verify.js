// Verifying by keyboard: the next items are preloaded; an answer is sent while the next crop is already on screen.

import { Refused, post } from "./api.js";
import { WorkClock } from "./clock.js";
import * as view from "./item_view.js";

const $ = (id) => document.getElementById(id);
const translate = view.translate;
const desk = $("desk");
const AHEAD = 5;
const POLL = 4000;
const MIN_VIEW_MS = 200; // a key that comes sooner after a new crop is a repeated one: nobody reads that fast
const LONGEST = 4000;
const GONE = ["not_yours", "item_gone", "lease_lost", "not_found"];
const OUTCOMES = {
  KeyK: "blank", KeyH: "illegible", KeyT: "corrected_by_applicant", KeyC: "wrong_form", KeyR: "return_to_applicant",
};
const ACTS = {
  KeyZ: "undo", KeyS: "skip", KeyN: "near", ArrowUp: "bigger", ArrowDown: "smaller", KeyB: "contrast", KeyG: "turn",
};
const SETTLES = ["ok", "blank", "illegible", "corrected_by_applicant", "wrong_form", "return_to_applicant"];

const clock = new WorkClock(Number(desk.dataset.idle));
const waiting = []; // waiting[0] is on screen
const sending = new Set(); // ids of answers on their way
const done = new Set();
const answered = []; // for undo: {id, typed}
let chain = Promise.resolve();
let composing = false;
let keystrokes = 0;
let shownAt = null;
let checks = 0;
let panelYes = null;
let pressed = null; // when Enter was pressed for the crop that is not painted yet
let acted = false; // whether the person has acted on the present item
let count = 0;

const scope = () => ({
  document: desk.dataset.document ? Number(desk.dataset.document) : null,
  form: desk.dataset.form || null,
  field: desk.dataset.field || null,
});
const wanted = () => ({
  ...scope(),
  want: Math.max(1, AHEAD - waiting.filter((item) => !item.later).length),
  have: [...waiting.map((item) => item.id), ...sending].slice(0, 60),
});

start();

async function start() {
  await refill();
  next();
  setInterval(renew, (Number(desk.dataset.lease) * 1000) / 3);
  setInterval(() => waiting.length === 0 && sending.size === 0 && !document.hidden && refill().then(next), POLL);
}

async function refill() {
  try {
    take((await post("/api/verify/claim", wanted())).items);
    $("nothing-message").hidden = true;
  } catch (error) {
    $("nothing-message").textContent = errorText(error);
    $("nothing-message").hidden = false;
  }
}

function take(items) {
  for (const item of items) {
    if (done.has(item.id) || sending.has(item.id) || waiting.some((known) => known.id === item.id)) continue;
    view.preload(item);
    const late = waiting.findIndex((known) => known.later);
    if (late < 0) waiting.push(item);
    else waiting.splice(late, 0, item);
  }
}

// Puts the first waiting item on screen unless it is there already.
function next() {
  desk.setAttribute("aria-busy", "false");
  const item = waiting[0];
  if (!item) {
    if (sending.size === 0) rest();
    return;
  }
  if (shownAt === item) return;
  shownAt = item;
  acted = false;
  closePanel();
  showMessage(item.error ?? "");
  view.draw(item);
  view.focusInput(item);
  $("count").textContent = translate("count", { n: count });
  keystrokes = 0;
  clock.restart();
  if (item.value || item.draft) check();
  measure(item);
}

function rest() {
  shownAt = null;
  pressed = null;
  $("item").hidden = true;
  delete $("item").dataset.item;
  $("nothing-left").hidden = false;
  $("undo-last").hidden = answered.length === 0;
}

function answer(outcome, note = "") {
  const item = waiting[0];
  if (!item || item !== shownAt) return;
  if (item.gone) {
    waiting.shift();
    after();
    return;
  }
  const typed = view.value(item);
  pressed = performance.now();
  const sent = { item: item.id, token: item.token, outcome, value: typed, note, seconds: clock.seconds(), keystrokes };
  waiting.shift();
  sending.add(item.id);
  if (item.mode === "override") dropOverrides(item.document);
  chain = chain.then(() => send(item, sent));
  count += 1;
  after();
}

function after() {
  shownAt = null;
  next();
  if (waiting.length === 0 && sending.size === 0) refill().then(next);
}

async function send(item, sent) {
  try {
    const came = await post("/api/verify/answer", { ...sent, want: wanted() });
    sending.delete(item.id);
    done.add(item.id);
    answered.push({ id: item.id, typed: sent.value });
    if (came.failures.length) $("status").textContent = translate("rules_block", { text: came.failures.join(" ") });
    take(came.items);
  } catch (error) {
    sending.delete(item.id);
    restoreItem(item, sent, error);
  }
  next();
}

// An answer that was not stored: the item comes back on screen with what was typed and the reason.
function restoreItem(item, sent, error) {
  if (shownAt && shownAt !== item) shownAt.draft = view.value(shownAt);
  item.draft = sent.value;
  item.error = errorText(error);
  item.gone = GONE.includes(error.code);
  if (item.gone) item.error += ` ${translate("gone_next")}`;
  count -= 1;
  waiting.unshift(item);
  shownAt = null;
}

async function undo() {
  await chain;
  const last = answered.at(-1);
  if (!last) {
    showMessage(translate("nothing_to_undo"));
    return;
  }
  try {
    const { item } = await post("/api/verify/undo", { item: last.id });
    answered.pop();
    done.delete(item.id);
    if (shownAt) shownAt.draft = view.value(shownAt);
    item.draft = last.typed;
    view.preload(item);
    waiting.unshift(item);
    count = Math.max(0, count - 1);
    shownAt = null;
    next();
  } catch (error) {
    answered.pop();
    if (shownAt) showMessage(errorText(error));
    else {
      $("nothing-message").textContent = errorText(error);
      $("nothing-message").hidden = false;
    }
  }
}

// Postpones the item: it stays claimed and comes last.
async function skip() {
  const item = waiting[0];
  if (!item) return;
  item.draft = view.value(item);
  item.later = true;
  waiting.shift();
  if (!waiting.some((known) => !known.later)) await refill();
  waiting.push(item);
  shownAt = null;
  next();
  if (waiting.filter((known) => !known.later).length < AHEAD) refill();
}

// To the next or previous claimed item; typed values stay.
function move(step) {
  if (waiting.length < 2 || !shownAt) return;
  shownAt.draft = view.value(shownAt);
  if (step > 0) waiting.push(waiting.shift());
  else waiting.unshift(waiting.pop());
  shownAt = null;
  next();
}

// A changed value may satisfy a rule, so other items about rules of the application are loaded again.
function dropOverrides(document) {
  for (let place = waiting.length - 1; place >= 0; place -= 1) {
    if (waiting[place].document === document && waiting[place].mode === "override") waiting.splice(place, 1);
  }
}

async function correctOther(field) {
  const current = waiting[0];
  try {
    const { item } = await post("/api/verify/ask", { item: current.id, field });
    current.draft = view.value(current);
    view.preload(item);
    waiting.unshift(item);
    shownAt = null;
    next();
  } catch (error) {
    showMessage(errorText(error));
  }
}

async function renew() {
  if (!waiting.length || clock.sinceAction() > Number(desk.dataset.lease)) return;
  try {
    const ids = waiting.map((item) => item.id);
    const { items } = await post("/api/verify/renew", { items: ids }, { quiet: true });
    for (let place = waiting.length - 1; place > 0; place -= 1) {
      if (ids.includes(waiting[place].id) && !items.includes(waiting[place].id)) waiting.splice(place, 1);
    }
  } catch {
    // A lost claim is reported with the answer; a missed renewal alone needs no message.
  }
}

function perform(act) {
  const item = waiting[0];
  if (SETTLES.includes(act) && !panelYes && tooSoon()) return;
  if (act === "undo") undo();
  else if (!item) return;
  else if (act === "ok") ok();
  else if (act === "skip") skip();
  else if (act === "near") view.showNear(item, $("near").hidden);
  else if (act === "bigger") view.zoomBy(1.25);
  else if (act === "smaller") view.zoomBy(0.8);
  else if (act === "contrast") contrast();
  else if (act === "turn") view.turn();
  else if (act === "next") move(1);
  else if (act === "previous") move(-1);
  else if (act === "wrong_form" || act === "return_to_applicant") panel(translate(`ask_${act}`), act, false);
  else answer(act);
}

// A doubled key or click must not confirm the next item, which nobody has seen yet.
function tooSoon() {
  return !acted && $("item").dataset.seen !== String(shownAt?.id);
}

// Confirming a value although a rule fails needs a reason.
function ok() {
  const item = waiting[0];
  if (view.value(item).length > LONGEST) {
    showMessage(translate("too_long", { n: LONGEST }));
    return;
  }
  const keeps = item.mode === "override" && item.blocked_by && !item.gone && view.value(item) === item.value;
  if (keeps) panel(translate("ask_override"), "ok", true);
  else answer("ok");
}

function panel(text, outcome, needsNote) {
  $("panel-title").textContent = text;
  $("note").value = "";
  $("note-label").textContent = translate(needsNote ? "note_needed" : "note");
  $("panel").hidden = false;
  $("note").focus();
  $("panel").scrollIntoView({ block: "nearest" });
  panelYes = () => {
    const note = $("note").value.trim();
    if (needsNote && !note) {
      $("note").focus();
      showMessage(translate("note_missing"));
      return;
    }
    answer(outcome, note);
  };
}

function closePanel() {
  $("panel").hidden = true;
  panelYes = null;
}

// Cycles through the contrast modes for faint or dark scans, then back to the original.
function contrast() {
  const level = (Number(document.body.dataset.contrast ?? 0) + 1) % 4;
  document.body.dataset.contrast = level;
  document.querySelector('[data-do="contrast"]').setAttribute("aria-pressed", String(level > 0));
  $("status").textContent = translate(`contrast_${level}`);
}

function pick(place) {
  const candidate = waiting[0]?.candidates[place];
  if (!candidate) return false;
  acted = true;
  view.setValue(waiting[0], candidate.value);
  check();
  return true;
}

let timer = 0;
function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, 120);
}

async function check() {
  const item = waiting[0];
  if (!item || item.gone) return;
  const number = ++checks;
  const typed = view.value(item);
  if (typed.length > LONGEST) {
    showMessage(translate("too_long", { n: LONGEST }));
    return;
  }
  let found;
  try {
    found = await post("/api/check", { item: item.id, value: typed }, { quiet: true });
  } catch {
    return; // checks help while typing; the answer itself is what must not fail silently
  }
  if (number !== checks || waiting[0] !== item) return;
  const shown = found.words || found.normal;
  $("helper").textContent = typed && !item.options.length && shown !== typed ? translate("stored_as", { text: shown }) : "";
  $("problems").replaceChildren(
    ...found.problems.map((problem) => {
      const entry = view.element("li", "", `problem ${problem.severity}`);
      entry.append(view.element("strong", translate(`severity_${problem.severity}`)), ` ${problem.text}`);
      return entry;
    }),
  );
}

function errorText(error) {
  if (!(error instanceof Refused)) throw error;
  return error.message || translate(error.code === "offline" ? "offline" : "broken");
}

function showMessage(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// From the key to the next crop painted; `performance` stores the figures for measurements.
function measure(item) {
  const start = pressed;
  pressed = null;
  const painted = () => {
    setTimeout(() => shownAt === item && ($("item").dataset.seen = item.id), MIN_VIEW_MS);
    if (start !== null) performance.measure("enter-to-crop", { start, end: performance.now() });
  };
  item.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(painted)));
}

addEventListener("compositionstart", () => (composing = true), true);
// Some input methods send the confirming Enter only after compositionend.
addEventListener("compositionend", () => setTimeout(() => (composing = false), 0), true);

addEventListener("keydown", (event) => {
  keystrokes += 1; // keys consumed by an input method are work, too
  if (event.isComposing || composing || event.keyCode === 229 || $("again").open) return;
  if (event.altKey && !event.ctrlKey && !event.metaKey) return alt(event);
  if (event.key === "Escape" && panelYes) {
    closePanel();
    view.focusInput(waiting[0]);
  } else if (event.key === "Enter") enter(event);
  else if (!event.ctrlKey && !event.metaKey) plain(event);
});

function alt(event) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  const act = OUTCOMES[event.code] ?? ACTS[event.code];
  if (digit) pick(Number(digit[1]) - 1);
  else if (act && !event.repeat) perform(act);
  else if (!act) return;
  event.preventDefault();
}

function enter(event) {
  if (event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement) return;
  event.preventDefault();
  if (event.repeat || !waiting[0]) return;
  if (panelYes) panelYes();
  else perform("ok");
}

function plain(event) {
  const item = waiting[0];
  if (!panelYes && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
    return;
  }
  acted = true;
  if (!item || panelYes || !/^[0-9]$/.test(event.key)) return;
  if (item.options.length) {
    if (view.choose(item, Number(event.key))) check();
    event.preventDefault();
  } else if (view.plainCandidateKeys(item) && event.key !== "0" && view.value(item) === (item.draft ?? item.value)) {
    if (pick(Number(event.key) - 1)) event.preventDefault();
  }
}

$("form").addEventListener("submit", (event) => event.preventDefault());
$("inputs").addEventListener("input", () => {
  acted = true;
  if (!waiting[0]?.gone) showMessage("");
  checkSoon();
});
$("panel-yes").addEventListener("click", () => panelYes?.());
$("panel-no").addEventListener("click", () => {
  closePanel();
  view.focusInput(waiting[0]);
});
$("undo-last").addEventListener("click", undo);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.dataset.do) perform(button.dataset.do);
  else if (button.dataset.candidate) {
    pick(Number(button.dataset.candidate));
    view.focusInput(waiting[0]);
  } else if (button.dataset.other) correctOther(button.dataset.other);
});
addEventListener("resize", () => waiting[0] && view.fit(waiting[0].picture));
// After a restore from the back/forward cache: the items were released on leaving, so request them again.
addEventListener("pageshow", async (event) => {
  if (!event.persisted) return;
  const typed = new Map(waiting.map((item) => [item.id, item === shownAt ? view.value(item) : item.draft]));
  waiting.length = 0;
  shownAt = null;
  $("item").hidden = true;
  await refill();
  for (const item of waiting) item.draft = typed.get(item.id);
  next();
});
// Leaving the page releases the unanswered items.
addEventListener("pagehide", () => {
  const items = waiting.map((item) => item.id);
  if (items.length) post("/api/verify/release", { items }, { keepalive: true, quiet: true }).catch(() => {});
});
