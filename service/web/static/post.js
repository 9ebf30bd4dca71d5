// Adds and removes claims in place. Without this script the same buttons ask the server to do it.
// What is marked data-fixed keeps its text: the number of a claim in a report that is there already.

const form = document.querySelector("form.post");
const claims = form.querySelector(".claims");
const blank = document.querySelector("#blank");
const status = form.querySelector(".status");
const NUMBERED = ["id", "name", "for", "aria-describedby"];

function add() {
  const claim = blank.content.firstElementChild.cloneNode(true);
  claims.append(claim);
  renumber();
  status.textContent = `Claim ${claims.children.length} added.`;
  focusFirstInput(claim);
}

function remove(claim) {
  const n = [...claims.children].indexOf(claim);
  claim.remove();
  // The server's feedback refers to the old claim numbers.
  for (const feedback of document.querySelectorAll(".feedback")) feedback.remove();
  renumber();
  status.textContent = `Claim ${n + 1} removed.`;
  focusFirstInput(claims.children[Math.min(n, claims.children.length - 1)]);
}

function renumber() {
  [...claims.children].forEach((claim, n) => {
    name(claim.querySelector("legend"), `Claim ${n + 1}`);
    for (const each of claim.querySelectorAll("[id], [name], [for]")) {
      for (const attribute of NUMBERED.filter((name) => each.hasAttribute(name))) {
        each.setAttribute(attribute, each.getAttribute(attribute).replace(/\/claims\/\d+\//g, `/claims/${n}/`));
      }
    }
    const button = claim.querySelector("button[value^=remove]");
    button?.setAttribute("value", `remove ${n}`);
    if (button) name(button, `Remove claim ${n + 1}`);
  });
}

function name(element, text) {
  if (!element.hasAttribute("data-fixed")) element.textContent = text;
}

function focusFirstInput(claim) {
  claim.querySelector(":scope > details")?.setAttribute("open", "");
  claim.querySelector("input").focus();
}

form.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  const [action] = pressed?.value.split(" ") ?? [];
  if (action !== "add" && action !== "remove") return;
  if (action === "remove" && claims.children.length === 1) return;
  event.preventDefault();
  if (action === "add") add();
  else remove(pressed.closest(".claim"));
});
