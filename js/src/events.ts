/** DOM events on `document`. */

import type { Auth } from './auth';
import { documentProperty } from './read';

/** Dispatch an event, after the page's scripts had their chance to listen. */
export function emit(auth: Auth, name: string, detail: unknown): void {
  auth.listening_.then(() => {
    // A user has logged in before the page's scripts listened: skip the earlier logout.
    if (name === 'logout' && auth.session_.userId) return;
    const event = new CustomEvent('ttminis:' + name, { detail });
    documentProperty('dispatchEvent').call(document, event);
  });
}
