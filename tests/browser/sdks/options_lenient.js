// (a) reads success and fail from any argument, and calls complete first.
window.TTMinis = {
  init(options) { inits.push(options.clientKey); },
  login({ success, complete }) {
    window.__sdkCalls += 1;
    setTimeout(() => complete(), 10);
    setTimeout(() => success({ code: nextCode() }), 60);
  },
};
