// Answers canIUse, and then accepts only what it announced.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  canIUse: (path) => ['login', 'login.success', 'login.success.code'].includes(path),
  login(options) {
    if (typeof options !== 'object') throw new TypeError('options must be an object');
    window.__sdkCalls += 1;
    options.success({ code: nextCode() });
  },
};
