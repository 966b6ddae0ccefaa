/* Goes on by itself with a long piece of work; without it, a button does. */
document.querySelectorAll("form[data-ttminis-continue]").forEach((form) => {
  // A page that comes back from the browser's history must not begin again.
  if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") form.submit();
});
