// Keys for the editors' desk. Everything they do can be done without them.
// A page names its keys itself: what has data-key is pressed by that key, or its field gets the focus.
// One rule: j and k, and the focus, move the mark; every other key leaves it where it is.
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
  let at = Math.max(0, cards.findIndex((card) => card.querySelector(".errors")));
  const mark = (to) => {
    cards[at]?.classList.remove("here");
    at = to;
    cards[at]?.classList.add("here");
  };
  // The bar hides nothing that has the focus or that a link leads to.
  const bar = review.querySelector(".decide");
  const clear = () => {
    const height = bar && getComputedStyle(bar).position === "sticky" ? bar.offsetHeight + 16 : 0;
    document.documentElement.style.scrollPaddingBottom = `${height}px`;
  };
  const reach = (field) => {
    clear();
    cards[at].scrollIntoView({ block: "nearest" });
    field?.focus();
  };
  const step = (to) => {
    if (!cards[to]) return;
    mark(to);
    reach(cards[to].querySelector("input[name=items], th a") ?? cards[to]);
  };
  const chosen = (card) => card.querySelector(".choice input:checked")?.value;
  // The button says what it will do.
  const says = review.querySelector(".says");
  const tell = () => {
    if (!says) return;
    const made = cards.map(chosen);
    const count = (wanted) => made.filter((choice) => choice === wanted).length;
    const same = Number(says.dataset.same);
    says.textContent = [
      `Publish ${count("accept") + count("amend")}`,
      count("leave") && `leave ${count("leave")}`,
      count(undefined) && `${count(undefined)} not decided yet`,
      same && `with ${same} more that propose${same > 1 ? "" : "s"} the same`,
    ].filter(Boolean).join(", ");
  };
  const open = (card) => {
    const amend = card.querySelector("details.amend");
    if (amend) amend.open = chosen(card) === "amend";
  };
  const choose = (card, choice) => {
    const radio = card?.querySelector(`.choice input[value=${choice}]`);
    if (!radio) return null;
    radio.checked = true;
    open(card);
    tell();
    return radio;
  };
  const pick = (choice) => {
    const radio = choose(cards[at], choice);
    if (radio) reach((choice === "amend" && cards[at].querySelector(".amend :is(textarea, input, select)")) || radio);
  };
  const tick = () => {
    const box = cards[at]?.querySelector("input[name=items], .tick input");
    const folded = box?.closest("details");
    if (folded) folded.open = true;
    box?.click();
    if (box) reach(box);
  };
  const press = (key) => {
    const found = review.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (found?.matches("a, button")) found.click();
    else found?.querySelector("select, textarea")?.focus();
    return Boolean(found);
  };
  const keys = {
    j: () => step(at + 1), k: () => step(at - 1),
    a: () => pick("accept"), m: () => pick("amend"), l: () => pick("leave"), v: tick,
    d: () => cards[at]?.querySelector(".disputes a")?.click(),
    "?": () => { if (help) help.open = !help.open; },
  };
  document.addEventListener("keydown", (event) => {
    const active = document.activeElement;
    if (event.key === "Escape") {
      active.blur();
      active.closest("[data-item][tabindex]")?.focus({ preventScroll: true });
      return;
    }
    if (off() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    // A key that is held down decides nothing on the next page.
    if (event.repeat && !["j", "k"].includes(event.key)) return;
    // A link takes Enter by itself, and so opens its row; the box of a row, which has the focus after "v", does not.
    if (event.key === "Enter" && event.target.matches("input[name=rows]")) cards[at].querySelector("th a").click();
    else if (keys[event.key]) keys[event.key]();
    else if (!press(event.key)) return;
    event.preventDefault();
  });
  review.querySelector("button[name=accept_all]")?.addEventListener("click", (event) => {
    event.preventDefault();
    cards.forEach((card) => choose(card, "accept"));
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
    card.addEventListener("focusin", () => mark(place));
    card.querySelector(".choice")?.addEventListener("change", () => {
      open(card);
      tell();
    });
  });
  if (bar) new ResizeObserver(clear).observe(bar);
  if (help) mark(at);
  addEventListener("pageshow", tell);
}
