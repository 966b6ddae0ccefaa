/** DOM events on `document`. */

import type { Auth } from './auth';
import { documentProperty } from './read';

/** Tell the page's scripts, once they had their chance to listen. */
export function emit(auth: Auth, name: string, detail: unknown): void {
  auth.listening_.then(() => {
    // Somebody has come in before the page's scripts listened: nobody has to hear of it.
    if (name === 'logout' && auth.session_.userId) return;
    const event = new CustomEvent('ttminis:' + name, { detail });
    documentProperty('dispatchEvent').call(document, event);
  });
}
