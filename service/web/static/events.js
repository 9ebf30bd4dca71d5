// New events wait behind a button, so nothing moves while the reader reads.
import { follow, newEvents } from "./live.js";

const list = document.querySelector("ol.log");
const button = document.querySelector(".fresh button");
const blank = document.querySelector("template").content.firstElementChild;
const types = document.querySelector("select[name=type]");
const { stream, times, most, longest } = list.dataset;
const waiting = [];
let count = 0;

// The same row as the server renders, filled into the template that it sent.
function row(event) {
  const item = blank.cloneNode(true);
  const [family, id] = [event.stream.split(":", 1)[0], event.stream.slice(event.stream.indexOf(":") + 1)];
  const data = event.data ?? {};
  const link = item.querySelector(".about a");
  const raw = JSON.stringify(event, null, 2);
  const day = event.recorded_at ?? "";
  item.setAttribute("data-position", event.position);
  item.querySelector(".position").textContent = event.position;
  item.querySelector("time").setAttribute("datetime", day);
  item.querySelector("time").textContent = day.slice(0, 19).replace("T", " ");
  item.querySelector(".type").textContent = [...types.options].find((each) => each.value === event.type).text;
  link.setAttribute("href", `/${family === "indicator" ? "estimates" : `${family}s`}/${id}${times}${data.n ? `#${data.n}` : ""}`);
  link.textContent = data.n ? `${id}/${data.n}` : id;
  if (family === "log") link.replaceWith("the log itself");
  item.querySelector(".actor").textContent = event.actor ? `by ${event.actor}` : "";
  item.querySelector(".note").textContent =
    data.reason || data.rationale || data.evidence || data.provenance?.title || data.definition?.title || data.name || "";
  item.querySelector("pre").textContent = raw;
  item.querySelector(".raw").setAttribute("href", `/v1/events?after=${event.position - 1}&before=${event.position + 1}`);
  item.querySelector(".receipt").setAttribute("href", `/v1/events/${event.position}/proof`);
  item.querySelector(raw.length > Number(longest) ? "details" : ".raw").remove();
  return item;
}

function receive(event) {
  count += 1;
  if (count <= Number(most)) waiting.unshift(event);
  button.textContent = newEvents(count);
  button.hidden = false;
}

button.addEventListener("click", () => {
  if (count > Number(most)) {
    location.reload(); // more events than a page has: the server renders the newest page
    return;
  }
  list.prepend(...waiting.map(row));
  document.querySelector(".none")?.remove();
  waiting.length = count = 0;
  button.hidden = true;
  list.focus({ preventScroll: true });
  list.scrollIntoView({ block: "nearest" });
  scrollTo({ top: Math.min(scrollY, list.offsetTop) });
});

follow(stream, receive);
