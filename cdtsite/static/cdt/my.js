// The receipts that this browser was asked to remember: a list in its own storage, which nothing is sent of. receipt.js
// writes it.
const KEY = "receipts";
const list = document.querySelector("[data-receipts]");
const none = document.querySelector("[data-none]");
const all = document.querySelector("[data-all]");
const said = document.querySelector("[data-said]");

function remembered() {
  try {
    const receipts = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return receipts.filter(({ path, name }) => /^\/corrections\/[\w-]{16,40}\/$/.test(path) && typeof name === "string");
  } catch {
    return [];
  }
}

function keep(receipts) {
  try {
    if (receipts.length) localStorage.setItem(KEY, JSON.stringify(receipts));
    else localStorage.removeItem(KEY);
  } catch {
    said.textContent = "This browser does not let the list be changed.";
  }
  show();
}

function line({ path, name, at }) {
  const made = document.createElement("li");
  const link = document.createElement("a");
  link.href = path;
  link.textContent = name;
  const when = document.createElement("span");
  when.className = "meta";
  when.textContent = `remembered ${new Date(at).toLocaleDateString("en-US", { dateStyle: "medium" })}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Forget";
  button.setAttribute("aria-label", `Forget ${name}`);
  button.addEventListener("click", () => {
    keep(remembered().filter((one) => one.path !== path));
    said.textContent = `${name} is forgotten here. The correction itself stays as it is.`;
    (list.querySelector("button") ?? said).focus();
  });
  made.append(link, " ", when, " ", button);
  return made;
}

function show() {
  const receipts = remembered();
  list.replaceChildren(...receipts.map(line));
  none.hidden = receipts.length > 0;
  all.hidden = receipts.length === 0;
}

all.querySelector("button").addEventListener("click", () => {
  keep([]);
  said.textContent = "The list is empty. The corrections themselves stay as they are.";
  said.focus();
});
document.querySelector("[data-plain]").hidden = true;
addEventListener("storage", show);
show();
