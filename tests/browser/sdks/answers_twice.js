// (h) answers, and answers again with another code, and fails in the end.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login(options) {
    window.__sdkCalls += 1;
    options.success({ code: nextCode() });
    options.success({ code: nextCode() });
    setTimeout(() => options.fail({ error: { error_code: 10401 } }), 20);
  },
};
