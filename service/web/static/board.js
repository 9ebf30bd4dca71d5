// Counts the events that are recorded while the board is open.
import { follow, newEvents } from "./live.js";

const status = document.querySelector(".live");
let count = 0;
follow("/v1/events", () => {
  count += 1;
  status.textContent = `${newEvents(count)} since this page was loaded. Reload to see ${count === 1 ? "it" : "them"}.`;
  status.hidden = false;
});
