// Search as you type. Without this script the form goes to /search/.
const form = document.querySelector("form[data-suggest]");
const input = form.elements.q;
const list = document.createElement("ul");
list.className = "options";
list.id = "options";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Codes found");
list.hidden = true;
// What a screen reader is told of the list; seen only when there is nothing to choose.
const said = document.createElement("p");
said.setAttribute("role", "status");
said.className = "unseen";
form.append(list, said);
for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", "options"], ["aria-autocomplete", "list"]]) input.setAttribute(name, value);
let chosen = -1;
let asked = 0;

function part(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.append(text);
  return made;
}

function tell(text, seen) {
  said.textContent = text;
  said.className = seen ? "options nothing" : "unseen";
}

function title(pieces) {
  const made = part("name", "");
  for (const [text, hit] of pieces) {
    const piece = document.createElement(hit ? "mark" : "span");
    piece.append(text);
    made.append(piece);
  }
  return made;
}

// Enter leads to the page of a whole number; this line leads to every page that names it.
const wholeNumber = /^\s*d?[\s.-]*[0-9oqilsb]{4}\s*$/i;
function everywhere(place) {
  const option = document.createElement("li");
  option.id = `option-${place}`;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.dataset.url = `${form.action}?${new URLSearchParams([...new FormData(form), ["all", "1"]])}`;
  option.append(`Search for “${input.value.trim()}”`);
  return option;
}

function show(found) {
  tell("", false);
  list.replaceChildren(...found.map((hit, i) => {
    const option = document.createElement("li");
    option.id = `option-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = hit.url;
    const about = [hit.validity, hit.category].filter(Boolean).join(" · ");
    option.append(part(hit.validity === "deleted" ? "num gone" : "num", hit.code), " ", title(hit.marked), " ", part("meta", about));
    return option;
  }));
  if (found.length && wholeNumber.test(input.value)) list.append(everywhere(found.length));
  chosen = -1;
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
}

function close() {
  asked += 1;  // What is still on its way comes too late.
  show([]);
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
    const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams(new FormData(form))}`);
    const found = answer.ok ? await answer.json() : [];
    if (turn !== asked) return;
    show(found);
    if (found.length) tell(`${found.length} code${found.length === 1 ? "" : "s"}: choose with the arrow keys`, false);
    else if (answer.ok) tell(`Nothing found. Press Enter ${/\d/.test(query) ? "for the nearest" : "to ask for it"}.`, true);
  } catch {
    show([]);
  }
});
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1);
  } else if (event.key === "Escape") {
    event.preventDefault();  // A search field would lose its words.
    close();
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    location.assign(list.children[chosen].dataset.url);
  }
});
list.addEventListener("mousedown", (event) => {
  const option = event.target.closest("li");
  if (option) location.assign(option.dataset.url);
});
input.addEventListener("blur", close);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    input.focus();
  }
});
