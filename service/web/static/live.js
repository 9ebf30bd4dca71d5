// Follows the log from where the page stands, for as long as the page is looked at.
// The browser resumes by Last-Event-ID after a break; where it gives up, we begin behind the last one.
// A page that nobody sees lets go of its connection: a browser grants only a few to one server.

export function follow(address, tell, after = Number(document.body.dataset.position)) {
  let last = after;
  let source;

  function open() {
    source?.close();
    if (document.hidden) return;
    const query = new URLSearchParams({ after: String(last) });
    source = new EventSource(`${address}${address.includes("?") ? "&" : "?"}${query}`);
    for (const type of document.body.dataset.types.split(" ")) source.addEventListener(type, hear);
    source.addEventListener("error", giveUp);
  }

  function giveUp() {
    if (this === source && source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  }

  function hear(message) {
    const position = Number(message.lastEventId);
    if (position <= last) return;
    last = position;
    tell(JSON.parse(message.data));
  }

  open();
  document.addEventListener("visibilitychange", open);
}
