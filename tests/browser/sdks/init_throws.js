// (g) throws in init already.
window.TTMinis = {
  init() { throw new Error('no such client key'); },
  login() { window.__sdkCalls += 1; },
};
