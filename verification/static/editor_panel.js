// The side panel: details of the selected fields, and of the form as a whole.

import { choose, el, labelled, number, translate, text, tick } from "./editor_dom.js";
import { TYPES_OF_MARKS, around, bounds, cellCount, labelOf, places } from "./editor_model.js";

const HANDLINGS = ["auto", "verify", "double"];
const MARKS = ["tick", "circle", "fill"];
const CONTENTS = ["", "name", "address", "bank", "branch", "note"];
const SECRETS = ["my_number", "account_number"];
const ERAS = ["M", "T", "S", "H", "R"];

export class Panel {
  constructor(template, sheet, about, actions) {
    Object.assign(this, { template, sheet, about, actions });
    this.panel = document.getElementById("field-panel");
    this.list = document.getElementById("field-list");
    this.formPanel = document.getElementById("panel-form");
  }

  draw() {
    const chosen = this.template.chosen();
    this.panel.replaceChildren(
      ...(chosen.length === 0 ? [el("p", { className: "hint" }, translate("nothing"))] : chosen.length === 1 ? this.#one(chosen[0]) : this.#many(chosen)),
    );
    this.drawList();
  }

  drawList() {
    const { template, sheet } = this;
    this.list.replaceChildren(
      ...template.fields.map((field) => {
        const button = el(
          "button",
          { type: "button", onclick: (event) => this.actions.pick(field.uid, event.ctrlKey || event.shiftKey) },
          el("span", { className: "list-label" }, labelOf(field.entry)),
          el("span", { className: "hint mono" }, `${field.entry.name} · ${translate(`type_${field.entry.type}`)}`),
        );
        button.setAttribute("aria-pressed", String(template.selected.has(field.uid)));
        button.classList.toggle("faulty", sheet.faulty.has(field.entry.name));
        return el("li", {}, button);
      }),
    );
  }

  // While something is dragged only the numbers change; inputs keep the focus.
  numbers() {
    const field = this.template.chosen()[0];
    if (!field || this.template.selected.size !== 1) return;
    const box = this.#box(field);
    this.panel.querySelectorAll("[data-side]").forEach((input) => {
      if (document.activeElement !== input) input.value = box[Number(input.dataset.side)];
    });
  }

  #box(field) {
    const boxes = this.template.targets();
    return boxes.length === 1 ? boxes[0] : bounds(field.entry);
  }

