// (j) calls only complete, never success or fail.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login({ complete }) {
    window.__sdkCalls += 1;
    setTimeout(complete, 10);
  },
};
