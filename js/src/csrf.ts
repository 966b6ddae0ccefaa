/** Django's CSRF token, which a page of the site itself needs to write. */

import type { Auth } from './auth';
import { get, documentProperty, queryAll } from './read';
import { headerSafe } from './tokens';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Return what a token stands for: Django masks it anew each time that it writes one. */
export function secretOf(token: string): string {
  if (token.length !== 64) return token;
  const place = (index: number): number => LETTERS.indexOf(token[index] as string);
  return [...token.slice(32)]
    .map((_, index) => LETTERS[(place(index + 32) - place(index) + 62) % 62])
    .join('');
}

/** Return a cookie's value. Two of one name come from a parent domain as well: then none. */
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
 * Take the token that the server's answer brings: each login changes it. A refusal brings the
 * token of whoever is in, and that may be somebody else: it is good for the next login only.
 */
export function noteCsrfToken(auth: Auth, meta: unknown): void {
  auth.latestCsrfToken_ = String(get(meta, 'csrf_token') || auth.latestCsrfToken_);
}

/** The latest token is that of whom a login has just brought in. */
export function useLatestCsrfToken(auth: Auth): void {
  auth.csrfToken_ = auth.latestCsrfToken_;
  auth.isCsrfTokenFromLogin_ = true;
}

/**
 * Return a name for the present session: a part of the CSRF secret, which Django changes at each
 * login. Empty where the page knows no token.
 */
export const sessionName = (auth: Auth): string => secretOf(currentCsrfToken(auth)).slice(0, 8);

// Each login changes the token, also one in another tab or on a page that "back" leaves
// again. The cookie then has the new one; it is empty where the project hides it from scripts.
const cookieToken = (auth: Auth): string => cookie(auth.config_.csrfCookie);

export const currentCsrfToken = (auth: Auth): string => cookieToken(auth) || auth.latestCsrfToken_;

/**
 * Return the token to write with. Somebody else may have logged in elsewhere, and then the
 * session is theirs. What this page writes for the one that it knows must not get there under
 * their name: the page's own token makes Django refuse it.
 */
export const csrfTokenForWrites = (auth: Auth): string =>
  auth.session_.userId ? auth.csrfToken_ : currentCsrfToken(auth);

/**
 * Say whether a refusal may be about the page's own token: another login has changed it, or a
 * service worker or cache has kept the page. Where no script can read the cookie, a token
 * that no answer of the server's brought is in doubt.
 */
export function isCsrfTokenOutdated(auth: Auth): boolean {
  const present = cookieToken(auth);
  return present ? secretOf(present) !== secretOf(auth.csrfToken_) : !auth.isCsrfTokenFromLogin_;
}

/**
 * Let Django's own forms in the page go on working after a login. Only inputs that the server
 * rendered hold the page's secret, so none of an attacker's is filled; and only for the person
 * for whom they were rendered: what one began to write, nobody else sends.
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
