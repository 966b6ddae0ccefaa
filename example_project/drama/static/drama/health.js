// One row for each TikTok account: how its token is, and a button that uses it.

const part = (row, name) => row.querySelector(`[data-${name}]`);

export function showHealth(accounts) {
  for (const { id, state, label, why, scopes, until } of accounts) {
    const row = document.querySelector(`[data-account="${id}"]`);
    if (!row) continue;
    row.dataset.health = state;
    write(row, "label", label);
    write(row, "why", state === "ok" && until ? goodUntil(new Date(until)) : why);
    write(row, "scopes", scopes.length ? `May: ${scopes.join(", ")}` : "");
    part(row, "again").hidden = !["dead", "removed"].includes(state);
  }
}

// Nothing is touched that stays the same, so that nobody's selection is lost to it.
function write(row, name, text) {
  const place = part(row, name);
  if (place.textContent !== text) place.textContent = text;
}

function goodUntil(end) {
  const minutes = Math.max(0, Math.floor((end - Date.now()) / 60000));
  const left = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `good until ${end.toLocaleTimeString("en-GB")} (${left})`;
}

// Resolves once it has been said what came of it.
export async function useToken(row) {
  const said = part(row, "said");
  said.textContent = "Calling TikTok …";
  try {
    const answer = await window.TTMinisAuth.fetch(row.dataset.useUrl, { method: "POST" });
    said.textContent = (await answer.json()).text;
  } catch {
    said.textContent = "That did not arrive. Please try again.";
  }
}
