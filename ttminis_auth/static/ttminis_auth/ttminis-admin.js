"use strict";

// If a picture does not load, remove it: the initial behind it shows.

function removePicture(event) {
  if (event.target.matches?.(".ttminis-avatar img")) {
    event.target.remove();
  }
}

// In the capture phase: this event does not bubble.
document.addEventListener("error", removePicture, true);

// Buttons that copy an id: <button data-ttminis-copy="…" data-ttminis-copied="Copied">.

async function copy(text) {
  try {
    return await navigator.clipboard.writeText(text);
  } catch {
    // The page has no permission, or came without HTTPS: then there is no clipboard.
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "ttminis-offscreen";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

// The timers that restore the label, by button.
const timers = new WeakMap();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-ttminis-copy]");
  if (!button) {
    return;
  }
  event.preventDefault();
  await copy(button.dataset.ttminisCopy);
  // The second of two quick clicks must not read "Copied" as the button's own label.
  button.dataset.ttminisLabel ??= button.getAttribute("aria-label");
  button.classList.add("ttminis-copied");
  button.setAttribute("aria-label", button.dataset.ttminisCopied);
  button.focus();
  clearTimeout(timers.get(button));
  const timer = setTimeout(() => {
    button.classList.remove("ttminis-copied");
    button.setAttribute("aria-label", button.dataset.ttminisLabel);
  }, 1500);
  timers.set(button, timer);
});
