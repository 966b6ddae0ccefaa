// Polls an address every few seconds, one request at a time. A hidden tab sends none, and
// aborts the one that is running.

const EVERY_MS = 3000;

// `address()` is called for each request; `tell(answer)` may be async. Returns a function that
// polls at once.
export function poll(address, tell) {
  let timer;
  let round = new AbortController();

  function stop() {
    clearTimeout(timer);
    round.abort();
  }

  function rest() {
    timer = setTimeout(ask, EVERY_MS);
  }

  async function ask() {
    if (document.visibilityState !== "visible") return;
    const { signal } = (round = new AbortController());
    try {
      const answer = await fetch(address(), { headers: { Accept: "application/json" }, signal });
      if (answer.ok) await tell(await answer.json());
    } catch {
      // No network, or the tab was hidden. The next request brings the same data.
    }
    if (!signal.aborted) rest();
  }

  function askNow() {
    stop();
    ask();
  }

  document.addEventListener("visibilitychange", askNow);
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", ({ persisted }) => persisted && askNow());
  rest();
  return askNow;
}
