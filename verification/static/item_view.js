// Draws one item: crop, input fitting its type, candidates, reasons. Does not use the queue.

const $ = (id) => document.getElementById(id);
export const words = JSON.parse($("words").textContent);
export const translate = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

const FLAGS = ["check", "seal", "signature"];
const NUMERIC = ["digits", "amount", "postal_code", "phone", "my_number", "account_number"];
let zoom = 1;
let turned = 0; // degrees clockwise

export function preload(item) {
  const picture = new Image();
  picture.id = "crop";
  picture.alt = $("crop").alt;
  picture.src = item.crop;
  item.picture = picture;
  item.ready = picture.decode().catch(() => {});
}

export function draw(item) {
  const section = $("item");
  Object.assign(section.dataset, {
    item: item.id,
    document: item.document,
    field: item.field,
    mode: item.mode,
    presentation: item.presentation,
    file: item.file,
    page: item.page,
    type: item.type,
    form: item.form,
  });
  $("where").textContent = translate("where", { form: item.form_title, document: item.document, page: item.page_no });
  $("badge").textContent = translate(`badge_${item.mode === "verify" ? item.presentation : item.mode}`);
  $("label").textContent = item.label + (item.required ? translate("required") : "");
  $("crop").replaceWith(item.picture);
  fit(item.picture);
  showNear(item, !$("near").hidden);
  drawRead(item);
  drawInput(item);
  drawCandidates(item);
  drawWhy(item);
  $("helper").textContent = "";
  $("problems").replaceChildren();
  section.hidden = false;
  $("nothing-left").hidden = true;
}

export function showNear(item, open) {
  const able = open && item.near;
  $("near").hidden = !able;
  document.querySelector('[data-do="near"]').setAttribute("aria-expanded", String(Boolean(able)));
  document.querySelector('[data-do="near"]').disabled = !item.near;
  if (able) $("near-picture").src = item.near;
  fit($("crop"));
}

// As wide and high as the room allows, small fields enlarged up to three times; then the person's own zoom.
export function fit(picture) {
  const lay = () => {
    const room = picture.parentElement;
    if (!room || !picture.naturalWidth) return;
    const lying = turned % 180 !== 0;
    const [wide, high] = [room.clientWidth - 16, room.clientHeight - 16];
    const across = (lying ? high : wide) / picture.naturalWidth;
    const down = (lying ? wide : high) / picture.naturalHeight;
    const scale = Math.min(across, down, 3) * zoom;
    const excess = lying ? Math.round(((picture.naturalWidth - picture.naturalHeight) * scale) / 2) : 0;
    picture.style.width = `${Math.round(picture.naturalWidth * scale)}px`;
    picture.style.rotate = `${turned}deg`;
    picture.style.margin = `${excess}px ${-excess}px`; // the room that a picture on its side really takes
  };
  if (picture.complete) lay();
  else picture.addEventListener("load", lay, { once: true });
}

export function zoomBy(factor) {
  zoom = Math.min(Math.max(zoom * factor, 0.5), 4);
  fit($("crop"));
}

export function turn() {
  turned = (turned + 90) % 360;
  fit($("crop"));
}

export function value(item) {
  const inputs = [...$("inputs").querySelectorAll('[name="value"]')];
  if (!item.options.length) return inputs[0]?.value ?? "";
  const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
  return chosen.join("|");
}

export function setValue(item, text) {
  const inputs = [...$("inputs").querySelectorAll('[name="value"]')];
  if (item.options.length) {
    const chosen = text.split("|");
    for (const input of inputs) input.checked = chosen.includes(input.value);
  } else inputs[0].value = text;
}

// The first doubtful run is selected, so that typing replaces just it; else the whole value.
export function focusInput(item) {
  const inputs = [...$("inputs").querySelectorAll('[name="value"]')];
  const target = inputs.find((input) => input.checked) ?? inputs[0];
  target?.focus({ preventScroll: true });
  if (item.options.length || !target) return;
  let at = 0;
  const plain = item.pieces.map((piece) => piece.text).join("") === target.value;
  for (const piece of plain ? item.pieces : []) {
    if (piece.weak) {
      target.setSelectionRange(at, at + piece.text.length);
      return;
    }
    at += piece.text.length;
  }
  target.select();
}

