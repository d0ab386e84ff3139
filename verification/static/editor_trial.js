// Reads sample scans by the template as it stands in the editor: values, confidence, reasons; one field as two types.

import { Refused, post } from "./api.js";
import { choose, el, labelled, translate } from "./editor_dom.js";
import { TYPES_OF_MARKS, bounds, labelOf } from "./editor_model.js";

const LETTERS = (type) => !TYPES_OF_MARKS.includes(type) && !["date", "check", "seal", "signature", "barcode"].includes(type);

export class Trial {
  constructor(template, sheet, about, path, actions) {
    Object.assign(this, { template, sheet, about, path, actions });
    this.panel = document.getElementById("panel-trial");
    this.scans = [];
    this.scan = "";
    this.found = null; // what was read last
    this.compared = null;
    this.busy = false;
    this.kinds = ["text", "kana"];
  }

  get language() {
    return document.documentElement.lang;
  }

  draw() {
    const file = el("input", { type: "file", multiple: true, accept: ".pdf,.tif,.tiff,.jpg,.jpeg,.png", id: "trial-file", onchange: () => this.#upload(file) });
    const list = this.scans.map((name) =>
      el("li", { className: "row" },
        el("label", { className: "option" }, el("input", { type: "radio", name: "scan", value: name, checked: name === this.scan, onchange: () => (this.scan = name) }), el("span", { className: "file" }, name)),
        name.includes("/") ? null : el("button", { type: "button", className: "small", "aria-label": translate("trial_remove_one", { name }), onclick: () => this.#remove(name) }, translate("trial_remove"))));
    const read = el("button", { type: "button", id: "trial-read", className: "primary", disabled: this.busy || !this.scan, onclick: () => this.read() }, this.busy ? translate("trial_busy") : translate("trial_read"));
    this.panel.replaceChildren(
      el("p", { className: "hint" }, translate("trial_hint")),
      labelled(translate("trial_file"), file),
      el("ul", { className: "plain" }, ...list),
      el("div", { className: "row" }, read, ...this.#pictures()),
      ...this.#compare(),
      ...this.#table(),
    );
  }

  // What lies under the boxes: the blank, or one of the pages that were read.
  #pictures() {
    if (!this.found) return [];
    const names = this.found.pages.map((page, at) => [String(at), translate("trial_page", { n: at + 1, page: page.number })]);
    return [choose([["", translate("trial_blank")], ...names], this.under ?? "", (value) => this.lay(value), { id: "trial-under", ariaLabel: translate("trial_under") })];
  }

  lay(value) {
    this.under = value;
    if (value === "") this.sheet.show(this.sheet.page);
    else {
      const page = this.found.pages[Number(value)];
      this.actions.page(page.number);
      this.sheet.show(page.number, `data:image/jpeg;base64,${page.jpeg}`);
    }
  }

  async #upload(file) {
    const form = new FormData();
    for (const one of file.files) form.append("scan", one);
    const send = () => fetch(`${this.path}/scans`, { method: "POST", body: form, headers: { "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content } });
    const answer = await send();
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) return this.actions.showMessage(data.error?.message ?? translate("failed"), true);
    this.scans = data.scans;
    this.scan = data.scans.at(-1) ?? "";
    this.draw();
  }

  async #remove(name) {
    await this.#request(async () => {
      this.scans = (await post(`${this.path}/scans/remove`, { scan: name })).scans;
      if (this.scan === name) this.scan = this.scans[0] ?? "";
    });
  }

  async read() {
    if (!this.scan) return;
    await this.#request(async () => {
      this.found = await post(`${this.path}/read`, { data: this.template.data(), scan: this.scan });
      this.compared = null;
      this.actions.showMessage(translate("trial_done", { n: this.found.readings.length }));
      if (this.found.pages.length) this.lay("0");
    });
  }

  async compare(field) {
    await this.#request(async () => {
      const sent = { data: this.template.data(), scan: this.scan, field: field.entry.name, types: this.kinds };
      this.compared = { field: field.entry.name, label: labelOf(field.entry), kinds: [...this.kinds], ...(await post(`${this.path}/read`, sent)) };
    });
  }

