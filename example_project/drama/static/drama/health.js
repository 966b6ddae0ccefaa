// One row for each TikTok account: the state of its token, and a button that uses it.

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

// Leave a text that has not changed: to write it would clear the visitor's selection.
function write(row, name, text) {
  const place = part(row, name);
  if (place.textContent !== text) place.textContent = text;
}

function goodUntil(end) {
  const minutes = Math.max(0, Math.floor((end - Date.now()) / 60000));
  const left = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `good until ${end.toLocaleTimeString("en-GB")} (${left})`;
}

// Resolves after the result has been shown.
export async function useToken(row) {
  const result = part(row, "result");
  result.textContent = "Calling TikTok …";
  try {
    const answer = await window.TTMinisAuth.fetch(row.dataset.useUrl, { method: "POST" });
    result.textContent = (await answer.json()).text;
  } catch {
    result.textContent = "That did not arrive. Please try again.";
  }
}
