// (a) requires an object, and throws otherwise before it does anything.
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
