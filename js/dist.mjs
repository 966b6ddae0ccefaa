// Makes dist/, which the npm package holds: the committed builds, as Django serves them.
// Runs before `npm pack`, and when a project installs this folder by its path. Needs Node only.
// Several may run at a time, so each file appears as a whole.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const here = (path) => new URL(path, import.meta.url);
const served = '../ttminis_auth/static/ttminis_auth/';

function put(name, text) {
  const unfinished = `dist/.unfinished-${process.pid}`;
  writeFileSync(here(unfinished), text);
  renameSync(here(unfinished), here(name));
}

mkdirSync(here('dist'), { recursive: true });
for (const name of ['ttminis-auth.js', 'ttminis-auth.token.js', 'ttminis-auth.esm.js', 'ttminis-auth.d.ts']) {
  const text = readFileSync(here(served + name), 'utf8');
  // The maps stay behind, and a bundler would warn of a missing one.
  put(`dist/${name}`, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
}
put('LICENSE', readFileSync(here('../LICENSE')));
