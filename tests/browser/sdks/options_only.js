// (a) wants an object and says so by throwing, before anything has happened.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login(options) {
    if (typeof options !== 'object') throw new TypeError('options must be an object');
    window.__sdkCalls += 1;
    setTimeout(() => {
      options.success({ code: nextCode() });
      options.complete();
    }, 10);
  },
};
