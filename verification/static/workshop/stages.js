// The bar of stages: what is done, what comes next and what is missing; check, dry walk, rehearsal, and a failed step.

import { Refused, post } from "../api.js";
import { el, translate } from "../editor_dom.js";

const POLL_MS = 1200;
const RECORDS = 10;
const WALK_SHIFT = 501; // beyond the keys of fifty rehearsals

export class Stages {
  constructor(page) {
    this.page = page;
    this.bar = document.getElementById("stages");
    this.card = document.getElementById("stage-card");
    this.result = document.getElementById("stage-result");
    this.rehearsal = document.getElementById("rehearsal");
    this.failure = document.getElementById("failure");
    document.getElementById("rehearsal-form").addEventListener("submit", (event) => this.#rehearse(event));
    for (const button of document.querySelectorAll("[data-closes]")) {
      button.addEventListener("click", () => document.getElementById(button.dataset.closes).close());
    }
    document.getElementById("shift").addEventListener("click", () => this.#fillRecords());
    this.offset = 0;
  }

  draw(stages) {
    [...this.bar.children].forEach((item, at) => {
      const { state } = stages[at];
      item.className = `stage stage-${state}`;
      if (state === "now") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      item.querySelector(".stage-mark").textContent = state === "done" ? "✓" : String(at + 1);
      item.querySelector(".stage-state").textContent = translate(`stage_${state}`);
    });
    const now = stages.find(({ state }) => state === "now");
    const missing = now ? now.missing.map((key) => translate(`missing_${key}`)) : [];
    this.card.replaceChildren(
      missing.length > 1 ? el("ul", { className: "missing" }, ...missing.map((words) => el("li", {}, words))) : el("p", {}, missing[0] ?? translate("all_done")),
      this.#button(now?.key),
    );
  }

  #button(key) {
    if (key === "teach") return el("button", { type: "button", id: "go-check", onclick: () => this.#check() }, translate("go_check_now"));
    if (key === "check") return el("button", { type: "button", className: "primary", id: "go-check", onclick: () => this.#check() }, translate("go_check"));
    if (key === "walk") return this.#walk();
    if (key === "rehearse") return el("button", { type: "button", className: "primary", id: "go-rehearse", onclick: () => this.#openRehearsal() }, translate("go_rehearse"));
    if (this.page.version) return el("a", { className: "button primary", href: `/systems/workshop/${this.page.about.system}/versions/${this.page.version}` }, translate("go_version", { n: this.page.version }));
    return "";
  }

  // With a key that is not there: the sample's own one may have been saved while the button was shown.
  #walk() {
    const { sample, key } = this.page.draft;
    const input = el("input", { type: "text", id: "walk-key", className: "mono", value: counted(sample[key[0]] ?? "", WALK_SHIFT), maxLength: 400, autocomplete: "off" });
    const go = () => this.#start("/walk", { record: { ...sample, [key[0]]: input.value.trim() } });
    return el("span", { className: "row" }, el("label", { htmlFor: "walk-key" }, translate("walk_key", { key: this.page.fieldLabel(key[0]) })), input,
      el("button", { type: "button", className: "primary", id: "go-walk", onclick: go }, translate("go_walk")));
  }

  async #check() {
    const found = await this.page.request("/check", {}, "checking");
    if (!found) return;
    const list = (kind, lines) => lines.length ? el("div", { className: `notice ${kind}` }, el("strong", {}, translate(kind === "error" ? "problems" : "warnings", { n: lines.length })), el("ul", {}, ...lines.map((line) => el("li", {}, this.page.inLanguage(line))))) : "";
    const sentences = el("details", { className: "sentences" }, el("summary", {}, translate("sentences", { n: found.sentences.length })), el("ol", {}, ...found.sentences.map((line) => el("li", {}, this.page.inLanguage(line)))));
    const good = found.problems.length ? "" : el("p", { className: "notice ok" }, translate("check_good", { n: found.version ?? "" }));
    this.#showResult(list("error", found.problems), good, list("warning", found.warnings), sentences);
  }

  async #start(path, body) {
    try {
      this.resume((await post(`/api/systems/workshop/${this.page.about.system}${path}`, body)).job);
    } catch (error) {
      this.page.showMessage(error instanceof Refused && error.message ? error.message : translate("offline"), true);
    }
  }

  // A walk or a rehearsal that runs, or that ended while nobody watched.
  async resume(job) {
    let latest = job;
    while (latest.state === "running") {
      this.page.setBusy(true);
      this.page.showMessage(translate(`${latest.kind}_running`));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const state = await this.page.state().catch(() => null);
      if (!state) continue;
      latest = state.job ?? { state: "lost" };
      if (latest.state !== "running") {
        this.page.setBusy(false);
        this.page.showMessage("");
        this.page.take(state);
        this.#show(latest);
        await this.page.openScreen();
      }
    }
  }

  #show(job) {
    if (job.state === "failed" || job.state === "lost") {
      this.#showResult(el("p", { className: "notice error" }, job.error || translate("job_lost")));
    } else if (job.kind === "walk") {
      this.#showResult(job.result ? "" : el("p", { className: "notice ok" }, translate("walk_good")));
      if (job.result) this.#showFailure(job.result);
    } else this.#showOutcomes(job.result);
  }

  #showResult(...parts) {
    const close = el("button", { type: "button", className: "small quiet result-close", onclick: () => this.result.replaceChildren() }, translate("close"));
    this.result.replaceChildren(...(parts.some(Boolean) ? [close, ...parts] : []));
  }

  #showOutcomes(outcomes) {
    const good = outcomes.length >= RECORDS && outcomes.every(({ status }) => status === "confirmed");
    const rows = outcomes.map(({ key, status, receipt, reason }) => el("tr", {}, el("th", { scope: "row" }, key), el("td", {}, el("span", { className: `state state-${status}` }, translate(`outcome_${status}`))), el("td", {}, receipt), el("td", {}, reason)));
    const head = el("tr", {}, ...["key", "status", "receipt", "reason"].map((name) => el("th", { scope: "col" }, translate(`column_${name}`))));
    this.#showResult(el("p", { className: `notice ${good ? "ok" : "error"}` }, translate(good ? "rehearsal_good" : "rehearsal_bad")),
      el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": translate("outcomes") }, el("table", { id: "outcomes" }, el("thead", {}, head), el("tbody", {}, ...rows))));
  }

  // The step that was not found any more: the picture of then, the picture of now, and what would fit.
  #showFailure(found) {
    const step = this.page.draft.procedures[found.procedure]?.find(({ id }) => id === found.step);
    const picture = (data, words) => el("figure", {}, el("figcaption", {}, translate(words)), data ? el("img", { src: `data:image/png;base64,${data}`, alt: translate(words) }) : el("p", { className: "empty-note" }, translate("no_picture")));
    const radios = found.proposals.map((locator, at) => el("label", { className: "option" }, el("input", { type: "radio", name: "proposal", value: String(at), checked: at === 0 }), el("span", {}, this.page.inLanguage(locator))));
    const now = picture(found.now, "now");
    const frame = el("span", { className: "frame-box", hidden: true });
    now.querySelector("img")?.replaceWith(el("div", { className: "step-picture" }, now.querySelector("img").cloneNode(), frame));
    const mark = (locator) => {
      const image = now.querySelector("img");
      frame.hidden = !locator?.box || !image?.naturalWidth;
      if (frame.hidden) return;
      const [x, y, width, height] = locator.box;
      const share = (value, whole) => `${(100 * value) / whole}%`;
      Object.assign(frame.style, { left: share(x, image.naturalWidth), top: share(y, image.naturalHeight), width: share(width, image.naturalWidth), height: share(height, image.naturalHeight) });
    };
    radios.forEach((radio, at) => radio.addEventListener("change", () => mark(found.proposals[at])));
    now.querySelector("img")?.addEventListener("load", () => mark(found.proposals[0]));
    const apply = async () => {
      const chosen = this.failure.querySelector("input[name=proposal]:checked");
      if (!chosen) return;
      this.failure.close();
      if (await this.page.edit({ step: found.step, target: found.proposals[Number(chosen.value)].target })) this.page.showMessage(translate("repaired"));
    };
    document.getElementById("failure-body").replaceChildren(
      el("p", {}, el("strong", {}, translate(`procedure_${found.procedure}`)), step ? ` ${this.page.inLanguage(step)}` : ""),
      el("p", { className: "notice error" }, this.page.inLanguage(found.reason)),
      el("div", { className: "sides" }, picture(found.then, "then"), now),
      ...(radios.length ? [el("fieldset", {}, el("legend", {}, translate("proposals")), ...radios), el("div", { className: "row" }, el("button", { type: "button", className: "primary", id: "repair", onclick: apply }, translate("repair")))] : [el("p", { className: "hint" }, translate("no_proposals"))]),
    );
    this.page.steps?.show?.(found.procedure);
    this.failure.showModal();
  }

