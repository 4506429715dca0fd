// Buttons at the link of the receipt: one copies it, one asks this browser to remember it for the list of my.js.
// Without them the link can be selected: one click takes all of it.
const KEY = "receipts";
const MOST = 200;
const link = document.querySelector("[data-copy]");

function remembered() {
  try {
    const receipts = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(receipts) ? receipts : [];
  } catch {
    return [];
  }
}

const path = new URL(link.textContent.trim()).pathname;
const place = document.createElement("p");
const keeper = document.createElement("button");
keeper.type = "button";
keeper.className = "plain";
const kept = document.createElement("output");
kept.className = "meta";
const mine = document.createElement("a");
mine.href = link.dataset.mine;
mine.textContent = "My receipts";
place.append(keeper, " ", kept);

function tell() {
  const there = remembered().some((one) => one.path === path);
  keeper.textContent = there ? "Forget it in this browser" : "Remember in this browser";
  kept.replaceChildren(...(there ? ["Remembered: ", mine] : []));
}

keeper.addEventListener("click", () => {
  const others = remembered().filter((one) => one.path !== path);
  const receipt = { path, name: link.dataset.name, at: Date.now() };
  const receipts = others.length < remembered().length ? others : [receipt, ...others].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(receipts));
    tell();
  } catch {
    kept.textContent = "This browser remembers nothing. Bookmark this page instead.";
  }
});
tell();
link.after(place);
if (navigator.clipboard) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy the link";
  const said = document.createElement("output");
  said.className = "meta";
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      await navigator.clipboard.writeText(link.textContent.trim());
      said.textContent = "Copied";
    } catch {
      said.textContent = "Not copied. Select the link and copy it yourself.";
    }
  });
  link.after(button, " ", said);
}
