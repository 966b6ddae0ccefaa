// The ticket: the user's punches from this game, and their progress from the drama.

import { clock } from "../drama/clock.js";
import { createCard, say } from "../drama/viewer.js";

const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);
const stops = [...document.querySelectorAll("[data-stop]")];
const questions = [...document.querySelectorAll("[data-question]")];
const first = JSON.parse(document.getElementById("viewer-data").textContent);
const card = createCard(first, { changed: showTicket });

function showTicket() {
  const { name, punched, seen } = card.viewer;
  at("passenger").textContent = name ?? "";
  for (const stop of stops) {
    const number = Number(stop.dataset.stop);
    stop.classList.toggle("is-punched", punched.includes(number));
    const hole = stop.querySelector("[data-hole]");
    hole.setAttribute("aria-label", punched.includes(number) ? "Punched" : "Not punched");
    stop.querySelector("[data-travelled]").textContent = travelled(seen[number], stop.dataset.length);
  }
  const next = questions.find((each) => !punched.includes(Number(each.dataset.question)));
  for (const question of questions) question.hidden = question !== next;
  if (!next) at("verdict").textContent = "“All in order. Elsewhere is the next stop.”";
}

function travelled(seconds, length) {
  if (!seconds) return "not seen";
  return seconds >= Number(length) ? "seen" : `${clock(seconds)} seen`;
}

// A 401 makes TTMinisAuth.fetch log in silently and send the answer again.
async function give(stop, answer) {
  const body = JSON.stringify({ viewer: card.viewer.id, stop, answer });
  const headers = { "Content-Type": "application/json" };
  const request = { method: "POST", body, headers };
  const answered = await window.TTMinisAuth.fetch(urls.answerUrl, request);
  if (answered.status === 401) return say("Log in first: a ticket has a name on it.");
  if (answered.status === 409) return card.refresh();
  const { right } = await answered.json();
  at("verdict").textContent = right ? "" : "“Are you sure you were on this train?”";
  return right && card.refresh();
}

for (const question of questions) {
  question.addEventListener("click", ({ target }) => {
    if (!target.matches("button")) return;
    const stop = Number(question.dataset.question);
    give(stop, Number(target.value)).catch(() => say("That did not arrive. Please try again."));
  });
}

showTicket();
