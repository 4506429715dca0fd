// Keeps what was typed into the form of a correction in this browser alone, until it is sent, for seven days at most:
// never who sent it, nor what lets the form be sent. The form works without it.
const PREFIX = "draft:";
const MOST = 7 * 24 * 60 * 60 * 1000;
const NEVER = ["email", "credit", "may_show", "ticket", "website", "base", "csrfmiddlewaretoken"];
const PRESSED = "draft-pressed";

function read(key) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    if (Date.now() - draft.at < MOST && draft.at <= Date.now()) return draft;
    localStorage.removeItem(key);
  } catch {
    // Nothing there, or nothing that this page wrote.
  }
  return null;
}

// False if the browser keeps nothing.
function write(key, draft) {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

// Which button was pressed on the page before, on the form of which draft.
function pressed() {
  try {
    const said = JSON.parse(sessionStorage.getItem(PRESSED)) ?? {};
    sessionStorage.removeItem(PRESSED);
    return said;
  } catch {
    return {};
  }
}

function dropOld() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) read(key);
  } catch {
    // The browser keeps nothing.
  }
}

function isTick(field) {
  return field.type === "checkbox" || field.type === "radio";
}

// What a browser shows alike is the same.
function same(one, other) {
  const plain = (value) => JSON.stringify([value].flat().map((text) => String(text).replace(/\s+/g, " ").trim()).sort());
  return plain(one) === plain(other);
}

class Fields {
  constructor(form) {
    this.page = JSON.parse(document.getElementById("page-values")?.textContent ?? "null");
    this.named = new Map();
    for (const field of form.querySelectorAll("input, textarea, select")) {
      if (!field.name || NEVER.includes(field.name)) continue;
      this.named.set(field.name, [...(this.named.get(field.name) ?? []), field]);
    }
  }

  // What the fields of a name hold; of boxes, the ticked ones.
  now(name) {
    const fields = this.named.get(name);
    return isTick(fields[0]) ? fields.filter((f) => f.checked).map((f) => f.value) : fields[0].value;
  }

  // What they hold where nothing was typed.
  untouched(name) {
    const fields = this.named.get(name);
    if (isTick(fields[0])) {
      const said = this.page?.[name];
      return fields.filter((f) => (said ? said.includes(f.value) : f.defaultChecked && !this.page)).map((f) => f.value);
    }
    if (this.page) return String(this.page[name] ?? "").replaceAll("\r\n", "\n");
    if (!fields[0].options) return fields[0].defaultValue;
    return ([...fields[0].options].find((option) => option.defaultSelected) ?? fields[0].options[0]).value;
  }

  typed() {
    const names = [...this.named.keys()].filter((name) => !same(this.now(name), this.untouched(name)));
    return Object.fromEntries(names.map((name) => [name, { was: this.untouched(name), now: this.now(name) }]));
  }

  put(name, value) {
    for (const field of this.named.get(name)) {
      if (isTick(field)) field.checked = value.includes(field.value);
      else field.value = value;
    }
  }

  // Unfolds what holds the fields of a name.
  open(name) {
    const inside = this.named.get(name)[0];
    for (let fold = inside.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }

  label(name) {
    const item = this.named.get(name)?.[0].closest("[data-item]");
    return item?.dataset.label ?? "";
  }
}

class Draft {
  constructor(form, last) {
    this.form = form;
    this.key = PREFIX + form.dataset.draft;
    this.place = form.querySelector(".draft");
    this.fields = new Fields(form);
    const kept = read(this.key);
    const fresh = "fresh" in form.dataset;
    // What waits for a choice, and what the page has no place for: kept beside what is typed meanwhile.
    this.waits = null;
    this.lost = {};
    if (kept && fresh && kept.base === this.base) this.#restore(kept);
    else if (kept && (fresh || last.key !== this.key)) this.#offer(kept);
    if (!fresh) {
      this.save();
      if (last.name === "more") write(last.key, null);
    }
    form.addEventListener("input", () => this.save());
    form.addEventListener("submit", (event) => this.#submit(event));
  }

  get base() {
    return this.form.elements.base.value;
  }

  save() {
    const typed = this.fields.typed();
    const fields = { ...this.lost, ...this.waits?.fields, ...typed };
    const draft = { at: Date.now(), base: this.waits?.base ?? this.base, fields };
    const kept = write(this.key, Object.keys(fields).length ? draft : null);
    if (kept && Object.keys(typed).length && !this.place.hasChildNodes()) {
      this.#say("Draft saved in this browser until you send it, for 7 days at most.", ["Clear draft", () => this.#clear()]);
    }
  }

  #submit(event) {
    try {
      sessionStorage.setItem(PRESSED, JSON.stringify({ key: this.key, name: event.submitter?.name }));
    } catch {
      // Then the draft stays until it is old.
    }
  }

  #restore(draft) {
    this.waits = null;
    this.lost = {};
    for (const [name, field] of Object.entries(draft.fields)) {
      if (this.fields.named.has(name)) {
        this.fields.put(name, field.now);
        this.fields.open(name);
      } else this.lost[name] = field;
    }
    this.form.dispatchEvent(new Event("input"));
    this.#say(`Draft from ${time(draft)} restored.`, ["Clear draft", () => this.#clear()]);
    const words = Object.values(this.lost).flatMap((field) => field.now);
    if (words.length) this.#quote("The page no longer has a place for this part of it:", words);
  }

  #offer(draft) {
    this.waits = draft;
    const moved = Object.keys(draft.fields).filter(
      (name) => this.fields.named.has(name) && !same(draft.fields[name].was, this.fields.untouched(name)),
    );
    const labels = [...new Set(moved.map((name) => this.fields.label(name)).filter(Boolean))].join(", ");
    const why = draft.base === this.base ? "" : ` The page has changed since${labels ? `, also here: ${labels}` : ""}.`;
    this.#say(
      `You have a draft from ${time(draft)}.${why} It is not in the form.`,
      ["Put it into the form", () => this.#restore(this.waits)],
      ["Clear draft", () => this.#clear()],
    );
  }

  // Of an offered draft, that one goes; of one in the form, the words of the page come back.
  #clear() {
    const gone = this.waits ?? { at: Date.now(), base: this.base, fields: { ...this.lost, ...this.fields.typed() } };
    if (!this.waits) for (const name of Object.keys(this.fields.typed())) this.fields.put(name, this.fields.untouched(name));
    this.waits = null;
    this.lost = {};
    write(this.key, null);
    this.#say("Draft cleared.", ["Put it back", () => this.#restore(gone)]);
    this.form.dispatchEvent(new Event("input"));
  }

  #say(text, ...buttons) {
    const had = this.place.contains(document.activeElement);
    const made = buttons.map(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent = label;
      button.addEventListener("click", act);
      return button;
    });
    const line = document.createElement("span");
    line.textContent = text;
    this.place.replaceChildren(line, ...made);
    if (had) made[0].focus();
  }

  #quote(text, words) {
    const quote = document.createElement("blockquote");
    quote.className = "said";
    quote.textContent = words.join("\n");
    const line = document.createElement("p");
    line.textContent = text;
    this.place.append(line, quote);
  }
}

function time(draft) {
  return new Date(draft.at).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}

dropOld();
const last = pressed();
const form = document.querySelector("form[data-draft]");
const sent = document.querySelector("[data-sent]")?.dataset.sent;
if (form) new Draft(form, last);
else if (last.name === "send" && last.key?.slice(PREFIX.length).split(" ")[0] === sent) write(last.key, null);
