// A well-behaved SDK with events; `show()` plays the return from the background.
// Where a test set `__hold`, the answer waits for `release()`. The person agrees to what
// authorize asks for, or does so at `agree()` where a test set `__holdConsent`.
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
