// (c) with a refusal.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login() {
    window.__sdkCalls += 1;
    return Promise.reject(new Error('bridge is gone'));
  },
};
