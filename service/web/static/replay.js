// Plays the history of a chart. The page already contains all steps: a step moves one clip rectangle
// and shows the elements whose range includes it, exactly as the server does for the same address.
import { follow, newEvents } from "./live.js";

const panel = document.querySelector(".replay");
const slider = document.getElementById("step");
const play = document.getElementById("play");
const when = document.getElementById("when");
const permalink = document.getElementById("permalink");
const chart = document.querySelector("svg.chart");
const { axis, parameter, before, beforeInWords, now } = panel.dataset;
const steps = [...document.querySelectorAll("tr[data-step]")].reverse();
const ranges = [...document.querySelectorAll("[data-in]")];
const groups = [...document.querySelectorAll(".group")];
const last = steps.length;
const first = Number(slider.min);
const open = panel.dataset.later === "0";

function x(moment) {
  const { start, end, left, right } = chart.dataset;
  const share = (moment - start) / (end - start);
  return Number(left) + Math.min(1, Math.max(0, share)) * (right - left);
}

function show(step) {
  slider.value = String(step);
  for (const each of ranges) each.hidden = !(each.dataset.in <= step && step < each.dataset.out);
  for (const group of groups) group.hidden = !group.querySelector("tbody tr:not([hidden])");
  for (const row of steps) {
    if (Number(row.dataset.step) === step) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  }
  draw(step);
  updateAddress(step);
}

function draw(step) {
  if (!chart) return;
  const whole = step === last && open;
  const moment = step > 0 ? Number(steps[step - 1].dataset.at) : 0;
  const place = whole ? chart.viewBox.baseVal.width : Math.round(x(moment) * 10) / 10;
  chart.querySelector("rect.seen").setAttribute("width", String(place));
  const cursor = chart.querySelector(".cursor");
  cursor.setAttribute("x1", String(place));
  cursor.setAttribute("x2", String(place));
  if (whole) cursor.setAttribute("visibility", "hidden");
  else cursor.removeAttribute("visibility");
  for (const point of chart.querySelectorAll(".point[data-at]")) {
    const owner = point.closest("a") ?? point;
    if (whole || Number(point.dataset.at) <= moment) owner.removeAttribute("visibility");
    else owner.setAttribute("visibility", "hidden");
  }
}

// The address holds the state: loading it again shows the same step.
function updateAddress(step) {
  const address = new URL(location.href);
  const citing = [permalink, ...document.querySelectorAll("[aria-labelledby=cite] .downloads a")];
  const cited = citing.map((link) => new URL(link.href));
  const asked = step === last && open ? null : step === 0 ? before : steps[step - 1].dataset.ask;
  for (const each of [address, ...cited]) {
    if (asked !== null) each.searchParams.set(parameter, asked);
    else if (each !== address && axis === "record") each.searchParams.set(parameter, document.body.dataset.position);
    else each.searchParams.delete(parameter);
    each.searchParams.sort();
  }
  history.replaceState(null, "", address);
  citing.forEach((link, n) => { link.href = cited[n].href; });
  permalink.textContent = permalink.href;
  const words = step === last && open ? now : step === 0 ? beforeInWords : steps[step - 1].dataset.when;
  for (const each of [when, document.querySelector(".cited")]) each.textContent = words;
  slider.setAttribute("aria-valuetext", words);
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
document.getElementById("forward").addEventListener("click", () => {
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

// New events are counted and never change the chart while the reader reads.
let count = 0;
const status = document.querySelector(".live");
const name = location.pathname.split("/").pop();
follow(`/v1/events?indicator=${encodeURIComponent(name)}`, () => {
  count += 1;
  status.textContent = `${newEvents(count)} on this figure. Reload to see ${count === 1 ? "it" : "them"}.`;
  status.hidden = false;
});
