// Small helpers for pages that scripts fill: words, elements, labelled inputs.

const entries = JSON.parse(document.getElementById("words").textContent);

// The text of a key with `{name}` replaced by its value.
export function translate(key, values = {}) {
  return (entries[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export function el(name, values = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

let count = 0;

// A label over its input; `input` is an element or the values of a text input.
export function labelled(text, input) {
  const id = input.id || `in-${++count}`;
  input.id = id;
  return el("div", { className: "pair" }, el("label", { htmlFor: id }, text), input);
}

export function choose(options, value, change, more = {}) {
  const made = el("select", { ...more, onchange: (event) => change(event.target.value) });
  made.append(...options.map(([key, text]) => el("option", { value: key }, text)));
  made.value = value;
  return made;
}

export function tick(text, checked, change) {
  const box = el("input", { type: "checkbox", checked, onchange: (event) => change(event.target.checked) });
  return el("label", { className: "option" }, box, el("span", {}, text));
}

export function text(value, change, more = {}) {
  return el("input", { type: "text", value: value ?? "", autocomplete: "off", ...more, oninput: (event) => change(event.target.value.trim()) });
}

export function number(value, change, more = {}) {
  return el("input", {
    type: "number", step: "0.1", value: value ?? "", ...more,
    oninput: (event) => event.target.value !== "" && Number.isFinite(event.target.valueAsNumber) && change(event.target.valueAsNumber),
  });
}
