// The four procedures as tabs, each a list of steps in plain words with what can be changed about them.

import { choose, el, labelled, text, tick, translate } from "../editor_dom.js";

export class Steps {
  constructor(page) {
    this.page = page;
    this.panel = document.getElementById("procedure");
    this.tabs = [...document.querySelectorAll("#tabs [role=tab]")];
    this.open = new Set();
    this.tabs.forEach((tab, at) => {
      tab.addEventListener("click", () => this.show(tab.dataset.procedure));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
        next.focus();
        this.show(next.dataset.procedure);
      });
    });
    document.getElementById("undo").addEventListener("click", () => page.edit({ undo: true }));
    document.getElementById("sample").addEventListener("submit", (event) => this.#sample(event));
  }

  show(procedure) {
    this.page.procedure = procedure;
    this.draw();
  }

  draw() {
    const { draft, procedure } = this.page;
    for (const tab of this.tabs) {
      const own = tab.dataset.procedure === procedure;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      tab.querySelector(".tab-count").textContent = draft.procedures[tab.dataset.procedure]?.length ?? 0;
      if (own) this.panel.setAttribute("aria-labelledby", tab.id);
    }
    const steps = draft.procedures[procedure] ?? [];
    const signs = draft.signs.filter((sign) => procedure === "find" || !["yes", "no", "many"].includes(sign.kind));
    this.panel.replaceChildren(
      el("p", { className: "hint" }, translate(`show_${procedure}`)),
      steps.length ? el("ol", { className: "steps" }, ...steps.map((step, at) => this.#step(step, at, steps.length))) : el("p", { className: "empty-note" }, translate("no_steps")),
      el("h3", {}, translate("signs")),
      signs.length ? el("ul", { className: "signs plain" }, ...signs.map((sign) => this.#sign(sign))) : el("p", { className: "empty-note" }, translate("no_signs")),
    );
  }

  #step(step, at, count) {
    const act = (label, change, more = {}) => el("button", { type: "button", className: "small", title: translate(label), "aria-label": `${translate(label)}: ${this.page.inLanguage(step)}`, onclick: () => this.page.edit(change), ...more }, translate(`${label}_short`));
    const up = act("up", { move: step.id, to: at - 1 }, { disabled: at === 0 });
    const down = act("down", { move: step.id, to: at + 1 }, { disabled: at === count - 1 });
    const remove = act("delete", { delete: step.id }, { className: "small danger" });
    const item = el("li", { className: `step${step.irreversible ? " step-saving" : ""}${step.window ? " step-inner" : ""}` },
      el("p", { className: "step-words" }, step.irreversible ? el("strong", { className: "saving-mark" }, translate("saving_mark")) : null, this.page.inLanguage(step)),
      step.field ? el("p", { className: "step-field" }, el("span", { className: "badge" }, this.page.fieldLabel(step.field)), ` ${step.value}`) : null,
      el("div", { className: "step-foot" }, this.#details(step), el("div", { className: "step-acts" }, up, down, remove)));
    item.dataset.id = step.id;
    return item;
  }

  #details(step) {
    const box = el("details", { open: this.open.has(step.id) }, el("summary", {}, translate("more")));
    box.addEventListener("toggle", () => {
      this.open[box.open ? "add" : "delete"](step.id);
      if (box.open && box.children.length === 1) box.append(...this.#inside(step));
    });
    if (box.open) box.append(...this.#inside(step));
    return box;
  }

  #inside(step) {
    const parts = [];
    if (step.picture) parts.push(this.#picture(step));
    if (step.locators.length) {
      const radios = step.locators.map((locator, at) => el("label", { className: "option" },
        el("input", { type: "radio", name: `locator-${step.id}`, checked: at === step.chosen, onchange: () => this.page.edit({ step: step.id, locator: at }) }),
        el("span", {}, this.page.inLanguage(locator), locator.matches === 1 ? null : el("span", { className: "late" }, ` ${translate("matches", { n: locator.matches })}`))));
      parts.push(el("fieldset", { className: "locators" }, el("legend", {}, translate("locators")), ...radios));
    }
    if ("value" in step.step || step.value || step.field) {
      const fields = [["", translate("always_this")], ...this.page.about.fields.map(({ name, label }) => [name, label ? `${label} (${name})` : name])];
      parts.push(labelled(translate("stands_for"), choose(fields, step.field, (field) => this.page.edit({ step: step.id, field, value: this.#valueOf(step, field) }))));
      if (!step.field) parts.push(labelled(translate("fixed_value"), el("input", { type: "text", value: step.value, maxLength: 4000, onchange: (event) => this.page.edit({ step: step.id, field: "", value: event.target.value }) })));
      if (/^\d{4}-\d\d-\d\d$/.test(this.page.draft.sample[step.field] ?? "")) {
        parts.push(el("button", { type: "button", className: "small", onclick: () => this.page.edit({ step: step.id, format: "wareki_year" }) }, translate("wareki_year")));
      }
    }
    if (this.page.procedure === "enter" && step.step.click !== undefined) {
      parts.push(tick(translate("is_saving_step"), step.irreversible, (irreversible) => this.page.edit({ step: step.id, irreversible })));
    }
    return parts;
  }

  // A part such as the year of an era stays what was typed; the value of another field is no longer meant.
  #valueOf(step, field) {
    return step.field && field ? (this.page.draft.sample[field] ?? step.value) : step.value;
  }

  // The picture of then, cut around the element, which is framed.
  #picture(step) {
    const image = el("img", { src: this.page.pictureOf(step.picture), alt: translate("picture_then"), loading: "lazy" });
    const frame = el("span", { className: "frame-box" });
    image.addEventListener("load", () => {
      const [x, y, width, height] = step.box;
      Object.assign(frame.style, {
        left: `${(100 * x) / image.naturalWidth}%`, top: `${(100 * y) / image.naturalHeight}%`,
        width: `${(100 * width) / image.naturalWidth}%`, height: `${(100 * height) / image.naturalHeight}%`,
      });
    });
    return el("div", { className: "step-picture" }, image, frame);
  }

  #sign(sign) {
    return el("li", { className: "sign" }, el("span", { className: `badge sign-${sign.kind}` }, translate(`sign_${sign.kind}`)), el("span", { className: "sign-text" }, sign.text),
      el("button", { type: "button", className: "small danger", "aria-label": `${translate("delete")}: ${sign.text}`, onclick: () => this.page.edit({ unsign: sign.id }) }, translate("delete_short")));
  }

  #sample(event) {
    event.preventDefault();
    const sample = {};
    for (const input of event.target.querySelectorAll("input[data-field]")) if (input.value.trim()) sample[input.dataset.field] = input.value.trim();
    const name = event.target.querySelector("#new-field").value.trim();
    if (name) {
      sample[name] = event.target.querySelector("#new-value").value.trim();
      if (!this.page.about.fields.some((field) => field.name === name)) this.page.about.fields.push({ name, label: "" });
    }
    this.page.edit({ set: { sample } }).then((done) => done && name && location.reload());
  }
}
