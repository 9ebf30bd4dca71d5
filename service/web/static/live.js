// Follows the log from the page's position while the page is visible.
// After a break the browser resumes by Last-Event-ID; if it gives up, we reconnect after the last event.
// Where the positions of the page are not those of this log (any more), the page is loaded again; so it
// is when its session has ended, which leads to the login, and when something that it may show was marked
// above what its reader may see: the mark `seen` tells since when.
// A hidden page closes its connection, because browsers allow only a few per server.

export function newEvents(n) {
  return `${n} new event${n === 1 ? "" : "s"}`;
}

export function follow(address, onEvent, after = Number(document.body.dataset.position)) {
  let last = after;
  let source;

  function open() {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(stream());
    for (const type of document.body.dataset.types.split(" ")) source.addEventListener(type, receive);
    source.addEventListener("marking-changed", () => location.reload());
    source.addEventListener("error", reconnect);
  }

  function stream() {
    const { log, seen } = document.body.dataset;
    const query = new URLSearchParams({ after: String(last), log, ...(seen && { seen }) });
    return `${address}${address.includes("?") ? "&" : "?"}${query}`;
  }

  async function reconnect() {
    if (this !== source || source.readyState !== EventSource.CLOSED) return;
    const headers = { Accept: "text/event-stream" };
    const answer = await fetch(stream(), { method: "HEAD", headers }).catch(() => null);
    if ([401, 404, 409, 422].includes(answer?.status)) location.reload();
    else setTimeout(open, 2000);
  }

  function receive(message) {
    const position = Number(message.lastEventId);
    if (position <= last) return;
    last = position;
    onEvent(JSON.parse(message.data));
  }

  open();
  document.addEventListener("visibilitychange", open);
}
