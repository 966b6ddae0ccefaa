// The page: shows who is watching and how far they came, and keeps both true while
// people log in, switch and log out. Nothing here knows how TikTok logs anybody in.

import { clock, createPlayer } from "./player.js";

const drama = JSON.parse(document.getElementById("drama-data").textContent);
const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);
const player = createPlayer(at("player"), save);
let viewer = drama.viewer;
let episode = drama.episodes[0];
let saving = Promise.resolve();
let refreshing = Promise.resolve();

// --- showing -----------------------------------------------------------------------

function showViewer() {
  const card = at("viewer");
  card.dataset.state = viewer.id ? "in" : "out";
  card.style.setProperty("--hue", viewer.hue);
  at("name").textContent = viewer.name ?? "a guest";
  at("initial").textContent = viewer.name ? viewer.name[0].toUpperCase() : "?";
}

function showBoard() {
  for (const row of document.querySelectorAll("[data-episode]")) {
    const { number, length } = byNumber(row.dataset.episode);
    const seconds = viewer.seen[number] ?? 0;
    row.setAttribute("aria-current", String(number === episode.number));
    row.classList.toggle("is-new", !seconds);
    row.querySelector("[data-status]").textContent = status(seconds, length);
    row.querySelector("progress").value = seconds;
  }
}

function status(seconds, length) {
  if (seconds >= length) return "Watched";
  return seconds ? `Resume ${clock(seconds)}` : "New";
}

function say(text, link) {
  at("notice").hidden = !text;
  at("notice-text").textContent = text ?? "";
  at("notice-link").hidden = !link;
  if (!link) return;
  [at("notice-link").href, at("notice-link").textContent] = link;
}

function byNumber(number) {
  return drama.episodes.find((other) => other.number === Number(number));
}

function choose(number) {
  player.pause();
  episode = byNumber(number);
  player.load(episode, viewer.seen[episode.number] ?? 0);
  showBoard();
}

// --- keeping -----------------------------------------------------------------------

function save(number, seconds) {
  const rounded = Math.round(seconds * 10) / 10;
  if (rounded <= (viewer.seen[number] ?? 0)) return;
  viewer.seen[number] = rounded;
  showBoard();
  saving = send({ viewer: viewer.id, episode: number, seconds: rounded });
}

// Names the viewer, so that the server can refuse what was meant for somebody else.
async function send(progress) {
  const body = JSON.stringify(progress);
  const headers = { "Content-Type": "application/json" };
  const request = { method: "POST", body, headers, keepalive: true };
  try {
    const answer = await window.TTMinisAuth.fetch(urls.progressUrl, request);
    if (answer.status === 409) await refresh();
  } catch {
    // The next report carries the same news, and more.
  }
}

// Asks the server who is watching now. One question at a time: answers may overtake
// each other.
function refresh() {
  refreshing = refreshing.then(askWhoIsWatching);
  return refreshing;
}

// Only another person changes the reel.
async function askWhoIsWatching() {
  const answer = await fetch(urls.viewerUrl, { headers: { Accept: "application/json" } });
  const before = viewer.id;
  viewer = await answer.json();
  showViewer();
  if (viewer.id === before) return showBoard();
  return choose(mostRecent());
}

// The episode to go on with: the first one that is not finished.
function mostRecent() {
  const open = drama.episodes.find(({ number, length }) => (viewer.seen[number] ?? 0) < length);
  return (open ?? drama.episodes[0]).number;
}

// --- TikTok ------------------------------------------------------------------------

const LINK_ME = [urls.meUrl, "Your account"];
const LINK_LOGIN = [urls.loginUrl, "Other ways to log in"];
const OUR_WORDS = {
  account_mismatch: ["You are logged in here, and TikTok knows you as somebody else.", LINK_ME],
  not_in_tiktok: ["Open this page in TikTok, and it will know you.", LINK_LOGIN],
};

document.addEventListener("ttminis:login", () => {
  say(null);
  refresh();
});
document.addEventListener("ttminis:logout", () => {
  say("Logged out. You stay out until you log in.");
  refresh();
});
document.addEventListener("ttminis:error", ({ detail }) => {
  if (OUR_WORDS[detail.code]) say(...OUR_WORDS[detail.code]);
  // After a press, the reason stands beside the button already.
  else say(detail.silent ? detail.message : null, LINK_LOGIN);
});

at("logout").addEventListener("click", async () => {
  player.pause();
  await saving;
  window.TTMinisAuth.logout().catch((error) => say(error.message));
});

// --- start -------------------------------------------------------------------------

for (const row of document.querySelectorAll("[data-episode]")) {
  row.addEventListener("click", () => {
    choose(row.dataset.episode);
    player.play();
  });
}
window.addEventListener("pagehide", () => player.pause());
// Back from the browser's own cache: somebody else may have logged in meanwhile.
window.addEventListener("pageshow", (event) => event.persisted && refresh());

showViewer();
choose(mostRecent());

// Until the silent login has had its say, "log in" would be a question too early.
window.TTMinisAuth.ready.then(async (session) => {
  await refreshing;
  // The login may have been quicker than this file.
  if (String(session.userId) !== String(viewer.id)) await refresh();
  at("viewer").classList.remove("is-waiting");
});
