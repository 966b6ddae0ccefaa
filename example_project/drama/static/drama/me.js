// The account page: shows new connections and the state of the tokens, and goes to the start
// page after a logout. If the session ends elsewhere, it says so, and logs in only after a press.

import { showHealth, useToken } from "./health.js";
import { poll } from "./poll.js";

const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);
const shown = JSON.parse(document.getElementById("viewer-data").textContent);
let isAway = false;

const askNow = poll(
  () => urls.tokensUrl,
  async ({ viewer, accounts }) => {
    if (viewer === shown.id) return isAway ? location.reload() : showHealth(accounts);
    return viewer ? location.reload() : showAway();
  },
);

async function showAway() {
  if (isAway) return;
  isAway = true;
  at("account-page").hidden = true;
  at("away").hidden = false;
  const answer = await fetch(`${urls.viewerUrl}?proof=${encodeURIComponent(shown.proof)}`);
  const { removed } = await answer.json();
  at("away-text").textContent = removed
    ? `${removed} was removed in TikTok, and that ended your session. Log in, and you are the same viewer.`
    : "You were logged out elsewhere.";
}

document.addEventListener("ttminis:login", async ({ detail }) => {
  if (isAway || detail.changed) return location.reload();
  const answer = await fetch(urls.connectedUrl);
  if (answer.ok) at("connected").innerHTML = await answer.text();
  at("notice").hidden = true;
  return askNow();
});
document.addEventListener("ttminis:error", ({ detail }) => {
  // After a press, the message is already beside the button.
  at("notice").hidden = !detail.silent;
  at("notice").textContent = detail.message;
});
document.addEventListener("ttminis:logout", () => location.assign(urls.homeUrl));

at("logout").addEventListener("click", () => window.TTMinisAuth.logout());
at("connected").addEventListener("click", async ({ target }) => {
  if (!target.matches("[data-use]")) return;
  await useToken(target.closest("[data-account]"));
  askNow();
});
askNow();
