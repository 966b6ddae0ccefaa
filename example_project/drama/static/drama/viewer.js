// The card that shows the viewer. It is updated when a user logs in, consents, switches the
// account or logs out, on this page or on another one.

import { poll } from "./poll.js";

const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);

const LINK_ME = [urls.meUrl, "Your account"];
const LINK_LOGIN = [urls.loginUrl, "Other ways to log in"];

// `changed(isOther)` is called after each change of the viewer; `leaving()` may delay a logout.
export function createCard(first, { changed, leaving = () => {} }) {
  let viewer = first;
  let refreshing = Promise.resolve();

  // Fetches the viewer. One request at a time: answers may overtake each other.
  function refresh() {
    refreshing = refreshing.then(async () => {
      const headers = { Accept: "application/json" };
      const { id: before, proof } = viewer;
      const shown = proof ? `?proof=${encodeURIComponent(proof)}` : "";
      const answer = await fetch(urls.viewerUrl + shown, { headers });
      viewer = await answer.json();
      show(viewer);
      changed(viewer.id !== before);
    });
    return refreshing;
  }

  document.addEventListener("ttminis:login", () => {
    at("viewer").classList.remove("is-stranger");
    hush();
    refresh();
  });
  document.addEventListener("ttminis:authorize", ({ detail }) => {
    hush();
    showPicture(detail.ttminis.profile?.avatar_url ?? null);
    refresh();
  });
  document.addEventListener("ttminis:logout", () => {
    say("Logged out. You stay out until you log in.");
    refresh();
  });
  document.addEventListener("ttminis:error", ({ detail }) => explain(detail));

  at("logout").addEventListener("click", async () => {
    await leaving();
    window.TTMinisAuth.logout().catch((error) => say(error.message));
  });
  at("change-over").addEventListener("click", () => {
    // ttminis:error shows the failure.
    window.TTMinisAuth.switchAccount().catch(() => {});
  });
  // At "back", another user may have logged in meanwhile.
  window.addEventListener("pageshow", (event) => event.persisted && refresh());
  // If the session ends elsewhere, only say so. A user who has removed the app in TikTok must
  // not be logged in again without asking.
  poll(
    () => urls.hereUrl,
    async (here) => {
      await refreshing;
      if (here.viewer === viewer.id) return;
      await refresh();
      if (viewer.removed) return;
      if (viewer.id) hush();
      else say("You were logged out elsewhere.");
    },
  );

  show(viewer);
  // Offer "log in" only after the silent login has ended.
  window.TTMinisAuth.ready.then(async (session) => {
    await refreshing;
    // The login may have ended before this file was loaded.
    if (String(session.userId) !== String(viewer.id)) await refresh();
    if (session.error) explain(session.error);
    at("viewer").classList.remove("is-waiting");
  });

  return {
    refresh,
    get viewer() {
      return viewer;
    },
  };
}

export function show(viewer) {
  const card = at("viewer");
  card.dataset.state = viewer.id ? "in" : "out";
  card.toggleAttribute("data-nameless", viewer.nameless);
  card.style.setProperty("--hue", viewer.hue);
  at("name").textContent = viewer.name ?? "a guest";
  at("initial").textContent = viewer.name ? [...viewer.name][0].toUpperCase() : "?";
  showPicture(viewer.picture);
  if (viewer.removed) say(afterRemoval(viewer), { stays: Boolean(viewer.id) });
  if (viewer.joined) say(`Your two users have been merged. ${known(viewer)}`, { stays: true });
}

// A picture that did not load keeps its address, so that it is not tried again.
function showPicture(url) {
  const picture = at("picture");
  if (picture.getAttribute("src") === url) return;
  picture.hidden = !url;
  at("initial").hidden = Boolean(url);
  if (url) picture.src = url;
  else picture.removeAttribute("src");
}

function afterRemoval({ id, removed }) {
  if (id) return `${removed} was removed in TikTok, and you came back: same viewer, same place.`;
  return `${removed} was removed in TikTok, and that ended your session. Log in, and you are the same viewer.`;
}

function known({ apps, name }) {
  return `${new Intl.ListFormat("en-GB").format(apps)} know you as ${name}.`;
}

function explain({ code, silent, message }) {
  if (code === "account_mismatch") {
    at("viewer").classList.add("is-stranger");
    say(urls.mismatch, { link: LINK_ME, changeOver: true });
  } else if (code === "not_in_tiktok") {
    say("Open this page in TikTok, and it will know you.", { link: LINK_LOGIN });
  } else {
    // After a press, the message is already beside the button.
    say(silent ? message : null, { link: LINK_LOGIN });
  }
}

export function say(text, { link, changeOver = false, stays = false } = {}) {
  at("notice").hidden = !text;
  at("notice").classList.toggle("stays", stays);
  at("notice-text").textContent = text ?? "";
  at("change-over").hidden = !changeOver;
  at("notice-link").hidden = !link;
  if (link) [at("notice-link").href, at("notice-link").textContent] = link;
}

// A login clears an error message, but not a notice that stays.
function hush() {
  if (!at("notice").classList.contains("stays")) say(null);
}
