// A button that copies the link of the receipt. Without it the link can be selected: one click takes all of it.
const link = document.querySelector("[data-copy]");
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
