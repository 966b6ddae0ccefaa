// (c) ignores its arguments and returns a promise.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  async login() {
    window.__sdkCalls += 1;
    return { code: nextCode() };
  },
};
