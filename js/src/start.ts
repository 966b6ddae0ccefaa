/** The classic script: makes `window.TTMinisAuth` from the template tag's configuration. */

import { create } from './create';
import { ownGlobal, queryAll } from './read';

// An attacker's markup may have an element with this id. So it must be right before the script
// element of this file, where the tag writes it. An attacker who can write such a script element
// needs no configuration. A bundle with this file finds the same element in the parsed page.
const CONFIG_AND_FILE =
  'script[type="application/json"]#ttminis-auth-config+script[src*="ttminis-auth."]:not([type])';

/** Return the tag's configuration; null if it is not JSON. */
function configOfTag(): unknown {
  const file = queryAll(CONFIG_AND_FILE).find((each) => each instanceof HTMLScriptElement);
  try {
    return file && JSON.parse(file.previousElementSibling!.textContent!);
  } catch (broken) {
    return null;
  }
}

// A page may load this file twice: by the tag and in its own bundle, or at each visit of Turbo
// or htmx, which do not load the page again.
if (!ownGlobal('TTMinisAuth')) {
  Object.defineProperty(window, 'TTMinisAuth', { value: create(configOfTag), enumerable: true });
}
