// Registering a page: turn it upright, set the four corners with pointer or keys, preview the form's frames over it.

import "./page_time.js";

const scan = document.getElementById("scan");
const NAMES = ["top-left", "top-right", "bottom-right", "bottom-left"];
if (scan) begin();

function begin() {
  const width = Number(scan.dataset.width);
  const height = Number(scan.dataset.height);
  const turned = document.getElementById("turned");
  const marks = document.getElementById("marks");
  const outline = document.getElementById("outline");
  const corners = document.getElementById("corners");
  const rotation = document.getElementById("rotation");
  const typed = [...document.querySelectorAll("[data-corner]")];
  const radius = Math.max(width, height) / 70;
  let points = [];
  let dragged = null;
  let timer = 0;

  const stored = corners.value.split(",").map(Number);
  if (corners.value && stored.length === 8) points = [0, 2, 4, 6].map((at) => [stored[at], stored[at + 1]]);
  show(Number(rotation.value));
  if (points.length) on();
  preview(); // the form may be chosen already, by the machine's suggestion or before the script ran

  document.getElementById("turn").addEventListener("click", turn);
  document.getElementById("corners-on").addEventListener("click", () => {
    if (!points.length) points = upright();
    on();
  });
  document.getElementById("corners-off").addEventListener("click", off);
  for (const radio of document.querySelectorAll('[name="target"]')) radio.addEventListener("change", preview);

  // The corners of the whole picture, in the order of the sheet as it should stand after turning.
  function upright() {
    const inset = Math.min(width, height) / 25;
    const all = [[inset, inset], [width - inset, inset], [width - inset, height - inset], [inset, height - inset]];
    const steps = Number(rotation.value) / 90;
    return NAMES.map((_, place) => all[(place - steps + 4) % 4]);
  }

  // Corners stay where they are on the paper; which of them is the sheet's top left changes.
  function turn() {
    rotation.value = (Number(rotation.value) + 90) % 360;
    show(Number(rotation.value));
    points = points.map((_, place) => points[(place + 3) % 4]);
    draw();
  }

  function show(degrees) {
    const lying = degrees % 180 !== 0;
    scan.setAttribute("viewBox", lying ? `0 0 ${height} ${width}` : `0 0 ${width} ${height}`);
    const shift = { 0: "", 90: `translate(${height} 0)`, 180: `translate(${width} ${height})`, 270: `translate(0 ${width})` };
    turned.setAttribute("transform", `${shift[degrees]} rotate(${degrees})`);
  }

  function on() {
    toggle(true);
    draw();
  }

  function off() {
    points = [];
    toggle(false);
    draw();
  }

  function toggle(active) {
    document.getElementById("corners-on").setAttribute("aria-pressed", String(active));
    document.getElementById("corners-off").hidden = !active;
    document.getElementById("corner-help").hidden = !active;
    document.getElementById("corner-list").hidden = !active;
  }

  function draw() {
    outline.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    marks.replaceChildren(...points.map(mark));
    corners.value = points.flat().map((number) => number.toFixed(1)).join(",");
    typed.forEach((input, place) => {
      if (document.activeElement !== input) input.value = points[place]?.map(Math.round).join(", ") ?? "";
    });
    clearTimeout(timer);
    timer = setTimeout(preview, 250);
  }

  function mark([x, y], place) {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: radius })) circle.setAttribute(name, value);
    circle.dataset.place = place;
    circle.classList.add("mark");
    circle.addEventListener("pointerdown", (event) => {
      dragged = place;
      scan.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    return circle;
  }

  scan.addEventListener("pointermove", (event) => dragged !== null && move(dragged, at(event)));
  scan.addEventListener("pointerup", () => (dragged = null));
  // A click moves the nearest corner: four clicks, in any order, are enough.
  scan.addEventListener("click", (event) => {
    if (!points.length || event.target.classList.contains("mark")) return;
    const [x, y] = at(event);
    const far = points.map(([a, b]) => Math.hypot(a - x, b - y));
    move(far.indexOf(Math.min(...far)), [x, y]);
  });
  typed.forEach((input, place) => {
    input.addEventListener("change", () => {
      const pair = input.value.split(/[,\s、]+/).map(Number);
      if (pair.length === 2 && pair.every(Number.isFinite)) move(place, pair);
    });
    input.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 20 : 2;
      const way = { ArrowUp: [0, -step], ArrowDown: [0, step], ArrowLeft: [-step, 0], ArrowRight: [step, 0] }[event.key];
      if (!way || !points[place] || !event.altKey) return;
      event.preventDefault();
      move(place, [points[place][0] + way[0], points[place][1] + way[1]]);
      input.value = points[place].map(Math.round).join(", ");
    });
  });

  function at(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(turned.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  function move(place, [x, y]) {
    points[place] = [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)];
    draw();
  }

  function preview() {
    const figure = document.getElementById("preview");
    const target = document.querySelector('[name="target"]:checked')?.value;
    figure.hidden = !target;
    if (figure.hidden) return;
    const [form, page] = target.split(":");
    const query = new URLSearchParams({ page: scan.dataset.page, form, page_no: page, corners: corners.value, rotation: rotation.value });
    const picture = document.getElementById("preview-picture");
    const failed = document.getElementById("preview-failed");
    picture.hidden = true;
    failed.hidden = true;
    picture.onload = () => ((failed.hidden = true), (picture.hidden = false));
    picture.onerror = () => ((failed.hidden = false), (picture.hidden = true));
    picture.src = `/exceptions/preview.png?${query}`;
  }
}
