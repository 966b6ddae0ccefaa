/** What happens to the page: it is left, shown again, seen for the first time, told of a logout. */

import type { Auth } from './auth';
import { dispatch } from './machine';
import { listen, documentProperty, ownGlobal } from './read';
import { checkForLogout } from './tasks';
import { logInIfSilent } from './silent';

const LISTENER_MS = 3000;

const soon = (task: () => void): unknown => setTimeout(task);

/** Settle when all of the page has been parsed, and it is no page that nobody sees yet. */
export async function untilStarted(): Promise<void> {
  await new Promise<void>((resolve) => {
    const check = (): unknown => documentProperty('readyState') === 'loading' || soon(resolve);
    listen(document, 'readystatechange', check);
    check();
  });
  if (!documentProperty('prerendering')) return;
  await new Promise<void>((resolve) => listen(document, 'prerenderingchange', () => resolve()));
}

/**
 * Settle when the page's own scripts have run. A login may be quicker than those that are
 * deferred, which have run at DOMContentLoaded, or begin to listen then. A script that never
 * comes is not one that everybody else has to wait for.
 */
export function untilListening(started: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const check = (): unknown => documentProperty('readyState') === 'complete' && soon(resolve);
    listen(document, 'DOMContentLoaded', () => soon(resolve));
    listen(document, 'readystatechange', check);
    check();
    started.then(() => setTimeout(resolve, LISTENER_MS));
  });
}

/** Keep to what the visitor does with the page, here and in other tabs. */
export function watchPage(auth: Auth): void {
  // A browser may keep a page that is left, and its requests: what was asked for here must
  // not win over what the visitor does on the next page.
  listen(window, 'pagehide', () => dispatch(auth, 'hide'));
  listen(window, 'pageshow', ({ persisted }) => {
    if (persisted && auth.isConfigured_) logInIfSilent(auth);
  });
  // Not while the page is left: the request that ends a token's session would be lost with it.
  const notice = (): void => {
    if (documentProperty('visibilityState') !== 'hidden') checkForLogout(auth);
  };
  listen(window, 'storage', () => checkForLogout(auth));
  listen(document, 'visibilitychange', notice);
  const cookies = ownGlobal('cookieStore');
  if (cookies instanceof EventTarget) listen(cookies, 'change', notice);
}

/** Somebody may have changed the account in TikTok's own screens meanwhile. */
export function watchTikTok(auth: Auth): void {
  const { TTMinis } = window;
  if (!auth.config_.silent || typeof TTMinis.on !== 'function') return;
  try {
    TTMinis.on('minis.show', () => {
      logInIfSilent(auth);
    });
  } catch (error) {
    // Then a change is noticed when the page is loaded next.
  }
}
