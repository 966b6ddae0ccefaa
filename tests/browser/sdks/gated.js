// The strictest reading of minis-sdk-get-started: no method before init ran.
window.TTMinis = {
  init(options) {
    inits.push(options.clientKey);
    window.TTMinis.login = (options) => {
      window.__sdkCalls += 1;
      options.success({ code: nextCode() });
    };
  },
};
