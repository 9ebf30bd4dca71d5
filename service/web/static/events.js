// New events wait behind a button: nothing moves under the reader until it is pressed.
import { follow } from "./live.js";

const list = document.querySelector("ol.log");
const button = document.querySelector(".fresh button");
const blank = document.querySelector("template").content.firstElementChild;
const types = document.querySelector("select[name=type]");
const { stream, times, most, longest } = list.dataset;
const held = [];
let news = 0;

// The same as the server's row of an event, made from the template that it sent.
function row(event) {
  const made = blank.cloneNode(true);
  const [family, id] = [event.stream.split(":", 1)[0], event.stream.slice(event.stream.indexOf(":") + 1)];
  const data = event.data ?? {};
  const link = made.querySelector(".about a");
  const raw = JSON.stringify(event, null, 2);
  const day = event.recorded_at ?? "";
  made.setAttribute("data-position", event.position);
  made.querySelector(".position").textContent = event.position;
  made.querySelector("time").setAttribute("datetime", day);
  made.querySelector("time").textContent = day.slice(0, 19).replace("T", " ");
  made.querySelector(".type").textContent = [...types.options].find((each) => each.value === event.type).text;
  link.setAttribute("href", `/${family === "indicator" ? "estimates" : `${family}s`}/${id}${times}${data.n ? `#${data.n}` : ""}`);
  link.textContent = data.n ? `${id}/${data.n}` : id;
  made.querySelector(".actor").textContent = event.actor ? `by ${event.actor}` : "";
  made.querySelector(".note").textContent =
    data.reason || data.rationale || data.provenance?.title || data.definition?.title || data.name || "";
  made.querySelector("pre").textContent = raw;
  made.querySelector(".raw").setAttribute("href", `/v1/events?after=${event.position - 1}&before=${event.position + 1}`);
  made.querySelector(raw.length > Number(longest) ? "details" : ".raw").remove();
  return made;
}

function hear(event) {
  news += 1;
  if (news <= Number(most)) held.unshift(event);
  button.textContent = `${news} new event${news === 1 ? "" : "s"}`;
  button.hidden = false;
}

button.addEventListener("click", () => {
  if (news > Number(most)) {
    location.reload(); // more than a page: the server's newest page is this one
    return;
  }
  list.prepend(...held.map(row));
  document.querySelector(".none")?.remove();
  held.length = news = 0;
  button.hidden = true;
  list.focus({ preventScroll: true });
  list.scrollIntoView({ block: "nearest" });
  scrollTo({ top: Math.min(scrollY, list.offsetTop) });
});

follow(stream, hear);
