// (i) 102102: terms or privacy address missing in TikTok's portal.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login({ fail, complete }) {
    window.__sdkCalls += 1;
    fail({ error: { error_code: 102102, error_msg: 'no terms of service', error_extra: {} } });
    complete();
  },
};
