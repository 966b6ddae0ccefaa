// An SDK newer than the TikTok around it.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  canIUse: () => false,
  login() { window.__sdkCalls += 1; },
};
