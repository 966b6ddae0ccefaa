// The page: shows and stores how far the viewer has watched, also after a login as another user.
// The login itself is the business of TTMinisAuth.

import { progress } from "./clock.js";
import { createPlayer } from "./player.js";
import { createCard } from "./viewer.js";

const drama = JSON.parse(document.getElementById("drama-data").textContent);
const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);
const player = createPlayer(at("player"), save);
let episode = drama.episodes[0];
let saving = Promise.resolve();

const card = createCard(drama.viewer, {
  // Load another episode only for another user.
  changed: (isOther) => (isOther ? choose(mostRecent()) : showBoard()),
  leaving: () => {
    player.pause();
    return saving;
  },
});

// --- showing -----------------------------------------------------------------------

function showBoard() {
  for (const row of document.querySelectorAll("[data-episode]")) {
    const { number, length } = byNumber(row.dataset.episode);
    const seconds = card.viewer.seen[number] ?? 0;
    row.setAttribute("aria-current", String(number === episode.number));
    row.classList.toggle("is-new", !seconds);
    row.querySelector("[data-status]").textContent = progress(seconds, length);
    row.querySelector("progress").value = seconds;
  }
}

function byNumber(number) {
  return drama.episodes.find((other) => other.number === Number(number));
}

function choose(number) {
  player.pause();
  episode = byNumber(number);
  player.load(episode, card.viewer.seen[episode.number] ?? 0);
  showBoard();
}

// --- storing -----------------------------------------------------------------------

function save(number, seconds) {
  const rounded = Math.round(seconds * 10) / 10;
  if (rounded <= (card.viewer.seen[number] ?? 0)) return;
  card.viewer.seen[number] = rounded;
  showBoard();
  saving = send({ viewer: card.viewer.id, episode: number, seconds: rounded });
}

// Names the viewer, so that the server can refuse a report about another user.
async function send(progress) {
  const body = JSON.stringify(progress);
  const headers = { "Content-Type": "application/json" };
  const request = { method: "POST", body, headers, keepalive: true };
  try {
    const answer = await window.TTMinisAuth.fetch(urls.progressUrl, request);
    if (answer.status === 409) await card.refresh();
  } catch {
    // The next report includes this one.
  }
}

// The episode to go on with: the first one that is not finished.
function mostRecent() {
  const { seen } = card.viewer;
  const open = drama.episodes.find(({ number, length }) => (seen[number] ?? 0) < length);
  return (open ?? drama.episodes[0]).number;
}

// --- start -------------------------------------------------------------------------

for (const row of document.querySelectorAll("[data-episode]")) {
  row.addEventListener("click", () => {
    choose(row.dataset.episode);
    player.play();
  });
}
window.addEventListener("pagehide", () => player.pause());
choose(mostRecent());
