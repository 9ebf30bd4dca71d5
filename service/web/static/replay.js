// Plays the history of a figure. The server has drawn all of it; a step moves one clip rectangle and
// shows what lies within its span, which is just what the server shows for the same address.
import { follow } from "./live.js";

const panel = document.querySelector(".replay");
const slider = document.getElementById("step");
const play = document.getElementById("play");
const when = document.getElementById("when");
const permalink = document.getElementById("permalink");
const figure = document.querySelector("svg.chart");
const record = panel.dataset.axis === "record";
const parameter = record ? "known_at" : "published_by";
const turns = [...document.querySelectorAll("tr[data-step]")].reverse();
const spans = [...document.querySelectorAll("[data-in]")];
const groups = [...document.querySelectorAll(".group")];
const last = turns.length;
const first = Number(slider.min);
const open = panel.dataset.later === "0";
const now = record ? "Now: all that this log holds" : "Now: all published";

function x(moment) {
  const { start, end, left, right } = figure.dataset;
  const share = (moment - start) / (end - start);
  return Number(left) + Math.min(1, Math.max(0, share)) * (right - left);
}

function show(step) {
  slider.value = String(step);
  for (const each of spans) each.hidden = !(each.dataset.in <= step && step < each.dataset.out);
  for (const group of groups) group.hidden = !group.querySelector("tbody tr:not([hidden])");
  for (const turn of turns) {
    if (Number(turn.dataset.step) === step) turn.setAttribute("aria-current", "step");
    else turn.removeAttribute("aria-current");
  }
  draw(step);
  tell(step);
}

function draw(step) {
  if (!figure) return;
  const whole = step === last && open;
  const moment = step > 0 ? Number(turns[step - 1].dataset.at) : 0;
  const place = whole ? figure.viewBox.baseVal.width : Math.round(x(moment) * 10) / 10;
  figure.querySelector("rect.seen").setAttribute("width", String(place));
  const cursor = figure.querySelector(".cursor");
  cursor.setAttribute("x1", String(place));
  cursor.setAttribute("x2", String(place));
  if (whole) cursor.setAttribute("visibility", "hidden");
  else cursor.removeAttribute("visibility");
  for (const mark of figure.querySelectorAll(".mark[data-at]")) {
    const owner = mark.closest("a") ?? mark;
    if (whole || Number(mark.dataset.at) <= moment) owner.removeAttribute("visibility");
    else owner.setAttribute("visibility", "hidden");
  }
}

// The address is the state: loaded again it shows the same.
function tell(step) {
  const address = new URL(location.href);
  const lasting = new URL(permalink.href);
  const asked = step === last && open ? null : step === 0 ? before() : turns[step - 1].dataset.ask;
  for (const each of [address, lasting]) {
    if (asked !== null) each.searchParams.set(parameter, asked);
    else if (each === lasting && record) each.searchParams.set(parameter, document.body.dataset.position);
    else each.searchParams.delete(parameter);
    each.searchParams.sort();
  }
  history.replaceState(null, "", address);
  permalink.href = lasting.href;
  permalink.textContent = lasting.href;
  const words = step === last && open ? now : step === 0 ? beforeInWords() : turns[step - 1].dataset.when;
  for (const each of [when, document.querySelector(".cited")]) each.textContent = words;
  slider.setAttribute("aria-valuetext", words);
}

function before() {
  return panel.dataset.before;
}

function beforeInWords() {
  return panel.dataset.beforeInWords;
}

function move(by) {
  show(Math.min(last, Math.max(first, Number(slider.value) + by)));
}

let timer = 0;

function pause() {
  clearInterval(timer);
  timer = 0;
  play.setAttribute("aria-pressed", "false");
  play.textContent = "Play";
  when.removeAttribute("aria-live");
}

function start() {
  if (Number(slider.value) === last) show(first);
  play.setAttribute("aria-pressed", "true");
  play.textContent = "Pause";
  timer = setInterval(() => {
    move(1);
    if (Number(slider.value) === last) pause();
  }, 1000);
}

slider.addEventListener("input", () => {
  pause();
  show(Number(slider.value));
});
document.getElementById("back").addEventListener("click", () => {
  pause();
  move(-1);
});
document.getElementById("forth").addEventListener("click", () => {
  pause();
  move(1);
});
play.addEventListener("click", () => (timer ? pause() : start()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=range]), select, textarea")) return;
  if (event.key === "[") move(-1);
  else if (event.key === "]") move(1);
});
panel.hidden = false;

// What happens meanwhile is told, and never moves the picture under its reader.
let news = 0;
const status = document.querySelector(".live");
const name = location.pathname.split("/").pop();
follow(`/v1/events?indicator=${encodeURIComponent(name)}`, () => {
  news += 1;
  status.textContent = `${news} new event${news === 1 ? "" : "s"} on this figure. Reload to see ${news === 1 ? "it" : "them"}.`;
  status.hidden = false;
});
