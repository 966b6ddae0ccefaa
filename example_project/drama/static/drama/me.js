// The account page: shows a new connection in place, and leaves after a log-out.

const urls = document.body.dataset;
const at = (name) => document.querySelector(`[data-${name}]`);

document.addEventListener("ttminis:login", async () => {
  const answer = await fetch(urls.connectedUrl);
  if (answer.ok) at("connected").innerHTML = await answer.text();
  at("notice").hidden = true;
});
document.addEventListener("ttminis:error", ({ detail }) => {
  // Beside the button that was pressed, the reason stands already.
  at("notice").hidden = !detail.silent;
  at("notice").textContent = detail.message;
});
document.addEventListener("ttminis:logout", () => location.assign(urls.homeUrl));

at("logout").addEventListener("click", () => window.TTMinisAuth.logout());
