// (g) throws at once, for any argument.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login() { throw new Error('not available'); },
};
