// The sheet on screen: the blank (or a scan laid over it) with every field as a box to drag, resize and choose.

import { around, bounds, cellCount, labelOf, places } from "./editor_model.js";

const SVG = "http://www.w3.org/2000/svg";
const SNAP_PX = 7;
const CLICK_PX = 4;
const HANDLES = [
  ["left", "top"], ["top"], ["right", "top"], ["right"], ["right", "bottom"], ["bottom"], ["left", "bottom"], ["left"],
];
const KINDS = {
  digits: "digits", amount: "digits", postal_code: "digits", phone: "digits", my_number: "digits",
  account_number: "digits", kana: "kana", check: "mark", choice: "mark", multi_choice: "mark", date: "date", seal: "seal",
};

export class Sheet {
  constructor(svg, template, { size, lines, blank, callbacks }) {
    Object.assign(this, { svg, template, size, lines, blank, callbacks });
    this.page = 1;
    this.picture = null; // a scan instead of the blank
    this.zoom = 1;
    this.tool = "select";
    this.faulty = new Set();
    this.drag = null;
    svg.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    this.image = svg.appendChild(node("image", { width: size[0], height: size[1], preserveAspectRatio: "none" }));
    this.boxes = svg.appendChild(node("g", {}));
    this.marks = svg.appendChild(node("g", { class: "sheet-marks" }));
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", () => this.#cancel());
    this.show(1);
  }

  get paper() {
    return this.lines[this.page - 1];
  }

  show(page, picture = null) {
    this.page = page;
    this.picture = picture;
    this.image.setAttribute("href", picture ?? this.blank(page));
    this.draw();
  }

  scale(zoom) {
    this.zoom = Math.min(Math.max(zoom, 0.5), 4);
    this.svg.style.width = `${this.zoom * 100}%`;
    this.draw();
  }

  // Millimetres that `px` pixels of the screen are.
  mm(px) {
    return px / (this.svg.getScreenCTM()?.a || 1);
  }

  draw() {
    const { template } = this;
    this.boxes.replaceChildren(
      ...template.fields.filter((field) => field.page === this.page).map((field) => this.#field(field)),
    );
    this.#drawHandles();
  }

  #field(field) {
    const { entry, uid } = field;
    const chosen = this.template.selected.has(uid);
    const kind = KINDS[entry.type] ?? "text";
    const group = node("g", { class: `field field-${kind}`, "data-uid": uid, "data-name": entry.name });
    group.classList.toggle("chosen", chosen);
    group.classList.toggle("faulty", this.faulty.has(entry.name));
    const all = places(entry);
    if (all.length > 1) group.append(rect(bounds(entry), { class: "hull" }));
    for (const [path, box] of all) {
      const mine = chosen && this.template.part && String(this.template.part) === String(path);
      group.append(rect(box, { class: mine ? "place mine" : "place", "data-path": JSON.stringify(path) }));
      const owner = path.length > 1 ? path.slice(0, -1).reduce((found, key) => found[key], entry) : entry;
      group.append(...dividers(box, cellCount(owner.cells)));
    }
    const [x, y] = bounds(entry);
    const tag = node("text", { x, y: Math.max(y - 0.7, 2.6), class: "tag" });
    tag.textContent = labelOf(entry) + (entry.required ? " *" : "");
    const title = node("title", {});
    title.textContent = `${labelOf(entry)} (${entry.name}) ${entry.type}`;
    group.append(tag, title);
    return group;
  }

