// Follows the log from where the page stands, for as long as the page is open.
// The browser resumes by Last-Event-ID after a break; where it gives up, we begin behind the last one.

export function follow(address, tell, after = Number(document.body.dataset.position)) {
  let last = after;
  let source;

  function open() {
    const query = new URLSearchParams({ after: String(last) });
    source = new EventSource(`${address}${address.includes("?") ? "&" : "?"}${query}`);
    for (const type of document.body.dataset.types.split(" ")) source.addEventListener(type, hear);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  }

  function hear(message) {
    const position = Number(message.lastEventId);
    if (position <= last) return;
    last = position;
    tell(JSON.parse(message.data));
  }

  open();
  addEventListener("pagehide", () => source.close());
}
