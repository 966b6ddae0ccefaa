// (b) accepts only a callback.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login(callback) {
    window.__sdkCalls += 1;
    setTimeout(() => callback({ authResponse: { code: nextCode() } }), 10);
  },
};