  // Eight handles round the one place, or round the field when it has one place only.
  #drawHandles() {
    const box = this.#single();
    const parts = [];
    if (box && this.tool === "select") {
      const side = this.mm(9);
      for (const edges of HANDLES) {
        const at = (low, high, size, from) =>
          from + (edges.includes(low) ? 0 : edges.includes(high) ? size : size / 2) - side / 2;
        const [x, y] = [at("left", "right", box[2], box[0]), at("top", "bottom", box[3], box[1])];
        parts.push(rect([x, y, side, side], { class: `handle handle-${edges.join("-")}`, "data-edges": edges.join(" ") }));
      }
    }
    for (const row of this.drag?.met ?? []) {
      const line = row[0] === 1 ? { x1: row[2], y1: row[1], x2: row[3], y2: row[1] } : { x1: row[1], y1: row[2], x2: row[1], y2: row[3] };
      parts.push(node("line", { ...line, class: "met" }));
    }
    if (this.drag?.frame) parts.push(rect(this.drag.frame, { class: "rubber" }));
    this.marks.replaceChildren(...parts);
  }

  #single() {
    const chosen = this.template.chosen().filter((field) => field.page === this.page);
    if (chosen.length !== 1 || this.template.selected.size !== 1) return null;
    const boxes = this.template.targets();
    return boxes.length === 1 ? boxes[0] : null;
  }

  #point(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  #down(event) {
    if (event.button !== 0) return;
    this.callbacks.focus();
    const from = this.#point(event);
    const edges = event.target.dataset?.edges;
    const group = event.target.closest?.("[data-uid]");
    this.drag = { from, screen: [event.clientX, event.clientY], moved: false, met: [] };
    if (this.tool === "add") this.drag.mode = "add";
    else if (edges) Object.assign(this.drag, { mode: "resize", edges: new Set(edges.split(" ")), start: [...this.#single()] });
    else if (group) this.#take(event, Number(group.dataset.uid));
    else {
      Object.assign(this.drag, { mode: "rubber", before: event.shiftKey || event.ctrlKey ? [...this.template.selected] : [] });
    }
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  #take(event, uid) {
    const { template } = this;
    const path = event.target.dataset.path ? JSON.parse(event.target.dataset.path) : null;
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (several) {
      const next = new Set(template.selected);
      if (next.has(uid)) next.delete(uid);
      else next.add(uid);
      template.select(next);
    } else if (!template.selected.has(uid)) template.select([uid]);
    else if (template.selected.size === 1 && path && places(template.get(uid).entry).length > 1) {
      if (template.part) template.part = path; // one option is being moved by itself: now this one
      this.drag.second = path;
    }
    Object.assign(this.drag, { mode: "move", starts: template.targets().map((box) => [box, [...box]]), uid, several });
  }

  #move(event) {
    const { drag } = this;
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]);
    if (!drag.moved && far < CLICK_PX) return;
    const to = this.#point(event);
    const most = event.altKey ? 0 : Math.min(this.mm(SNAP_PX), 1.6);
    if (!drag.moved && (drag.mode === "move" || drag.mode === "resize")) {
      // The whole drag is one step to undo; boxes are read again because the step stores copies of the old ones.
      this.template.act("", () => {});
      if (drag.mode === "move") drag.starts = this.template.targets().map((box) => [box, [...box]]);
    }
    drag.moved = true;
    const [dx, dy] = [to[0] - drag.from[0], to[1] - drag.from[1]];
    if (drag.mode === "move") this.#drag(dx, dy, most);
    if (drag.mode === "resize") this.#resize(dx, dy, most);
    if (drag.mode === "rubber" || drag.mode === "add") this.#frame(to, most);
    this.draw();
  }

  #drag(dx, dy, most) {
    const { drag } = this;
    const whole = around(drag.starts.map(([, box]) => [box[0] + dx, box[1] + dy, box[2], box[3]]));
    const snapped = this.paper.snapMove(whole, most);
    drag.met = snapped.met;
    for (const [box, start] of drag.starts)
      [box[0], box[1]] = [hundredth(start[0] + dx + snapped.dx), hundredth(start[1] + dy + snapped.dy)];
  }

  #resize(dx, dy, most) {
    const { drag } = this;
    let [x, y, width, height] = drag.start;
    if (drag.edges.has("left")) [x, width] = [x + dx, width - dx];
    if (drag.edges.has("right")) width += dx;
    if (drag.edges.has("top")) [y, height] = [y + dy, height - dy];
    if (drag.edges.has("bottom")) height += dy;
    const snapped = this.paper.snapEdges([x, y, width, height], drag.edges, most);
    drag.met = snapped.met;
    const box = this.template.targets()[0];
    if (snapped.box[2] >= 1 && snapped.box[3] >= 1) box.splice(0, 4, ...snapped.box.map(hundredth));
  }

  #frame(to, most) {
    const { drag } = this;
    const [x, y] = [Math.min(to[0], drag.from[0]), Math.min(to[1], drag.from[1])];
    drag.frame = [x, y, Math.abs(to[0] - drag.from[0]), Math.abs(to[1] - drag.from[1])];
    if (drag.mode === "add") {
      const snapped = this.paper.snapEdges(drag.frame, new Set(["left", "right", "top", "bottom"]), most);
      [drag.frame, drag.met] = [snapped.box, snapped.met];
    }
  }

  #up(event) {
    const { drag, template } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.mode === "add") {
      const box = drag.moved ? drag.frame : this.paper.cell(...drag.from);
      this.callbacks.place(box ?? [drag.from[0], drag.from[1], 30, 8], this.page);
    } else if (drag.mode === "rubber") this.#gather(drag);
    else if (!drag.moved && drag.mode === "move" && !drag.several) {
      template.select([drag.uid], drag.second ?? null);
    } else if (drag.moved) template.changed("data");
    this.draw();
  }

  #gather(drag) {
    const inside = ([x, y, width, height], [a, b, c, d]) => a >= x && b >= y && a + c <= x + width && b + d <= y + height;
    const found = drag.frame
      ? this.template.fields.filter((field) => field.page === this.page && inside(drag.frame, bounds(field.entry)))
      : [];
    this.template.select([...drag.before, ...found.map((field) => field.uid)]);
  }

  #cancel() {
    this.drag = null;
    this.draw();
  }
}

const hundredth = (value) => Math.round(value * 100) / 100;

function dividers([x, y, width, height], count) {
  return Array.from({ length: Math.max(count - 1, 0) }, (_, at) => {
    const across = x + ((at + 1) * width) / count;
    return node("line", { x1: across, y1: y, x2: across, y2: y + height, class: "divider" });
  });
}

function rect([x, y, width, height], more) {
  return node("rect", { x, y, width: Math.max(width, 0), height: Math.max(height, 0), ...more });
}

function node(name, values) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  return made;
}
