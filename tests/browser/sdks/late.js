// (d) defines TTMinis two seconds after its script ran.
setTimeout(() => {
  window.TTMinis = {
    init(options) { inits.push(options.clientKey); },
    login(options) {
      window.__sdkCalls += 1;
      options.success({ code: nextCode() });
    },
  };
}, 2000);
