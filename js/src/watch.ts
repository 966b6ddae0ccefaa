/** Watch the page: it is parsed, shown, left and shown again, and other pages log out. */

import type { Auth } from './auth';
import { dispatch } from './machine';
import { listen, documentProperty, ownGlobal } from './read';
import { checkForLogout } from './tasks';
import { logInIfSilent } from './silent';

const LISTENER_MS = 3000;

const soon = (task: () => void): unknown => setTimeout(task);

/** Settle when the page has been parsed, and is not prerendered without a visitor. */
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
 * Settle when the page's own scripts have run. A login may be quicker than deferred scripts,
 * which have run at DOMContentLoaded or begin to listen then. Do not wait for ever for a script
 * that does not load.
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

/** React when the visitor leaves the page, comes back to it, or logs out on another tab. */
export function watchPage(auth: Auth): void {
  // A browser may keep a page that the visitor has left, with its requests. They must not win
  // over what the visitor does on the next page.
  listen(window, 'pagehide', () => dispatch(auth, 'hide'));
  listen(window, 'pageshow', ({ persisted }) => {
    if (persisted && auth.isConfigured_) logInIfSilent(auth);
  });
  // Skip a hidden page: if the visitor is leaving it, the request that ends the token session
  // would be lost.
  const notice = (): void => {
    if (documentProperty('visibilityState') !== 'hidden') checkForLogout(auth);
  };
  listen(window, 'storage', () => checkForLogout(auth));
  listen(document, 'visibilitychange', notice);
  const cookies = ownGlobal('cookieStore');
  if (cookies instanceof EventTarget) listen(cookies, 'change', notice);
}

/** Log in when TikTok shows the page again: its user may have switched accounts in TikTok. */
export function watchTikTok(auth: Auth): void {
  const { TTMinis } = window;
  if (!auth.config_.silent || typeof TTMinis.on !== 'function') return;
  try {
    TTMinis.on('minis.show', () => {
      logInIfSilent(auth);
    });
  } catch (error) {
    // Then the next page load notices the other account.
  }
}
