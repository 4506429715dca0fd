// The items that differ from the page: their number, and a link to each; what is asked of changed words appears beside
// them. The form works without it.
const LISTED = 8;
const form = document.querySelector("main form.form");
const count = form.querySelector("output.count");
const list = form.querySelector("ul.changed");
const page = JSON.parse(document.getElementById("page-values")?.textContent ?? "null");

function isTick(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function chosen(select) {
  return ([...select.options].find((option) => option.defaultSelected) ?? select.options[0])?.value;
}

function value(field) {
  return isTick(field) ? field.checked : field.value;
}

// What the page says; a form that shows the page as it is needs not be told.
function before(field) {
  if (!page) return isTick(field) ? field.defaultChecked : (field.defaultValue ?? chosen(field));
  const said = page[field.name] ?? "";
  return isTick(field) ? said.includes(field.value) : String(said).replaceAll("\r\n", "\n");
}

// What is said of a source changes nothing on the page.
function words(place) {
  return [...place.querySelectorAll("input, textarea, select")].filter((f) => !f.closest(".again, .alone"));
}

function link(item) {
  const first = words(item)[0];
  const made = document.createElement("a");
  made.href = `#${first.id || first.closest("[id]").id}`;
  made.textContent = item.dataset.label + (item.dataset.item.includes(".") ? `: ${first.value}` : "");
  const line = document.createElement("li");
  line.append(made);
  return line;
}

const start = new Map([...form.querySelectorAll("[data-item]")].flatMap(words).map((f) => [f, before(f)]));
form.classList.toggle("quiet", "fresh" in form.dataset);

function show() {
  const changed = [...form.querySelectorAll("[data-item]")].filter((item) => {
    const differs = words(item).some((f) => value(f) !== start.get(f));
    item.classList.toggle("changed", differs);
    return differs;
  });
  const said = `You change ${changed.length} item${changed.length === 1 ? "" : "s"}`;
  if (count.textContent !== said) count.textContent = said;
  list.replaceChildren(...changed.slice(0, LISTED).map(link));
  if (changed.length > LISTED) {
    const more = document.createElement("li");
    more.textContent = `and ${changed.length - LISTED} more`;
    list.append(more);
  }
}

// Opens what an address of this page leads to, where the browser does not do it.
function reveal() {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!at) return;
  for (let fold = at.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  at.scrollIntoView();
}

form.addEventListener("input", show);
document.querySelector("a[href='#more']")?.addEventListener("click", (event) => {
  event.preventDefault();
  form.querySelector("[name=more]").click();
});
list.addEventListener("click", () => setTimeout(reveal));
addEventListener("hashchange", reveal);
if (page) show();
reveal();
