/** Django's CSRF token: a page of the site needs it for each write. */

import type { Auth } from './auth';
import { get, documentProperty, queryAll } from './read';
import { headerSafe } from './tokens';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Return the secret of a token. Django masks the same secret differently each time. */
export function secretOf(token: string): string {
  if (token.length !== 64) return token;
  const place = (index: number): number => LETTERS.indexOf(token[index] as string);
  return [...token.slice(32)]
    .map((_, index) => LETTERS[(place(index + 32) - place(index) + 62) % 62])
    .join('');
}

/** Return a cookie's value; "" if two have the name, one of them from a parent domain. */
export function cookie(name: string | null | undefined): string {
  const found = cookies().filter((each) => name && each.startsWith(name + '='));
  return found.length === 1 && name ? headerSafe(found[0]!.slice(name.length + 1)) : '';
}

function cookies(): string[] {
  try {
    return documentProperty('cookie').split('; ');
  } catch (blocked) {
    return [];
  }
}

/**
 * Note the token of the server's answer: each login changes it. The token of a refusal belongs
 * to the present session, which may be another user's. So use it for the next login only.
 */
export function noteCsrfToken(auth: Auth, meta: unknown): void {
  auth.latestCsrfToken_ = String(get(meta, 'csrf_token') || auth.latestCsrfToken_);
}

/** After a login: write with the latest token from now on. */
export function useLatestCsrfToken(auth: Auth): void {
  auth.csrfToken_ = auth.latestCsrfToken_;
  auth.isCsrfTokenFromLogin_ = true;
}

/**
 * Return a name for the present session: the start of the CSRF secret, which Django changes at
 * each login. Empty if the page knows no token.
 */
export const sessionName = (auth: Auth): string => secretOf(currentCsrfToken(auth)).slice(0, 8);

// After a login on another tab, or on a page that the visitor left by "back", the cookie has the
// new token. It is empty if the project hides it from scripts.
const cookieToken = (auth: Auth): string => cookie(auth.config_.csrfCookie);

export const currentCsrfToken = (auth: Auth): string => cookieToken(auth) || auth.latestCsrfToken_;

/**
 * Return the token for writes. If another user has logged in on another tab, the session is that
 * user's, and this page must not write in it. The page's own token makes Django refuse the write.
 */
export const csrfTokenForWrites = (auth: Auth): string =>
  auth.session_.userId ? auth.csrfToken_ : currentCsrfToken(auth);

/**
 * Say whether the page's own token may be outdated: another login has changed it, or the page
 * comes from a service worker or cache. If no script can read the cookie, doubt a token that
 * came with the page and not with an answer of the server.
 */
export function isCsrfTokenOutdated(auth: Auth): boolean {
  const present = cookieToken(auth);
  return present ? secretOf(present) !== secretOf(auth.csrfToken_) : !auth.isCsrfTokenFromLogin_;
}

/**
 * Write the new token into Django's forms after a login. Only inputs that the server rendered
 * hold the page's secret, so an attacker's input gets no token. Forms that were rendered for
 * another user stay as they are: this user must not send what that user began to write.
 */
export function updateForms(auth: Auth, userId: string): void {
  if (auth.formsUserId_ && auth.formsUserId_ !== userId) return;
  const old = secretOf(auth.formsCsrfToken_);
  queryAll('input[name="csrfmiddlewaretoken"]')
    .filter((input) => old && secretOf(String(input.value)) === old)
    .forEach((input) => {
      input.value = auth.csrfToken_;
    });
  auth.formsUserId_ = userId;
  auth.formsCsrfToken_ = auth.csrfToken_;
}
