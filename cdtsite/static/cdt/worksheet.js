// Remembers in this browser alone which codes are on the reader's worksheet. The worksheet itself works without it:
// its codes stand in its address.
const KEY = "worksheet";
const KEEPS = "worksheet-keeps";
const MAX = 30;
const OFF = "This browser does not save worksheets. Type the code on the worksheet and bookmark its address.";

function remembered() {
  try {
    const codes = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(codes) ? codes.filter((code) => /^D[0-9]{4}$/.test(code)).slice(0, MAX) : [];
  } catch {
    return [];
  }
}

// False if the browser saves nothing.
function remember(codes) {
  try {
    localStorage.setItem(KEY, JSON.stringify(codes));
    return true;
  } catch {
    return false;
  }
}

// The worksheet of these codes, on the date of service of this page.
function address(url, codes) {
  const day = new URLSearchParams(location.search).get("date");
  return `${url}?codes=${codes.join(",")}${day ? `&date=${encodeURIComponent(day)}` : ""}`;
}

function count(codes) {
  return `${codes.length} code${codes.length === 1 ? "" : "s"}`;
}

function onCodePage(place, bar) {
  const { code, url } = place.dataset;
  const button = place.querySelector("button");
  const said = place.querySelector("output");
  const show = () => {
    const codes = remembered();
    const there = codes.includes(code);
    button.hidden = there;
    if (!there) return;
    const link = document.createElement("a");
    link.href = address(url, codes);
    link.textContent = `On my worksheet (${count(codes)})`;
    said.replaceChildren(link);
    bar.href = link.href;
    bar.textContent = "✓ Sheet";
  };
  button.addEventListener("click", () => {
    const codes = remembered();
    if (codes.length >= MAX) {
      said.textContent = `Your worksheet is full: it holds ${MAX} codes.`;
      return;
    }
    if (!remember([...codes, code])) {
      said.textContent = OFF;
      return;
    }
    show();
    said.querySelector("a").focus();
  });
  // Where the sheet is full or cannot be kept, the link leads to one with this code.
  bar.addEventListener("click", (event) => {
    const codes = remembered();
    if (codes.includes(code) || codes.length >= MAX || !remember([...codes, code])) return;
    event.preventDefault();
    show();
  });
  show();
  place.hidden = false;
}

function onWorksheet(sheet) {
  const shown = sheet.dataset.sheet ? sheet.dataset.sheet.split(",") : [];
  const said = sheet.querySelector(".kept");
  // What was done on a worksheet that is the reader's own leads to a page that is theirs too.
  let keeps = false;
  try {
    keeps = sessionStorage.getItem(KEEPS) === "yes";
    sessionStorage.removeItem(KEEPS);
  } catch {
    // Then every sheet is somebody's, and can be kept by the button.
  }
  if (keeps) remember(shown);
  const mine = remembered();
  const typed = new URLSearchParams(location.search).get("codes");
  if (!typed && mine.length) {
    location.replace(address(sheet.dataset.url, mine));
    return;
  }
  const isMine = mine.join() === shown.join();
  if (isMine) {
    const leave = () => {
      try {
        sessionStorage.setItem(KEEPS, "yes");
      } catch {
        // The page that follows is then not kept.
      }
    };
    for (const link of sheet.querySelectorAll("[data-keeps]")) link.addEventListener("click", leave);
    sheet.querySelector("form").addEventListener("submit", leave);
    said.textContent = "These codes are saved in this browser only.";
    said.hidden = shown.length === 0;
  } else if (shown.length) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = mine.length ? "Replace my worksheet with this one" : "Save in this browser";
    button.addEventListener("click", () => {
      if (remember(shown)) location.reload();
      else said.textContent = OFF;
    });
    if (mine.length) {
      const link = document.createElement("a");
      link.href = address(sheet.dataset.url, mine);
      link.textContent = `my worksheet (${count(mine)})`;
      said.replaceChildren("This is not ", link, ". ", button);
    } else {
      said.replaceChildren(button);
    }
    said.hidden = false;
  }
}

const place = document.querySelector("[data-worksheet]");
const sheet = document.querySelector("[data-sheet]");
if (place) onCodePage(place, document.querySelector(".thumb [data-sheet-link]"));
if (sheet) onWorksheet(sheet);
