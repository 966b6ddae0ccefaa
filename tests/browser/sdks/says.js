// Gives the answer that the test wrote, to the callback or to the named handler.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login(argument) {
    window.__sdkCalls += 1;
    const { to, answer } = window.__says;
    setTimeout(() => (to === 'callback' ? argument(answer) : argument[to](answer)), 5);
  },
};
