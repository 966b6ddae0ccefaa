// (g) throws at once, whatever it is given.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login() { throw new Error('not available'); },
};
