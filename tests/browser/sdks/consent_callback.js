// authorize(callback, {scope, returnScopes}) exactly, as in TikTok's newest pages.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  authorize(callback, options) {
    if (typeof callback !== 'function') throw new TypeError('callback must be a function');
    window.__sdkCalls += 1;
    window.__asked = { scope: options.scope, returnScopes: options.returnScopes };
    const authResponse = { code: nextConsent() };
    if (options.returnScopes) authResponse.grantedScopes = 'user.info.open_id, user.info.basic';
    setTimeout(() => callback({ authResponse }), 10);
  },
};
