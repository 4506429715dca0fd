// Search as you type. Without this script the form goes to /search/.
const form = document.querySelector("form[data-suggest]");
const input = form.elements.q;
const list = document.createElement("ul");
list.className = "options";
list.id = "options";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Codes found");
list.hidden = true;
form.append(list);
for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "options"], ["aria-autocomplete", "list"]]) input.setAttribute(name, value);
let chosen = -1;
let asked = 0;

function show(found) {
  list.replaceChildren(...found.map((hit, i) => {
    const option = document.createElement("li");
    option.id = `option-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = hit.url;
    const number = document.createElement("span");
    number.className = "num";
    number.textContent = hit.code;
    option.append(number, ` ${hit.title}`);
    return option;
  }));
  chosen = -1;
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
}

function choose(step) {
  const options = [...list.children];
  if (list.hidden || !options.length) return;
  options[chosen]?.setAttribute("aria-selected", "false");
  chosen = (chosen + step + options.length) % options.length;
  options[chosen].setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", options[chosen].id);
}

input.addEventListener("input", async () => {
  const turn = ++asked;
  const query = input.value.trim();
  if (query.length < 2) return show([]);
  try {
    const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(input.value)}`);
    const found = answer.ok ? await answer.json() : [];
    if (turn === asked) show(found);
  } catch {
    show([]);
  }
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1);
  } else if (event.key === "Escape") {
    show([]);
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    location.assign(list.children[chosen].dataset.url);
  }
});
list.addEventListener("mousedown", (event) => {
  const option = event.target.closest("li");
  if (option) location.assign(option.dataset.url);
});
input.addEventListener("blur", () => show([]));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    input.focus();
  }
});
