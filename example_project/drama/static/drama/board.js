// The departure board: who is here, and how far they have come. The page is served by this
// site or hosted elsewhere; TTMinisAuth knows how to ask the server from either place.

import { progress } from "./clock.js";
import { say, show } from "./viewer.js";

const NOBODY = { id: null, name: null, hue: 0, nameless: false, picture: null, seen: {} };

const { TTMinisAuth } = window;
const at = (name) => document.querySelector(`[data-${name}]`);
let viewer = NOBODY;
let refreshing = Promise.resolve();

// One question at a time: answers may overtake each other.
function refresh() {
  refreshing = refreshing.then(async () => {
    viewer = TTMinisAuth.session.userId ? await ask() : NOBODY;
    showAll();
  });
  return refreshing;
}

async function ask() {
  try {
    const answer = await TTMinisAuth.fetch(document.body.dataset.progressUrl);
    return answer.ok ? await answer.json() : NOBODY;
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

// Names only: a value is nobody's business.
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
// After a press, the reason stands beside the button already.
const explain = ({ silent, message }) => say(silent ? message : null);
document.addEventListener("ttminis:error", ({ detail }) => explain(detail));

at("logout").addEventListener("click", () => {
  TTMinisAuth.logout().catch((error) => say(error.message));
});

at("page").textContent = location.origin;
showAll();
TTMinisAuth.ready.then(async ({ userId, error }) => {
  await refreshing;
  // On a slow line, the login may have been over before this file came.
  if (userId !== viewer.id) await refresh();
  if (error) explain(error);
  at("viewer").classList.remove("is-waiting");
});
