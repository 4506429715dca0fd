// Keys for the review page. Everything they do can be done without them.
const review = document.querySelector(".review[data-waiting=yes]");
if (review) {
  const cards = [...review.querySelectorAll(".card[data-item]")];
  let at = 0;
  const go = (to) => {
    cards[at]?.classList.remove("here");
    at = Math.max(0, Math.min(cards.length - 1, to));
    cards[at]?.classList.add("here");
    cards[at]?.scrollIntoView({ block: "nearest" });
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
    j: () => go(at + 1), k: () => go(at - 1),
    a: () => pick("accept"), m: () => pick("amend"), l: () => pick("leave"),
    p: () => review.querySelector("button[name=accept]").click(),
    x: () => review.querySelector("button[name=reject]").click(),
    r: () => review.querySelector("textarea[name=reply]").focus(),
    n: () => review.querySelector(".skip-link").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return document.activeElement.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio]), textarea, select")) return;
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  for (const card of cards) card.addEventListener("change", () => open(card));
  go(0);
}
