// For pages elsewhere: makes links of the code numbers in their text; a card of the code is shown at pointer and focus.
(() => {
  const site = new URL(document.currentScript.src).origin;
  const left = "a,button,input,textarea,select,label,code,pre,kbd,samp,script,style,noscript,svg,iframe,[contenteditable]";
  const frame = Object.assign(document.createElement("iframe"), {hidden: true, tabIndex: -1, width: 360, height: 260});
  const style = {position: "absolute", zIndex: 9999, border: "1px solid #888", borderRadius: "8px", background: "Canvas"};
  Object.assign(frame.style, style, {boxShadow: "0 4px 16px #0005"});
  let timer;
  const later = (act, wait) => { clearTimeout(timer); timer = setTimeout(act, wait); };
  const hide = () => { clearTimeout(timer); frame.hidden = true; };

  function show(link) {
    if (frame.title !== link.textContent) frame.src = `${link.href}card/`;
    frame.title = link.textContent;
    const at = link.getBoundingClientRect(), below = at.bottom + 270 < innerHeight || at.top < 270;
    frame.style.left = `${scrollX + Math.max(0, Math.min(at.left, document.documentElement.clientWidth - 370))}px`;
    frame.style.top = `${scrollY + (below ? at.bottom + 4 : at.top - 268)}px`;
    frame.hidden = false;
  }

  function linked(number) {
    const link = document.createElement("a");
    link.href = `${site}/codes/${number}/`;
    link.textContent = number;
    link.onfocus = () => show(link);
    link.onblur = hide;
    link.onmouseenter = () => later(() => show(link), 200);
    link.onmouseleave = () => later(hide, 300);
    return link;
  }

  function mark(known) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const parts = text.data.split(/\b(D\d{4})\b/);
      if (!parts.some(part => known.has(part)) || text.parentElement.closest(left)) continue;
      text.replaceWith(...parts.map(part => known.has(part) ? linked(part) : part));
    }
    document.body.append(frame);
  }

  frame.onmouseenter = () => clearTimeout(timer);
  frame.onmouseleave = () => later(hide, 300);
  addEventListener("keydown", event => event.key === "Escape" && hide());
  fetch(`${site}/cards.json`).then(answer => answer.json()).then(({codes}) => {
    const known = new Set(codes);
    if (document.readyState !== "loading") mark(known);
    else addEventListener("DOMContentLoaded", () => mark(known));
  });
})();
