// Asks a question every few seconds, one at a time, and only while somebody is looking: a
// hidden tab asks nothing and leaves no request running.

const EVERY_MS = 3000;

// `address()` is asked anew each time, `tell(answer)` may be async. Returns what asks at
// once.
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
      // No network, or nobody is looking any more. The next round brings the same news.
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
