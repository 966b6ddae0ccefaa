// The departure board: the viewer, and how far they have watched. This site or another host
// serves the page; TTMinisAuth.fetch reaches the server from both.

import { progress } from "./clock.js";
import { say, show } from "./viewer.js";

const ANONYMOUS = { id: null, name: null, hue: 0, nameless: false, picture: null, seen: {} };

const { TTMinisAuth } = window;
const at = (name) => document.querySelector(`[data-${name}]`);
let viewer = ANONYMOUS;
let refreshing = Promise.resolve();

// One request at a time: answers may overtake each other.
function refresh() {
  refreshing = refreshing.then(async () => {
    viewer = TTMinisAuth.session.userId ? await ask() : ANONYMOUS;
    showAll();
  });
  return refreshing;
}

async function ask() {
  try {
    const answer = await TTMinisAuth.fetch(document.body.dataset.progressUrl);
    return answer.ok ? await answer.json() : ANONYMOUS;
  } catch {
    say("The server could not be reached.");
    return viewer;
  }
}

function showAll() {
  show(viewer);
  for (const row of document.querySelectorAll("[data-episode]")) {
    const seconds = viewer.seen[row.dataset.episode] ?? 0;
    const bar = row.querySelector("progress");
    row.classList.toggle("is-new", !seconds);
    row.querySelector("[data-status]").textContent = progress(seconds, bar.max);
    bar.value = seconds;
  }
  at("cookies-here").textContent = list(document.cookie.match(/[^=; ]+(?==)/g) ?? []);
  at("cookies-received").textContent = viewer.cookies ? list(viewer.cookies) : "not asked";
}

// Names only: the values are secret.
function list(cookies) {
  return cookies.join(", ") || "none";
}

document.addEventListener("ttminis:login", () => {
  say(null);
  refresh();
});
document.addEventListener("ttminis:authorize", refresh);
document.addEventListener("ttminis:logout", () => {
  say("Logged out. You stay out until you log in.");
  refresh();
});
// After a press, the message is already beside the button.
const explain = ({ silent, message }) => say(silent ? message : null);
document.addEventListener("ttminis:error", ({ detail }) => explain(detail));

at("logout").addEventListener("click", () => {
  TTMinisAuth.logout().catch((error) => say(error.message));
});

at("page").textContent = location.origin;
showAll();
TTMinisAuth.ready.then(async ({ userId, error }) => {
  await refreshing;
  // The login may have ended before this file was loaded.
  if (userId !== viewer.id) await refresh();
  if (error) explain(error);
  at("viewer").classList.remove("is-waiting");
});
