// (e) takes the call and is never heard of again.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login() { window.__sdkCalls += 1; },
};
