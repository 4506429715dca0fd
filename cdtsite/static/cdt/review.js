// Keys for the review and the verification page. Everything they do can be done without them.
const review = document.querySelector(".review[data-waiting=yes]");
if (review) {
  const cards = [...review.querySelectorAll(".card[data-item]")];
  const help = review.querySelector("details.keys");
  const active = help?.querySelector("input");
  if (help) {
    help.hidden = false;
    active.checked = localStorage.getItem("keys") !== "off";
    active.addEventListener("change", () => localStorage.setItem("keys", active.checked ? "on" : "off"));
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
    cards[at]?.querySelector("input[name=items]")?.focus();
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
  const keys = {
    j: () => step(at + 1), k: () => step(at - 1),
    a: () => pick("accept"), m: () => pick("amend"), l: () => pick("leave"),
    v: () => cards[at]?.querySelector("input[name=items]")?.click(),
    p: () => review.querySelector(".decide button.default").click(),
    x: () => review.querySelector("button[name=reject]")?.click(),
    r: () => review.querySelector("textarea[name=reply]")?.focus(),
    "?": () => help && (help.open = !help.open),
    n: () => review.querySelector(".skip-link").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return document.activeElement.blur();
    if (active?.checked === false || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  // Enter in a field would press "Publish": a decision is made by its button or its key.
  review.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
  cards.forEach((card, place) => {
    card.addEventListener("change", () => open(card));
    card.addEventListener("focusin", () => go(place));
  });
  go(0);
}
