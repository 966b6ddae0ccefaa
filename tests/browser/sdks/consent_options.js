// authorize({scope, returnScopes, success}) exactly; only canIUse announces it.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  canIUse: (path) => ['authorize', 'authorize.object.scope'].includes(path),
  authorize(options) {
    window.__sdkCalls += 1;
    if (typeof options !== 'object') return;
    window.__asked = { scope: options.scope, returnScopes: options.returnScopes };
    const result = { code: nextConsent() };
    if (options.returnScopes) result.grantedScopes = 'user.info.open_id,user.info.basic';
    setTimeout(() => options.success(result), 10);
  },
};