  #one(field) {
    const { entry } = field;
    const { template } = this;
    const set = (key) => (value) => template.set({ [key]: value }, `set-${key}`);
    const types = this.about.types.map((type) => [type, translate(`type_${type}`)]);
    const rows = [
      labelled(translate("label"), text(labelOf(entry), (value) => this.#label(field, value), { id: "field-label", onchange: () => this.actions.suggest(field) })),
      labelled(translate("name"), text(entry.name, (value) => this.#rename(field, value), { id: "field-name", className: "mono", pattern: "[a-z][a-z0-9_]*", spellcheck: false })),
      labelled(translate("type"), choose(types, entry.type, (type) => this.#type(field, type), { id: "field-type" })),
      el("div", { className: "ticks" },
        tick(translate("required"), Boolean(entry.required), set("required")),
        tick(translate("secret"), entry.secret ?? SECRETS.includes(entry.type), (on) => template.act("secret", () => (entry.secret = on)))),
      labelled(translate("handling"), choose(HANDLINGS.map((key) => [key, translate(`handling_${key}`)]), entry.handling ?? "auto", (value) => set("handling")(value === "auto" ? "" : value), { id: "field-handling" })),
    ];
    if (entry.box && !TYPES_OF_MARKS.includes(entry.type)) rows.push(this.#cells(field));
    if (entry.options) rows.push(this.#options(field, entry.options, ["options"]), this.#mark(entry, set("mark")));
    if (entry.type === "check") rows.push(this.#mark(entry, set("mark")));
    if (entry.type === "date") rows.push(this.#date(field));
    rows.push(this.#place(field), this.#rules(entry), this.#more(field, set));
    return rows;
  }

  #label(field, value) {
    this.template.act("label", () => (field.entry.label = typeof field.entry.label === "object" ? { ...field.entry.label, ja: value } : value || field.entry.name));
    this.drawList();
  }

  // Rules and the record key follow a renamed field.
  #rename(field, value) {
    const before = field.entry.name;
    this.template.act("name", () => {
      field.entry.name = value;
      const twins = this.template.fields.some((other) => other !== field && other.entry.name === before);
      if (twins || !before) return;
      const follow = (names) => names?.map((name) => (name === before ? value : name));
      this.template.form.rules?.forEach((rule) => rule.fields && (rule.fields = follow(rule.fields)));
      if (this.template.form.record_key) this.template.form.record_key = follow(this.template.form.record_key);
    });
    this.drawList();
  }

  // A new type of another shape gets its parts: options in a row, or one box around the old ones.
  #type(field, type) {
    const { entry } = field;
    const whole = bounds(entry);
    this.template.act("", () => {
      entry.type = type;
      if (TYPES_OF_MARKS.includes(type)) {
        if (!entry.options) entry.options = split(whole, 2).map((box, at) => ({ value: `option_${at + 1}`, label: translate("option_n", { n: at + 1 }), box }));
        for (const key of ["box", "cells", "era", "year", "month", "day"]) delete entry[key];
        entry.mark ??= "circle";
        return;
      }
      delete entry.options;
      if (type !== "check") delete entry.mark;
      if (type === "date") {
        if (!entry.year && !entry.box) entry.box = whole;
        return;
      }
      for (const key of ["era", "year", "month", "day"]) delete entry[key];
      entry.box ??= whole;
      if (["check", "seal", "signature", "barcode"].includes(type)) delete entry.cells;
    });
    this.template.part = null;
    this.draw();
  }

  #cells(field) {
    const { entry } = field;
    const shown = Array.isArray(entry.cells) ? entry.cells.join("-") : (entry.cells ?? "");
    const put = (value) => {
      const groups = value.split(/[-,、・\s]+/).filter(Boolean).map(Number);
      if (groups.every((size) => Number.isInteger(size) && size > 0)) this.template.set({ cells: groups.length > 1 ? groups : groups[0] }, "cells");
    };
    const input = text(shown, put, { id: "field-cells", inputMode: "numeric", placeholder: translate("cells_free") });
    const counted = () => {
      const cells = this.sheet.lines[field.page - 1].count(entry.box);
      if (cells) this.template.set({ cells }, "");
      this.actions.showMessage(cells ? translate("counted", { n: cells }) : translate("counted_none"));
      this.draw();
    };
    const row = labelled(translate("cells"), input);
    row.append(el("button", { type: "button", className: "small", onclick: counted }, translate("count")));
    return row;
  }

  #mark(entry, change) {
    return labelled(translate("mark"), choose(MARKS.map((key) => [key, translate(`mark_${key}`)]), entry.mark ?? "tick", change));
  }

  #options(field, options, path) {
    const rows = options.map((option, at) => {
      const value = text(String(option.value), (word) => this.template.act(`option-${at}`, () => (option.value = word)), { "aria-label": translate("option_value"), className: "mono" });
      const label = text(option.label ?? "", (word) => this.template.act(`option-l-${at}`, () => (option.label = word)), { "aria-label": translate("option_label") });
      const locate = el("button", { type: "button", className: "small", onclick: () => this.template.select([field.uid], [...path, at, "box"]) }, translate("option_box"));
      const remove = el("button", { type: "button", className: "small danger", "aria-label": translate("option_remove"), onclick: () => (this.template.act("", () => options.splice(at, 1)), this.draw()) }, "×");
      remove.disabled = options.length < 2;
      return el("li", {}, label, value, locate, remove);
    });
    const add = () => {
      const last = options.at(-1);
      const [x, y, width, height] = last.box;
      this.template.act("", () => options.push({ value: `option_${options.length + 1}`, label: translate("option_n", { n: options.length + 1 }), box: [Math.round((x + width + 3) * 100) / 100, y, width, height] }));
      this.draw();
    };
    return el("fieldset", { className: "options-edit" }, el("legend", {}, translate("options")), el("ol", { className: "plain" }, ...rows), el("button", { type: "button", className: "small", onclick: add }, translate("option_add")));
  }

  #date(field) {
    const { entry } = field;
    const parts = Boolean(entry.year);
    const apart = (on) => {
      const whole = bounds(entry);
      this.template.act("", () => {
        if (on) {
          split(whole, 3).forEach((box, at) => (entry[["year", "month", "day"][at]] = { box }));
          delete entry.box;
        } else {
          entry.box = around(places(entry).map(([, box]) => box));
          for (const key of ["era", "year", "month", "day"]) delete entry[key];
        }
      });
      this.draw();
    };
    const rows = [tick(translate("date_parts"), parts, apart)];
    if (parts) {
      const kind = entry.era?.fixed ?? (entry.era ? "options" : "");
      const kinds = [["", translate("era_none")], ["options", translate("era_options")], ...ERAS.map((era) => [era, translate(`era_${era}`)])];
      rows.push(labelled(translate("era"), choose(kinds, kind, (value) => this.#era(entry, value))));
      if (entry.era?.options) rows.push(this.#options(field, entry.era.options, ["era", "options"]));
      for (const key of ["year", "month", "day"]) {
        const change = (value) => this.template.act(`cells-${key}`, () => (Number(value) > 0 ? (entry[key].cells = Number(value)) : delete entry[key].cells));
        if (entry[key]) rows.push(labelled(translate("part_cells", { part: translate(key) }), text(entry[key].cells ?? "", change, { inputMode: "numeric", placeholder: translate("cells_free") })));
      }
    }
    return el("fieldset", {}, el("legend", {}, translate("type_date")), ...rows);
  }

  #era(entry, value) {
    const [x, y, , height] = bounds(entry);
    this.template.act("", () => {
      if (value === "") delete entry.era;
      else if (value === "options")
        entry.era = { mark: "circle", options: ["S", "H"].map((era, at) => ({ value: era, label: translate(`era_${era}`), box: [Math.max(Math.round((x - 22 + 11 * at) * 100) / 100, 0), y, 10, height] })) };
      else entry.era = { fixed: value };
    });
    this.draw();
  }

  #place(field) {
    const box = this.#box(field);
    const single = this.template.targets().length === 1;
    const sides = ["x", "y", "width", "height"].map((key, at) => {
      const change = (value) => {
        if (single) this.template.act(`side-${at}`, () => (this.template.targets()[0][at] = value));
        else if (at < 2) {
          const by = value - bounds(field.entry)[at];
          this.template.move(at === 0 ? by : 0, at === 1 ? by : 0, `side-${at}`);
        }
      };
      return labelled(translate(key), number(box[at], change, { "data-side": at, disabled: !single && at > 1 }));
    });
    return el("fieldset", { className: "sides" }, el("legend", {}, translate("place")), ...sides);
  }

  #rules(entry) {
    const rules = this.template.form.rules ?? [];
    const mine = rules.filter((rule) => rule.fields?.includes(entry.name));
    return el("div", {}, el("h2", {}, translate("rules_of")), mine.length ? el("ul", { className: "plain" }, ...mine.map((rule) => el("li", {}, ruleWords(rule, this.template)))) : el("p", { className: "hint" }, translate("no_rules")), el("button", { type: "button", className: "small", onclick: () => this.actions.addRule() }, translate("rule_add")));
  }

  #more(field, set) {
    const { entry } = field;
    const rows = [
      labelled(translate("label_en"), text(entry.label_en, set("label_en"))),
      labelled(translate("content"), choose(CONTENTS.map((key) => [key, translate(`content_${key || "none"}`)]), entry.content ?? "", set("content"))),
      labelled(translate("max_length"), number(entry.max_length, (value) => set("max_length")(Math.max(Math.round(value), 1)), { step: 1, min: 1 })),
      labelled(translate("pattern"), text(entry.pattern, set("pattern"), { className: "mono", spellcheck: false })),
    ];
    if (this.about.pages > 1) {
      const pages = Array.from({ length: this.about.pages }, (_, at) => [String(at + 1), String(at + 1)]);
      rows.push(labelled(translate("page"), choose(pages, String(field.page), (value) => this.template.act("", () => (field.page = Number(value))))));
    }
    return el("details", {}, el("summary", {}, translate("more")), ...rows);
  }

  #many(chosen) {
    const { template } = this;
    const align = (name, change) => el("button", { type: "button", className: "small", onclick: () => template.act("", () => chosenBoxes(template).forEach((box, at, all) => change(box, all[0]))) }, translate(name));
    return [
      el("p", {}, el("strong", {}, translate("many", { n: chosen.length }))),
      labelled(translate("handling"), choose([["", translate("keep")], ...HANDLINGS.map((key) => [key, translate(`handling_${key}`)])], "", (value) => value && template.set({ handling: value === "auto" ? "" : value }, ""))),
      labelled(translate("type"), choose([["", translate("keep")], ...this.#plainTypes(chosen)], "", (value) => value && (template.set({ type: value }, ""), this.draw()))),
      el("div", { className: "row" }, ...[["required_all", true], ["optional_all", false]].map(([key, on]) => el("button", { type: "button", className: "small", onclick: () => template.set({ required: on }, "") }, translate(key)))),
      el("div", { className: "row" },
        align("align_left", (box, first) => (box[0] = first[0])),
        align("align_top", (box, first) => (box[1] = first[1])),
        align("same_size", (box, first) => ([box[2], box[3]] = [first[2], first[3]]))),
      el("button", { type: "button", className: "small", onclick: () => this.actions.addRule() }, translate("rule_add_many")),
    ];
  }

  #plainTypes(chosen) {
    const shaped = [...TYPES_OF_MARKS, "date"];
    return chosen.some((field) => shaped.includes(field.entry.type)) ? [] : this.about.types.filter((type) => !shaped.includes(type)).map((type) => [type, translate(`type_${type}`)]);
  }

  drawForm() {
    const { template } = this;
    const { form } = template;
    const set = (key) => (value) => template.act(`form-${key}`, () => (value === "" || value === undefined ? delete form_(template)[key] : (form_(template)[key] = value)));
    const title = typeof form.title === "object" ? form.title : { ja: form.title };
    const titled = (key) => (value) => template.act(`title-${key}`, () => {
      const next = { ...(typeof form_(template).title === "object" ? form_(template).title : { ja: form_(template).title }), [key]: value };
      if (!next.en) delete next.en;
      form_(template).title = next.en ? next : next.ja;
    });
    const keys = (value) => set("record_key")(names(value).length ? names(value) : undefined);
    this.formPanel.replaceChildren(
      labelled(translate("title_ja"), text(title.ja, titled("ja"))),
      labelled(translate("title_en"), text(title.en, titled("en"))),
      labelled(translate("edition"), text(form.edition, set("edition"))),
      labelled(translate("record_key"), text((form.record_key ?? []).join(", "), keys, { className: "mono", spellcheck: false })),
      el("p", { className: "hint" }, translate("record_key_hint")),
      labelled(translate("hand_minutes"), number(form.hand_minutes, set("hand_minutes"), { min: 0.1 })),
      labelled(translate("hand_minutes_source"), text(form.hand_minutes_source, set("hand_minutes_source"))),
      labelled(translate("system"), text(form.system, set("system"), { className: "mono" })),
      labelled(translate("retention_days"), number(form.retention_days, (value) => set("retention_days")(Math.max(Math.round(value), 1)), { step: 1, min: 1 })),
      el("h2", {}, translate("rules")),
      ...(form.rules ?? []).map((rule, at) => this.#rule(rule, at)),
      el("button", { type: "button", className: "small", onclick: () => this.actions.addRule() }, translate("rule_add_form")),
    );
  }

  #rule(rule, at) {
    const { template } = this;
    const kinds = this.about.rules.map((name) => [name, translate(`rule_${name}`)]);
    const change = (key, keep) => (value) => template.act(`rule-${at}-${key}`, () => (keep(value) === undefined ? delete rule[key] : (rule[key] = keep(value))));
    const values = (value) => {
      const found = value.split(/[,、\s]+/).filter(Boolean).map((word) => (/^-?\d+(\.\d+)?$/.test(word) ? Number(word) : word));
      return found.length ? found : undefined;
    };
    const remove = el("button", { type: "button", className: "small danger", onclick: () => (template.act("", () => template.form.rules.splice(at, 1)), this.drawForm()) }, translate("rule_remove"));
    return el("fieldset", { className: "rule" }, el("legend", {}, translate("rule_n", { n: at + 1 })),
      labelled(translate("rule"), choose(kinds, rule.rule, change("rule", (value) => value))),
      labelled(translate("rule_fields"), text((rule.fields ?? []).join(", "), change("fields", names), { className: "mono", spellcheck: false })),
      labelled(translate("rule_values"), text((rule.values ?? []).join(", "), change("values", values))),
      tick(translate("rule_required"), Boolean(rule.required), change("required", (on) => on || undefined)), remove);
  }
}

const form_ = (template) => template.form; // undo puts another object in its place
const names = (value) => value.split(/[,、\s]+/).filter(Boolean);
const labelOfName = (template, name) => labelOf(template.fields.find((field) => field.entry.name === name)?.entry ?? { name });
const ruleWords = (rule, template) => `${translate(`rule_${rule.rule}`)}: ${(rule.fields ?? []).map((name) => labelOfName(template, name)).join(", ")}${rule.values ? ` (${rule.values.join(", ")})` : ""}`;
const chosenBoxes = (template) => template.chosen().map((field) => places(field.entry)).filter((found) => found.length === 1).map(([[, box]]) => box);

function split([x, y, width, height], count) {
  const step = width / count;
  return Array.from({ length: count }, (_, at) => [x + at * step + 0.3, y, step - 0.6, height].map((value) => Math.round(value * 100) / 100));
}
