// A well-behaved SDK with events; `show()` simulates the return from the background.
// If a test sets `__hold`, the answer waits for `release()`. The visitor agrees to
// authorize at once, or at `agree()` if a test sets `__holdConsent`.
const listeners = [];
window.show = () => listeners.forEach((each) => each());
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  on(name, listener) {
    if (name === 'minis.show') listeners.push(listener);
    return listeners.length;
  },
  login(options) {
    window.__sdkCalls += 1;
    const answer = () => options.success({ code: nextCode() });
    if (window.__hold) window.release = answer;
    else setTimeout(answer);
  },
  authorize(options) {
    window.__sdkCalls += 1;
    const answer = () => options.success({ code: nextConsent() });
    if (window.__holdConsent) window.agree = answer;
    else setTimeout(answer);
  },
};
