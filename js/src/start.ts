/** The classic script: `window.TTMinisAuth`, with the configuration of the tag. */

import { create } from './create';
import { ownGlobal, queryAll } from './read';

// Not any element with this id: the tag writes it right before this file, and an attacker
// who could write a script that runs would need none. A bundle that brings this file too
// finds the same element when all of the page is there.
const CONFIG_AND_FILE =
  'script[type="application/json"]#ttminis-auth-config+script[src*="ttminis-auth."]:not([type])';

/** Return what the tag wrote; a text that is no JSON is as good as none. */
function configOfTag(): unknown {
  const file = queryAll(CONFIG_AND_FILE).find((each) => each instanceof HTMLScriptElement);
  try {
    return file && JSON.parse(file.previousElementSibling!.textContent!);
  } catch (broken) {
    return null;
  }
}

// A page may load this file by the tag and again inside its own bundle, or at each visit that
// Turbo or htmx makes without loading the page anew.
if (!ownGlobal('TTMinisAuth')) {
  Object.defineProperty(window, 'TTMinisAuth', { value: create(configOfTag), enumerable: true });
}