  async #request(work) {
    this.busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      this.actions.showMessage(error instanceof Refused && error.message ? error.message : translate("failed"), true);
    } finally {
      this.busy = false;
      this.draw();
    }
  }

  #compare() {
    const field = this.template.chosen()[0];
    if (!field || this.template.selected.size !== 1 || !LETTERS(field.entry.type)) return [el("p", { className: "hint" }, translate("compare_hint"))];
    if (this.kindsOf !== field.entry.name) [this.kindsOf, this.kinds[0]] = [field.entry.name, field.entry.type];
    const types = this.about.types.filter(LETTERS).map((type) => [type, translate(`type_${type}`)]);
    const kind = (at) => choose(types, this.kinds[at], (value) => (this.kinds[at] = value), { id: `compare-${at}` });
    const go = el("button", { type: "button", id: "compare-go", disabled: this.busy || !this.scan, onclick: () => this.compare(field) }, translate("compare_go"));
    const rows = [el("fieldset", { className: "compare-types" }, el("legend", {}, translate("compare", { label: labelOf(field.entry) })), labelled("A", kind(0)), labelled("B", kind(1)), go)];
    if (this.compared?.field === field.entry.name) rows.push(this.#sideBySide());
    return rows;
  }

  #sideBySide() {
    const { kinds, readings } = this.compared;
    const sheets = [...new Set(readings.map((one) => one.sheet))];
    const of = (sheet, kind) => readings.find((one) => one.sheet === sheet && one.type === kind);
    const mean = (kind) => readings.filter((one) => one.type === kind).reduce((sum, one, _, all) => sum + (one.confidence ?? 0) / all.length, 0);
    return el("table", { className: "compared" },
      el("thead", {}, el("tr", {}, el("th", {}, translate("trial_sheet")), ...kinds.map((kind, at) => el("th", {}, `${"AB"[at]} ${translate(`type_${kind}`)} (${percent(mean(kind))})`)))),
      el("tbody", {}, ...sheets.map((sheet) => el("tr", {}, el("th", {}, String(sheet + 1)), ...kinds.map((kind) => this.#reading(of(sheet, kind)))))));
  }

  #reading(one) {
    if (!one) return el("td", {}, "–");
    const why = one.reasons.map((reason) => el("div", { className: "hint" }, reason[this.language] ?? reason.ja));
    return el("td", {}, el("strong", {}, one.value || translate("trial_empty")), ` ${percent(one.confidence)}`, ...why);
  }

  #table() {
    if (!this.found) return [];
    const rows = this.found.readings.map((one) =>
      el("tr", { className: `decision-${one.decision}` },
        el("th", {}, el("button", { type: "button", className: "quiet small", onclick: () => this.#pick(one) }, one.label), this.found.pages.length > 1 ? el("span", { className: "hint" }, ` ${one.sheet + 1}`) : null),
        el("td", {}, this.#crop(one), this.#value(one)),
        el("td", { className: "number" }, percent(one.confidence), el("div", { className: "hint" }, translate(`decision_${one.decision}`)))));
    return [el("table", { id: "trial-table" }, el("thead", {}, el("tr", {}, el("th", {}, translate("label")), el("th", {}, translate("trial_value")), el("th", { className: "number" }, translate("trial_sure")))), el("tbody", {}, ...rows))];
  }

  #value(one) {
    const why = one.reasons.map((reason) => el("div", { className: "hint" }, reason[this.language] ?? reason.ja));
    return el("div", {}, el("strong", { className: "trial-value" }, one.value || translate("trial_empty")), ...why);
  }

  // The field cut out of the sheet that was read; secret ones are painted over there.
  #crop(one) {
    const field = this.template.fields.find((each) => each.entry.name === one.field);
    if (!field || one.secret) return null;
    const [x, y, width, height] = bounds(field.entry);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `${x - 1} ${y - 1} ${width + 2} ${height + 2}`);
    svg.setAttribute("class", "trial-crop");
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    for (const [key, value] of Object.entries({ width: this.about.size[0], height: this.about.size[1], preserveAspectRatio: "none", href: `data:image/jpeg;base64,${this.found.pages[one.sheet].jpeg}` })) image.setAttribute(key, value);
    svg.append(image);
    return svg;
  }

  #pick(one) {
    const field = this.template.fields.find((each) => each.entry.name === one.field);
    if (field) this.actions.pick(field.uid);
    if (this.found.pages[one.sheet]) this.lay(String(one.sheet));
    this.draw();
  }
}

const percent = (share) => (share === null || share === undefined ? "–" : share >= 0.999 ? "99.9%" : `${(share * 100).toFixed(share >= 0.99 ? 1 : 0)}%`);
