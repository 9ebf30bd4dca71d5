// Moves through the rows of a page by keyboard: / finds, j and k move, Enter opens what has the focus.
// A key that somebody types into a field, or presses with another one, is left alone.
const rows = [...document.querySelectorAll('main tbody th[scope="row"] a')];
const field = document.querySelector('main input[type="search"]');
const acts = { "/": find, j: () => move(1), k: () => move(-1) };

function find() {
  field?.focus();
  field?.select();
}

function move(step) {
  const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
  rows[Math.max(0, Math.min(next, rows.length - 1))]?.focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
for (const line of document.querySelectorAll(".keys")) line.hidden = false;
