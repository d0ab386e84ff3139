// The old system as a picture; every element that can be pointed at is a button over its place.

import { el, translate } from "../editor_dom.js";

const AREA = ([, , width, height]) => width * height;

export class ScreenView {
  constructor(page, pick) {
    Object.assign(this, { page, pick });
    this.picture = document.getElementById("picture");
    this.spots = document.getElementById("spots");
    this.card = document.getElementById("message-box");
    this.address = document.getElementById("address");
    document.getElementById("go").addEventListener("submit", (event) => {
      event.preventDefault();
      page.act({ kind: "goto", value: this.address.value.trim() });
    });
    document.getElementById("go-back").addEventListener("click", () => page.act({ kind: "back" }));
    document.getElementById("refresh").addEventListener("click", () => page.openScreen());
    document.getElementById("restart").addEventListener("click", async () => {
      if (await page.request("/close", {})) await page.openScreen();
    });
    document.getElementById("scroll-up").addEventListener("click", () => this.#scroll(-1));
    document.getElementById("scroll-down").addEventListener("click", () => this.#scroll(1));
    this.spots.addEventListener("keydown", (event) => this.#move(event));
  }

  draw(shown) {
    const focused = this.spots.contains(document.activeElement) ? Number(document.activeElement.dataset.at) : -1;
    this.picture.src = `data:image/png;base64,${shown.picture}`;
    this.picture.width = shown.width;
    this.picture.height = shown.height;
    this.picture.alt = translate("picture_of", { title: shown.title || shown.url });
    this.address.value = shown.url;
    document.getElementById("screen-title").textContent = shown.title;
    this.#hints(shown.hints);
    this.#windows(shown.windows);
    this.#dialog(shown.dialog);
    // Large ones first, so that a button inside a cell lies above the cell and can be clicked.
    const buttons = shown.elements.map((element) => ({ element, button: this.#spot(element, shown) }));
    const order = [...buttons].sort((a, b) => a.element.box[1] - b.element.box[1] || a.element.box[0] - b.element.box[0]);
    order.forEach(({ button }, at) => {
      button.dataset.at = at;
      button.tabIndex = at === Math.max(0, Math.min(focused, order.length - 1)) ? 0 : -1;
    });
    this.order = order.map(({ button }) => button);
    this.spots.replaceChildren(...this.order);
    buttons.sort((a, b) => AREA(b.element.box) - AREA(a.element.box)).forEach(({ button }, at) => (button.style.zIndex = at + 1));
    if (focused >= 0) this.order.find((button) => button.tabIndex === 0)?.focus();
  }

  // Most of a screen, so that a person sees where it went on; never recorded.
  #scroll(direction) {
    const height = this.picture.naturalHeight || 600;
    return this.page.request("/act", { kind: "scroll", value: String(Math.round(direction * height * 0.7)) }, "acting");
  }

  #spot(element, shown) {
    const [x, y, width, height] = element.box;
    const words = element.words || element.value || "";
    const button = el("button", {
      type: "button", className: `spot spot-${element.kind}`, title: words.slice(0, 80),
      "aria-label": `${translate(`kind_${element.kind}`)} ${words.slice(0, 80)}`.trim(),
      onclick: () => this.pick(element),
    });
    const share = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(button.style, {
      left: share(x, shown.width), top: share(y, shown.height), width: share(width, shown.width), height: share(height, shown.height),
    });
    button.dataset.id = element.id;
    button.dataset.kind = element.kind;
    button.dataset.frame = element.frame;
    return button;
  }

  // One stop for Tab; the arrow keys go on in reading order.
  #move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = this.order?.indexOf(document.activeElement) ?? -1;
    const turn = { PageDown: 1, PageUp: -1 }[event.key];
    if (turn) {
      event.preventDefault();
      this.#scroll(turn);
    }
    if (!step || at < 0) return;
    event.preventDefault();
    const next = this.order[(at + step + this.order.length) % this.order.length];
    this.order[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #hints(hints) {
    const notes = hints.map((hint) => el("p", { className: "notice warning" }, this.page.inLanguage(hint)));
    document.getElementById("hints").replaceChildren(...notes);
  }

  #windows(windows) {
    const place = document.getElementById("windows");
    place.hidden = windows.length < 2;
    place.replaceChildren(...windows.map((title, at) =>
      el("button", { type: "button", className: "small", onclick: () => this.page.act({ kind: "window", value: String(at) }) },
        translate("window", { n: at + 1, title: title.slice(0, 30) }))));
  }

  #dialog(dialog) {
    this.card.hidden = !dialog;
    this.spots.inert = Boolean(dialog);
    if (!dialog) return;
    const input = dialog.kind === "prompt" ? el("input", { type: "text", id: "prompt-value", autocomplete: "off", "aria-label": translate("dialog_prompt") }) : null;
    const answer = (value) => this.page.act({ kind: "dialog", value, ...(input && value === "accept" ? { text: input.value } : {}) });
    const buttons = [el("button", { type: "button", className: "primary", onclick: () => answer("accept") }, translate(dialog.kind === "beforeunload" ? "dialog_leave" : "dialog_ok"))];
    if (dialog.kind !== "alert") buttons.push(el("button", { type: "button", onclick: () => answer("dismiss") }, translate("dialog_cancel")));
    this.card.replaceChildren(
      el("p", { className: "message-kind", id: "message-kind" }, translate(`dialog_${dialog.kind}`)),
      el("p", { className: "message-text" }, dialog.text), ...(input ? [input] : []), el("div", { className: "row" }, ...buttons));
    buttons[0].focus();
  }
}
