// A template being edited: its data, what is selected, and every earlier state for undo. Does not use the DOM.

const round = (value) => Math.round(value * 100) / 100;
const MERGE_MS = 700;
const MOST_STEPS = 200;

export const TYPES_OF_MARKS = ["choice", "multi_choice"];

// Places of a field where something is written or marked: [path, box]. A path is a list of keys into its entry.
export function places(entry) {
  const found = [];
  if (entry.box) found.push([["box"], entry.box]);
  for (const key of ["year", "month", "day"]) if (entry[key]) found.push([[key, "box"], entry[key].box]);
  (entry.options ?? []).forEach((option, at) => found.push([["options", at, "box"], option.box]));
  (entry.era?.options ?? []).forEach((option, at) => found.push([["era", "options", at, "box"], option.box]));
  return found;
}

export function around(boxes) {
  const x = Math.min(...boxes.map((b) => b[0]));
  const y = Math.min(...boxes.map((b) => b[1]));
  const right = Math.max(...boxes.map((b) => b[0] + b[2]));
  const bottom = Math.max(...boxes.map((b) => b[1] + b[3]));
  return [x, y, round(right - x), round(bottom - y)];
}

export const bounds = (entry) => around(places(entry).map(([, box]) => box));
export const cellCount = (cells) => (Array.isArray(cells) ? cells.reduce((a, b) => a + b, 0) : cells || 0);
export const labelOf = (entry) => (typeof entry.label === "object" ? entry.label.ja : entry.label) ?? entry.name;

export class Template {
  constructor(data) {
    this.load(data);
    this.selected = new Set();
    this.part = null; // path of the one place that is moved by itself, e.g. one option
    this.clipboard = [];
    this.past = [];
    this.future = [];
    this.last = ["", 0];
    this.changed = () => {};
  }

  load(data) {
    const { pages, ...form } = structuredClone(data);
    this.next ??= 1;
    this.form = form;
    this.blanks = pages.map((page) => page.blank);
    this.fields = pages.flatMap((page, at) => page.fields.map((entry) => ({ uid: this.next++, page: at + 1, entry })));
  }

  // As in form.yaml.
  data() {
    const { rules, ...form } = this.form;
    const pages = this.blanks.map((blank, at) => ({
      blank,
      fields: this.fields.filter((field) => field.page === at + 1).map((field) => field.entry),
    }));
    return structuredClone({ ...form, pages, ...(rules?.length ? { rules } : {}) });
  }

  chosen() {
    return this.fields.filter((field) => this.selected.has(field.uid));
  }

  get(uid) {
    return this.fields.find((field) => field.uid === uid);
  }

  select(uids, part = null) {
    this.selected = new Set(uids);
    this.part = part;
    this.changed("selection");
  }

  // The only way to change data, so that every change can be undone. Quick repeats of one kind are one step.
  act(name, change) {
    const now = Date.now();
    const same = name && this.last[0] === name && now - this.last[1] < MERGE_MS;
    if (!same) {
      this.past.push(this.#snapshot());
      if (this.past.length > MOST_STEPS) this.past.shift();
    }
    this.last = [name, now];
    this.future = [];
    change();
    this.changed("data");
  }

  undo() {
    this.#restore(this.past, this.future);
  }

  redo() {
    this.#restore(this.future, this.past);
  }

  #restore(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push(this.#snapshot());
    this.form = state.form;
    this.fields = state.fields;
    this.selected = new Set([...this.selected].filter((uid) => this.get(uid)));
    this.part = null;
    this.last = ["", 0];
    this.changed("data");
  }

  #snapshot() {
    return structuredClone({ form: this.form, fields: this.fields });
  }

  // Boxes that a move concerns: one place, or all places of all selected fields.
  targets() {
    if (this.part && this.selected.size === 1) {
      const box = this.part.reduce((found, key) => found?.[key], this.chosen()[0]?.entry);
      if (box) return [box];
    }
    return this.chosen().flatMap((field) => places(field.entry).map(([, box]) => box));
  }

  move(dx, dy, name = "move") {
    this.act(name, () => {
      for (const box of this.targets()) [box[0], box[1]] = [round(box[0] + dx), round(box[1] + dy)];
    });
  }

  grow(dx, dy) {
    this.act("grow", () => {
      for (const box of this.targets())
        [box[2], box[3]] = [Math.max(round(box[2] + dx), 1), Math.max(round(box[3] + dy), 1)];
    });
  }

  set(keys, name = `set-${[...keys]}`, uids = this.selected) {
    this.act(name, () => {
      for (const field of this.fields.filter((one) => uids.has(one.uid)))
        for (const [key, value] of Object.entries(keys))
          if (value === undefined || value === "" || value === false) delete field.entry[key];
          else field.entry[key] = value;
    });
  }

  add(page, entry) {
    const uid = this.next++;
    this.act("", () => this.fields.push({ uid, page, entry: { ...entry, name: this.free(entry.name) } }));
    this.select([uid]);
    return uid;
  }

  remove() {
    if (!this.selected.size) return;
    const part = this.part;
    this.act("", () => {
      if (part && part.at(-3) === "options" && this.#removeOption(part)) return;
      this.fields = this.fields.filter((field) => !this.selected.has(field.uid));
      this.selected.clear();
    });
    this.part = null;
    this.changed("selection");
  }

  #removeOption(part) {
    const list = part.slice(0, -2).reduce((found, key) => found[key], this.chosen()[0].entry);
    if (list.length < 2) return false;
    list.splice(part.at(-2), 1);
    return true;
  }

  copy() {
    this.clipboard = structuredClone(this.chosen());
  }

  paste(page) {
    if (this.clipboard.length) this.#repeat(this.clipboard, [3, 3], page);
  }

  // Copies the selected fields `dy` below, into the next row of a table. Numbers in names are counted up.
  copyRow(dy) {
    if (this.selected.size) this.#repeat(this.chosen(), [0, dy]);
  }

  #repeat(fields, [dx, dy], page) {
    const uids = [];
    this.act("", () => {
      for (const field of structuredClone(fields)) {
        for (const [, box] of places(field.entry)) [box[0], box[1]] = [round(box[0] + dx), round(box[1] + dy)];
        field.entry.name = this.free(field.entry.name);
        field.uid = this.next++;
        field.page = page ?? field.page;
        uids.push(field.uid);
        this.fields.push(field);
      }
    });
    this.select(uids);
  }

  // A free name: the number in it counted up, or one appended.
  free(name) {
    const taken = new Set(this.fields.map((field) => field.entry.name));
    let found = name;
    while (taken.has(found)) {
      found = /\d/.test(found) ? found.replace(/\d+/, (number) => Number(number) + 1) : `${found}_2`;
    }
    return found;
  }
}
