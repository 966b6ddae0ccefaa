// What a project's own script might do: listen, and ask its API while the page loads.
window.seen = [];
for (const name of ['login', 'authorize', 'error', 'logout']) {
  document.addEventListener('ttminis:' + name, ({ detail }) => {
    window.seen.push({ name, detail: JSON.parse(JSON.stringify(detail)) });
  });
}

window.whoAmI = async () => {
  const response = await TTMinisAuth.fetch('/api/drf/session');
  return response.ok ? (await response.json()).id : 'nobody';
};

document.addEventListener('DOMContentLoaded', async () => {
  const found = await window.whoAmI().catch(() => 'nobody');
  document.getElementById('who').textContent = found;
});