  #openRehearsal() {
    const address = document.getElementById("test-address");
    address.value ||= this.page.draft.base_url;
    if (!document.getElementById("records").value) this.#fillRecords();
    this.rehearsal.showModal();
  }

  // Ten copies of the sample with other keys; a second press takes the next ten.
  #fillRecords() {
    const { sample, key } = this.page.draft;
    const names = Object.keys(sample);
    const quote = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const rows = Array.from({ length: RECORDS }, (_, at) => names.map((name) => quote(name === key[0] ? counted(sample[name], this.offset + at + 1) : sample[name])).join(","));
    document.getElementById("records").value = [names.join(","), ...rows].join("\n");
    this.offset += RECORDS;
  }

  #rehearse(event) {
    event.preventDefault();
    this.rehearsal.close();
    const records = document.getElementById("records").value;
    const sent = { records, base_url: document.getElementById("test-address").value.trim(), test_system: document.getElementById("is-test").checked };
    this.#start("/rehearse", sent);
  }
}

// `2026-0007` by 3 is `2026-0010`: only the last digits change, and their number stays.
export function counted(value, by) {
  const [, before, digits, after] = /^(.*?)(\d+)(\D*)$/s.exec(value) ?? [null, `${value}-`, "0", ""];
  const whole = (BigInt(digits) + BigInt(by)) % 10n ** BigInt(Math.max(digits.length, 2));
  return `${before}${String(whole).padStart(digits.length, "0")}${after}`;
}
