// An SDK from before login.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
};
