// A running count of the items that differ from the page; what is asked of changed words appears beside them. The form
// works without it.
const form = document.querySelector("main form.form");
const count = form.querySelector("output.count");

function value(field) {
  return field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
}

// What is said of a source changes nothing on the page.
function words(place) {
  return [...place.querySelectorAll("input, textarea, select")].filter((f) => !f.closest(".again, .alone"));
}

const start = new Map([...form.querySelectorAll("[data-item]")].flatMap(words).map((f) => [f, value(f)]));
form.classList.toggle("quiet", "fresh" in form.dataset);
form.addEventListener("input", () => {
  let changed = 0;
  for (const item of form.querySelectorAll("[data-item]")) {
    const differs = words(item).some((f) => value(f) !== start.get(f));
    item.classList.toggle("changed", differs);
    changed += differs;
  }
  count.textContent = `You change ${changed} item${changed === 1 ? "" : "s"}`;
});