export function choose(item, number) {
  const inputs = [...$("inputs").querySelectorAll('[name="value"]')];
  if (number === 0) for (const input of inputs) input.checked = false;
  const input = inputs[number - 1];
  if (!input) return number === 0;
  input.checked = item.type === "multi_choice" ? !input.checked : true;
  input.focus();
  return true;
}

export function plainCandidateKeys(item) {
  return item.candidates.length > 0 && ["kana", "text"].includes(item.type) && item.content !== "address";
}

function drawRead(item) {
  const box = $("read");
  box.replaceChildren();
  box.hidden = item.pieces.length === 0 || item.presentation === "blind";
  if (box.hidden) return;
  box.append(element("span", translate(item.mode === "override" ? "standing" : "read"), "read-label"), " ");
  for (const piece of item.pieces) {
    if (!piece.weak) box.append(piece.text);
    else box.append(element("mark", piece.text, "weak"));
  }
  if (item.pieces.some((piece) => piece.weak)) box.append(" ", element("span", translate("weak"), "hint"));
}

function drawInput(item) {
  const box = $("inputs");
  if (item.options.length) {
    box.replaceChildren(optionList(item));
    return;
  }
  const input = document.createElement("input");
  Object.assign(input, { name: "value", id: "value", type: "text", value: item.draft ?? item.value });
  input.setAttribute("aria-labelledby", "label");
  input.setAttribute("aria-describedby", "helper problems");
  input.autocomplete = "off";
  input.spellcheck = false;
  if (NUMERIC.includes(item.type) || item.type === "date") input.inputMode = item.type === "date" ? "text" : "numeric";
  input.classList.toggle("numeric", NUMERIC.includes(item.type));
  if (item.type === "date") input.placeholder = translate("date_hint");
  box.replaceChildren(input);
}

function optionList(item) {
  const many = item.type === "multi_choice";
  const list = element("fieldset", "", "options");
  list.append(element("legend", translate(many ? "choose_many" : "choose_one"), "hint"));
  const chosen = (item.draft ?? item.value).split("|");
  item.options.forEach((option, place) => {
    const label = element("label", "", "option");
    const input = document.createElement("input");
    Object.assign(input, { type: many ? "checkbox" : "radio", name: "value", value: option.value });
    input.checked = chosen.includes(option.value);
    label.append(element("kbd", String(place + 1)), input, element("span", option.label));
    list.append(label);
  });
  if (!FLAGS.includes(item.type)) list.append(element("p", translate("zero_clears"), "hint"));
  return list;
}

function drawCandidates(item) {
  const list = $("candidates");
  list.replaceChildren();
  list.hidden = item.candidates.length === 0 || item.options.length > 0;
  if (list.hidden) return;
  const prefix = plainCandidateKeys(item) ? "" : "Alt+";
  item.candidates.forEach((candidate, place) => {
    const button = element("button", "", "candidate");
    button.type = "button";
    button.dataset.candidate = place;
    button.append(element("kbd", `${prefix}${place + 1}`), element("span", candidate.shown, "candidate-value"));
    if (candidate.percent !== null) button.append(element("span", `${candidate.percent}%`, "hint"));
    const entry = document.createElement("li");
    entry.append(button);
    list.append(entry);
  });
}

function drawWhy(item) {
  fill($("reasons"), item.reasons.map((reason) => reason.text));
  $("reasons-box").hidden = item.reasons.length === 0;
  $("confidence").textContent = item.confidence === null ? "" : translate("confidence", { n: item.confidence });
  $("blind-note").hidden = item.presentation !== "blind";
  $("voices").hidden = item.voices.length === 0;
  fill($("voices-list"), item.voices.map((voice) => `${voice.outcome}: ${voice.value || "–"}`));
  $("blocked").hidden = !item.blocked_by;
  $("blocked-text").textContent = item.blocked_by;
  $("others").replaceChildren(...item.others.map(otherField));
}

function otherField(other) {
  const entry = document.createElement("li");
  const picture = new Image();
  picture.src = other.crop;
  picture.alt = translate("crop_of", { label: other.label });
  const button = element("button", translate("mend_other", { label: other.label }), "small");
  button.type = "button";
  button.dataset.other = other.field;
  entry.append(element("strong", `${other.label}: `), other.value || "–", picture, button);
  return entry;
}

function fill(list, texts) {
  list.replaceChildren(...texts.map((text) => element("li", text)));
}

export function element(name, text, className = "") {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}
