// Keys for the editors' desk. Everything they do can be done without them.
// A page names its keys itself: what has data-key is pressed by that key, or its field gets the focus.
const review = document.querySelector(".review");
if (review) {
  const cards = [...review.querySelectorAll("[data-item]")];
  const help = review.querySelector("details.keys");
  const off = () => localStorage.getItem("keys") === "off";
  if (help) {
    const on = help.querySelector("input");
    help.hidden = false;
    on.checked = !off();
    on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
  }
  let at = 0;
  const go = (to) => {
    cards[at]?.classList.remove("here");
    at = Math.max(0, Math.min(cards.length - 1, to));
    cards[at]?.classList.add("here");
    cards[at]?.scrollIntoView({ block: "nearest" });
  };
  const step = (to) => {
    go(to);
    cards[at]?.querySelector(".choice input:checked, input[name=items], th a")?.focus();
  };
  const open = (card) => {
    const amend = card.querySelector("details.amend");
    if (amend) amend.open = card.querySelector("input[value=amend]")?.checked ?? false;
    return amend;
  };
  const pick = (choice) => {
    const radio = cards[at]?.querySelector(`input[value=${choice}]`);
    if (!radio) return;
    radio.checked = true;
    const amend = open(cards[at]);
    if (choice === "amend") amend?.querySelector("textarea, input")?.focus();
    else go(at + 1);
  };
  const press = (key) => {
    const found = review.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (found?.matches("a, button")) found.click();
    else found?.querySelector("select, textarea")?.focus();
    return Boolean(found);
  };
  const keys = {
    j: () => step(at + 1), k: () => step(at - 1),
    a: () => pick("accept"), m: () => pick("amend"), l: () => pick("leave"),
    v: () => cards[at]?.querySelector("input[name=items]")?.click(),
    d: () => cards[at]?.querySelector(".disputes a")?.click(),
    "?": () => { if (help) help.open = !help.open; },
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return document.activeElement.blur();
    if (off() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    if (keys[event.key]) keys[event.key]();
    else if (!press(event.key)) return;
    event.preventDefault();
  });
  // Enter in a field would press "Publish": a decision is made by its button or its key.
  review.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("form[method=post] input")) event.preventDefault();
  });
  // The text that is picked stands in the reply, to be changed.
  const starters = document.querySelector("#starters");
  review.querySelector("select[name=reason]")?.addEventListener("change", (event) => {
    const reply = review.querySelector("textarea[name=reply]");
    const text = JSON.parse(starters.textContent)[event.target.value];
    if (text && !reply.value.includes(text)) reply.value = [reply.value.trim(), text].filter(Boolean).join("\n");
    if (text) reply.focus();
  });
  cards.forEach((card, place) => {
    card.addEventListener("change", () => open(card));
    card.addEventListener("focusin", () => go(place));
  });
  if (help) cards[0]?.classList.add("here");
}
