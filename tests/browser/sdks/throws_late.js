// (g) throws after it has answered: a second call would spend a second code.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login(options) {
    window.__sdkCalls += 1;
    options.success({ code: nextCode() });
    throw new Error('afterthought');
  },
};
