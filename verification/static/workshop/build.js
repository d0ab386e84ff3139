// The bot workshop's page: what the old system shows on the left, what is recorded on the right, the stages above.

import { Refused, get, post } from "../api.js";
import { translate } from "../editor_dom.js";
import { ActDialog } from "./act.js";
import { ScreenView } from "./screen.js";
import { Stages } from "./stages.js";
import { Steps } from "./steps.js";

const about = JSON.parse(document.getElementById("about").textContent);
const api = `/api/systems/workshop/${about.system}`;
const status = document.getElementById("status");

const page = {
  about,
  draft: null,
  procedure: "login",
  version: null,

  // A sentence that the server gives in both languages.
  inLanguage: (text) => text?.[about.language] || text?.ja || "",
  fieldLabel: (name) => about.fields.find((field) => field.name === name)?.label || name,
  recording: () => document.getElementById("recording").checked,
  pictureOf: (name) => `${api}/picture/${encodeURIComponent(name)}`,

  showMessage(text, bad = false) {
    status.textContent = text;
    status.classList.toggle("bad", bad);
  },

  // One request at a time, as the supervised browser has one page. A click in the meantime waits for its turn: one that
  // was lost would leave an input showing what is not stored.
  async request(path, body, busyWords = "working") {
    while (page.busy) await page.idle;
    page.setBusy(true);
    page.showMessage(translate(busyWords));
    try {
      const answer = await post(api + path, body);
      page.showMessage("");
      page.take(answer);
      return answer;
    } catch (error) {
      page.showMessage(error instanceof Refused && error.message ? error.message : translate("offline"), true);
      return null;
    } finally {
      page.setBusy(false);
    }
  },

  state: () => get(api),

  setBusy(on) {
    page.busy = on;
    if (on) page.idle = new Promise((resolve) => (page.release = resolve));
    else page.release?.();
    document.getElementById("screen").classList.toggle("busy", on);
    document.getElementById("screen").setAttribute("aria-busy", String(on));
  },

  take(answer) {
    if (answer.draft) {
      page.draft = answer.draft;
      page.version = answer.version;
      steps.draw();
      stages.draw(answer.stages);
    }
    if (answer.screen) screen.draw(answer.screen);
  },

  async act(values) {
    const recorded = page.recording() ? { procedure: page.procedure } : {};
    return page.request("/act", { ...values, ...recorded }, "acting");
  },

  edit: (change) => page.request("/edit", change, "saving"),

  openScreen: (url = "") => page.request("/screen", { url }, "opening"),
};

const screen = new ScreenView(page, (element) => dialog.open(element));
const dialog = new ActDialog(page);
const steps = new Steps(page);
const stages = new Stages(page);

const first = await page.state();
page.take(first);
if (first.job) stages.resume(first.job);
if (first.job?.state !== "running") await page.openScreen();
document.documentElement.dataset.ready = "yes";
