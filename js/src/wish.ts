/**
 * The visitor's latest login and logout wishes in this browser, shared by its tabs.
 *
 * TikTok has no logout. Unless the logout is stored, the next silent login would log the user in
 * again. It is stored per app. Each wish has a number. A logout overtakes each login with a lower
 * number. For a logout that this script did not make, the server's middleware sets a cookie with
 * a new mark.
 */

import type { Auth, Task } from './auth';
import { cookie, sessionName } from './csrf';
import { readStored, writeStored } from './storage';
import { isTokenMode, lastLoginKey } from './tokens';

/**
 * The number of the latest wish, the number of the latest logout (0: none), the cookie's mark at
 * that time, and the session whose end the server has not confirmed yet.
 */
type Wish = readonly [number, number, string, string?];

export const wishKey = (auth: Auth): string => 'ttminis-auth:logged-out:' + auth.config_.clientKey;

export const logoutMark = (auth: Auth): string =>
  isTokenMode(auth) ? '' : cookie(auth.config_.logoutCookie);

function readWish(auth: Auth): Wish {
  const [wish, out, mark = '', left = ''] = readStored(auth, 'localStorage', wishKey(auth)).split(' ');
  return [Number(wish) || 0, Number(out) || 0, mark, left];
}

const writeWish = (auth: Auth, wish: Wish): void =>
  writeStored(auth, 'localStorage', wishKey(auth), wish.join(' '));

export const latestWishNumber = (auth: Auth): number => readWish(auth)[0];

/** Say whether the visitor has logged out, and has not logged in since. */
export function isLoggedOut(auth: Auth): boolean {
  const [, out, mark] = readWish(auth);
  const present = logoutMark(auth);
  return out > 0 || Boolean(present && present !== mark);
}

/** Note that the visitor wants to log in; return the wish's number. */
export function noteLoginWish(auth: Auth): number {
  const [wish, ...rest] = readWish(auth);
  writeWish(auth, [wish + 1, ...rest]);
  return wish + 1;
}

export function noteLogoutWish(auth: Auth): void {
  const [wish, , mark] = readWish(auth);
  writeWish(auth, [wish + 1, wish + 1, mark]);
  noteUnconfirmedLogout(auth);
  markLogoutKnown(auth);
}

/**
 * Note the session that the server has yet to end. If the visitor leaves this page first, the
 * next page sends the logout again. Do not note the user: the same user may log in by password
 * the day after, and the next page must not end that session.
 */
export function noteUnconfirmedLogout(auth: Auth): void {
  const [wish, out, mark] = readWish(auth);
  writeWish(auth, [wish, out, mark, isTokenMode(auth) ? '' : sessionName(auth)]);
}

/** Note that the server has confirmed the logout. */
export function noteLogoutConfirmed(auth: Auth): void {
  const [wish, out, mark] = readWish(auth);
  writeWish(auth, [wish, out, mark]);
  markLogoutKnown(auth);
}

/** Say whether the page was rendered in a session whose logout the server has not confirmed. */
export function isLogoutUnconfirmed(auth: Auth): boolean {
  const left = readWish(auth)[3];
  return Boolean(isLoggedOut(auth) && auth.session_.userId && left) && left === sessionName(auth);
}

/** After a logout, a login of the same user does not mean that the session was lost. */
export const forgetLastLogin = (auth: Auth): void =>
  writeStored(auth, 'sessionStorage', lastLoginKey(auth), '');

/** Note that the login which the visitor wanted has succeeded, which ends earlier logouts. */
export function noteLogin(auth: Auth, task: Task): void {
  const [wish, out] = readWish(auth);
  writeWish(auth, [wish, out > task.wish_ ? out : 0, task.logoutMark_]);
  markLogoutKnown(auth);
}

/** Say whether the visitor has logged out on any page of this browser since the task began. */
export function isOvertaken(auth: Auth, task: Task): boolean {
  const present = logoutMark(auth);
  return readWish(auth)[1] > task.wish_ || Boolean(present && present !== task.logoutMark_);
}

/** Say whether the visitor has asked to log in after the logout that overtook the task. */
export function isLoginWantedAgain(auth: Auth, task: Task): boolean {
  const [wish, out] = readWish(auth);
  return out > task.wish_ && wish > out;
}

const latestLogout = (auth: Auth): string => readWish(auth)[1] + logoutMark(auth);

/** Note that this page knows of the latest logout. */
export function markLogoutKnown(auth: Auth): void {
  auth.knownLogout_ = latestLogout(auth);
  if (isLoggedOut(auth)) forgetLastLogin(auth);
}

/** Say whether there was a logout that this page has not noticed yet. */
export const isLogoutUnknown = (auth: Auth): boolean =>
  isLoggedOut(auth) && auth.knownLogout_ !== latestLogout(auth);
