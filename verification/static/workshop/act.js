// What to do with an element that a person pointed at: a dialog with the acts that fit its kind.

import { choose, el, labelled, text, tick, translate } from "../editor_dom.js";

const TYPED = ["input", "password"];
const SIGNS_OF_FIND = ["yes", "no", "many"];
const NOTHING_FOUND = /ありません|見つかりません|存在しません|該当.*(なし|無し|ない)|(^|\D)[0０] ?件|not found|no (match|result|record|row)|nothing/i;
const SIGNS = ["refused", "error_page", "session_lost"];

export class ActDialog {
  constructor(page) {
    this.page = page;
    this.dialog = document.getElementById("act");
    this.body = document.getElementById("act-body");
    document.getElementById("act-close").addEventListener("click", () => this.dialog.close());
  }

  open(element) {
    if (this.page.busy) return;
    this.element = element;
    const words = element.words || element.value;
    document.getElementById("act-title").textContent = `${translate(`kind_${element.kind}`)}${words ? `「${words.slice(0, 60)}」` : ""}`;
    const where = this.page.recording() ? translate("recorded_in", { procedure: translate(`procedure_${this.page.procedure}`) }) : translate("not_recorded");
    document.getElementById("act-where").textContent = where;
    const parts = [this.#main(element)];
    if (this.page.recording()) parts.push(this.#capture(element), this.#sign(element));
    this.body.replaceChildren(...parts.filter(Boolean), this.#locators(element));
    this.dialog.showModal();
    this.body.querySelector("input, select, button")?.focus();
  }

  async #send(values) {
    this.dialog.close();
    return this.page.act({ element: this.element.id, ...values });
  }

  #main(element) {
    if (TYPED.includes(element.kind)) return this.#fill(element);
    if (element.kind === "select") return this.#select(element);
    if (element.kind === "check") return this.#check();
    if (element.kind === "radio") return this.#choose(element);
    if (element.kind === "button" || element.kind === "link") return this.#click(element);
    if (element.kind === "file") return el("p", { className: "notice info" }, translate("file_by_hand"));
    const click = el("button", { type: "button", className: "small", onclick: () => this.#send({ kind: "click" }) }, translate("click_text"));
    const wait = el("button", { type: "button", className: "small", onclick: () => this.#send({ kind: "wait_for" }) }, translate("wait_for"));
    return el("div", { className: "row" }, ...(this.page.recording() ? [click, wait] : [click]));
  }

  // The fields of the record, with the sample's values, so that a person sees what would be typed.
  #fields(empty) {
    const sample = this.page.draft.sample;
    const options = this.page.about.fields.map(({ name, label }) => [name, `${label ? `${label} (${name})` : name}${sample[name] ? ` = ${sample[name].slice(0, 24)}` : ""}`]);
    return [["", empty], ...options];
  }

  // Without a field the engine recognises the value by the sample, also in the old system's own notation (昭和, 63, ﾐﾎﾝ).
  #meant = (field) => (field ? { field } : {});

  // The field whose sample value stands there already, else the one with the same words.
  #guess(element) {
    const { fields } = this.page.about;
    const words = element.words.trim();
    const byLabel = fields.find(({ name, label }) => words && (label === words || name === words));
    const value = element.value.trim();
    const byValue = fields.find(({ name }) => value && this.page.draft.sample[name] === value);
    return (byValue ?? byLabel)?.name ?? "";
  }

  #fill(element) {
    const secret = element.kind === "password" || this.page.procedure === "login";
    const sample = this.page.draft.sample;
    const way = { kind: secret ? "secret" : "value", field: this.#guess(element), secret: "" };
    way.value = sample[way.field] ?? "";
    const typed = text(way.value, (value) => (way.value = value), { id: "act-value", maxLength: 4000 });
    const pick = (name) => {
      way.field = name;
      if (name) typed.value = way.value = sample[name] ?? "";
    };
    const rows = {
      field: labelled(translate("which_field"), choose(this.#fields(translate("recognise")), way.field, pick, { id: "act-field" })),
      value: labelled(translate("fixed_value"), typed),
      secret: labelled(translate("secret_name"), text("", (value) => (way.secret = value), { id: "act-secret", className: "mono", pattern: "[A-Z][A-Z0-9_]{0,60}", placeholder: "KYOKA_USER", spellcheck: false, autocapitalize: "characters" })),
    };
    const update = () => Object.entries(rows).forEach(([kind, row]) => (row.hidden = (kind === "secret") !== (way.kind === "secret")));
    const ways = element.kind === "password" ? ["secret"] : ["value", "secret"];
    const radios = ways.map((kind) => el("label", { className: "option" },
      el("input", { type: "radio", name: "act-way", value: kind, checked: way.kind === kind, onchange: () => ((way.kind = kind), update()) }),
      el("span", {}, translate(`way_${kind}`))));
    update();
    const go = () => {
      if (way.kind === "value") this.#send({ kind: "fill", value: way.value, ...this.#meant(way.field) });
      else if (/^[A-Z][A-Z0-9_]{0,60}$/.test(way.secret)) this.#send({ kind: "fill", secret: way.secret });
      else rows.secret.querySelector("input").reportValidity();
    };
    return this.#form(translate("type_here"), [el("fieldset", { className: "ways" }, el("legend", {}, translate("what_to_type")), ...radios), ...Object.values(rows),
      el("p", { className: "hint" }, translate(secret ? "secret_hint" : "field_hint"))], go,
    el("button", { type: "button", className: "small", onclick: () => this.#send({ kind: "press", value: "Enter" }) }, translate("press_enter")));
  }

  #select(element) {
    const way = { value: element.value, field: this.#guess(element) };
    const options = element.options.map((option) => [option, option]);
    return this.#form(translate("choose_this"), [
      labelled(translate("option"), choose(options, element.value, (value) => (way.value = value), { id: "act-value" })),
      labelled(translate("stands_for"), choose(this.#fields(translate("recognise")), way.field, (name) => (way.field = name), { id: "act-field" })),
    ], () => this.#send({ kind: "select", value: way.value, ...this.#meant(way.field) }));
  }

  #check() {
    const way = { kind: "check", field: "" };
    return this.#form(translate("do_this"), [
      tick(translate("ticked"), true, (on) => (way.kind = on ? "check" : "uncheck")),
      labelled(translate("stands_for"), choose(this.#fields(translate("recognise")), "", (name) => (way.field = name), { id: "act-field" })),
    ], () => this.#send({ kind: way.kind, ...this.#meant(way.field) }));
  }

  #choose(element) {
    const way = { field: this.#guess(element) };
    return this.#form(translate("choose_this"), [
      labelled(translate("stands_for"), choose(this.#fields(translate("recognise")), way.field, (name) => (way.field = name), { id: "act-field" })),
    ], () => this.#send({ kind: "choose", value: element.words || element.value, ...this.#meant(way.field) }));
  }

  #click(element) {
    const press = el("button", { type: "button", className: "primary", onclick: () => this.#send({ kind: "click" }) }, translate(element.kind === "link" ? "follow" : "press"));
    if (!this.page.recording() || this.page.procedure !== "enter") return el("div", { className: "row" }, press);
    // Shown, not pressed: while a bot is being built nothing has to be stored in the old system.
    const save = el("button", { type: "button", className: "danger", id: "act-save", onclick: () => this.#send({ kind: "only_record", irreversible: true }) }, translate("is_saving"));
    const both = el("button", { type: "button", className: "small danger", onclick: () => confirm(translate("really_save")) && this.#send({ kind: "click", irreversible: true }) }, translate("press_saving"));
    return el("div", { className: "stack" }, el("div", { className: "row" }, press),
      el("div", { className: "saving-choice" }, el("p", {}, translate("saving_hint")), el("div", { className: "row" }, save, both)));
  }

  #capture(element) {
    if (["login", "find"].includes(this.page.procedure) || ["button", "file", "password"].includes(element.kind)) return null;
    const way = { field: this.#guess(element) };
    const fields = [["receipt", translate("receipt")], ...this.#fields(translate("choose_field")).slice(1)];
    const words = element.value || element.words;
    way.part = words;
    way.field ||= this.page.procedure === "enter" ? "receipt" : fields[1]?.[0] ?? "receipt";
    const capture = el("button", { type: "button", className: element.kind === "text" ? "primary" : "", onclick: () => this.#send({ kind: "capture", field: way.field, ...(way.part && way.part !== words ? { value: way.part } : {}) }) }, translate("capture_go"));
    // A receipt number within a sentence: the person leaves only the number standing.
    const part = element.kind === "text" && words.length < 400 ? labelled(translate("capture_part"), text(words, (value) => (way.part = value), { id: "act-part", maxLength: 400 })) : "";
    return el("section", { className: "act-part" }, el("h3", {}, translate("capture")),
      labelled(translate("capture_as"), choose(fields, way.field, (name) => (way.field = name), { id: "act-capture" })), part, el("div", { className: "row" }, capture));
  }

  #sign(element) {
    const words = element.words || element.value;
    if (!words) return null;
    const kinds = this.page.procedure === "find" ? [...SIGNS_OF_FIND, ...SIGNS] : this.page.procedure === "login" ? ["session_lost", "error_page"] : SIGNS;
    const way = { kind: kinds.includes("no") && NOTHING_FOUND.test(words) ? "no" : kinds[0], text: words };
    const mark = () => {
      this.dialog.close();
      // Unchanged words: the engine may use the element itself, such as a row of a list; else the words alone.
      const what = way.text === words ? { element: element.id } : { text: way.text };
      this.page.edit({ sign: { kind: way.kind, ...what } });
    };
    const main = element.kind === "text" && this.page.procedure === "find";
    const rows = [
      labelled(translate("sign_text"), text(words, (value) => (way.text = value), { id: "act-sign-text", maxLength: 400 })),
      labelled(translate("sign_means"), choose(kinds.map((kind) => [kind, translate(`sign_${kind}`)]), way.kind, (kind) => (way.kind = kind), { id: "act-sign" })),
      el("div", { className: "row" }, el("button", { type: "button", id: "act-mark", className: main ? "primary" : "", onclick: mark }, translate("sign_go"))),
    ];
    if (main) return el("section", { className: "act-part" }, el("h3", {}, translate("sign")), ...rows);
    return el("details", { className: "act-part" }, el("summary", {}, translate("sign")), ...rows);
  }

  #locators(element) {
    if (!element.locators.length) return el("p", { className: "notice warning" }, translate("no_locator"));
    return el("p", { className: "hint" }, translate("found_by", { how: this.page.inLanguage(element.locators[0]) }));
  }

  #form(label, rows, go, ...more) {
    const button = el("button", { className: "primary", id: "act-go" }, label);
    return el("form", { className: "stack", noValidate: true, onsubmit: (event) => (event.preventDefault(), go()) }, ...rows, el("div", { className: "row" }, button, ...more));
  }
}
