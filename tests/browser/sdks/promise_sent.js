// (c) returns a promise that only means "sent"; the code comes by success.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  async login(options) {
    window.__sdkCalls += 1;
    setTimeout(() => options.success({ code: nextCode() }), 100);
  },
};
