// Adds and removes claims in place. Without it the same buttons ask the server for the same.

const form = document.querySelector("form.post");
const claims = form.querySelector(".claims");
const blank = document.querySelector("#blank");
const added = form.querySelector(".added");
const NUMBERED = ["id", "name", "for", "aria-describedby"];

function add() {
  const claim = blank.content.firstElementChild.cloneNode(true);
  claims.append(claim);
  renumber();
  added.textContent = `Claim ${claims.children.length} added.`;
  enter(claim);
}

function remove(claim) {
  const n = [...claims.children].indexOf(claim);
  claim.remove();
  // What the server said of the form as it was would lead to the wrong claims.
  for (const told of document.querySelectorAll(".told")) told.remove();
  renumber();
  added.textContent = `Claim ${n + 1} removed.`;
  enter(claims.children[Math.min(n, claims.children.length - 1)]);
}

function renumber() {
  [...claims.children].forEach((claim, n) => {
    claim.querySelector("legend").textContent = `Claim ${n + 1}`;
    for (const each of claim.querySelectorAll("[id], [name], [for]")) {
      for (const mark of NUMBERED.filter((name) => each.hasAttribute(name))) {
        each.setAttribute(mark, each.getAttribute(mark).replace(/\/claims\/\d+\//g, `/claims/${n}/`));
      }
    }
    const button = claim.querySelector("button[value^=remove]");
    button?.setAttribute("value", `remove ${n}`);
    if (button) button.textContent = `Remove claim ${n + 1}`;
  });
}

function enter(claim) {
  claim.querySelector("input").focus();
}

form.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  const [what] = pressed?.value.split(" ") ?? [];
  if (what !== "add" && what !== "remove") return;
  event.preventDefault();
  if (what === "add") add();
  else remove(pressed.closest(".claim"));
});
