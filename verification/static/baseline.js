// A stop-watch over N paper forms: start, stop, next; the times are sent to the server only with "save".

const find = (id) => document.getElementById(id);
const [go, again, save, watch] = ["go", "again", "save", "watch"].map(find);
const times = [];
let since = null;

const wanted = () => Math.max(1, Math.min(50, Number(find("count").value) || 1));
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const passed = () => (since === null ? 0 : (performance.now() - since) / 1000);

function show() {
  const running = since !== null;
  go.textContent = running ? go.dataset.stop : go.dataset.start;
  go.disabled = !running && times.length >= wanted();
  again.disabled = !running && times.length === 0;
  save.disabled = running || times.length === 0;
  watch.textContent = clock(passed());
  find("of").textContent = wanted();
  find("at").textContent = Math.min(times.length + 1, wanted());
  find("timed").value = times.map((seconds) => seconds.toFixed(2)).join(",");
  find("times").replaceChildren(...times.map((seconds) => {
    const line = document.createElement("li");
    line.textContent = clock(seconds);
    return line;
  }));
}

function toggle() {
  if (since === null) {
    if (times.length < wanted()) since = performance.now();
  } else {
    times.push(Math.max(passed(), 0.01));
    since = null;
  }
  show();
}

go.addEventListener("click", toggle);
again.addEventListener("click", () => {
  if (since === null) times.pop();
  since = null;
  show();
});
find("count").addEventListener("input", show);
addEventListener("keydown", (event) => {
  if (event.code !== "Space" || /^(INPUT|SELECT|BUTTON|TEXTAREA)$/.test(event.target.tagName)) return;
  event.preventDefault();
  toggle();
});
setInterval(() => {
  if (since !== null) watch.textContent = clock(passed());
}, 200);
show();
