// (g) already throws in init.
window.TTMinis = {
  init() { throw new Error('no such client key'); },
  login() { window.__sdkCalls += 1; },
};
