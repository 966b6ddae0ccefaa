// (e) accepts the call and never answers.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login() { window.__sdkCalls += 1; },
};
