// Sends the working time on a page with the form that is submitted.

import { WorkClock } from "./clock.js";

const clock = new WorkClock(Number(document.querySelector('meta[name="idle"]').content));
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const field = form.querySelector("[data-seconds]");
    if (field) field.value = clock.seconds();
  });
}
