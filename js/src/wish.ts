/**
 * What the visitor wanted last in this browser, across tabs and pages that were left.
 *
 * TikTok has no logout: without a memory of it, the next silent login would bring back the
 * person who just left. It is kept per app, like the login itself. Each wish has a number. A
 * login that a logout with a higher number came before is overtaken. Logouts that no script of
 * ours made are known by the cookie that the server's middleware sets, with a new mark each.
 */

import type { Auth, Task } from './auth';
import { cookie, sessionName } from './csrf';
import { readStored, writeStored } from './storage';
import { isTokenMode, lastLoginKey } from './tokens';

/**
 * The latest wish's number, that of the latest logout (0: nobody left), the mark known then,
 * and which session the server has not yet confirmed to be over.
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

/** Say whether the visitor has logged out, and not asked to be let in since. */
export function isLoggedOut(auth: Auth): boolean {
  const [, out, mark] = readWish(auth);
  const present = logoutMark(auth);
  return out > 0 || Boolean(present && present !== mark);
}

/** Note that the visitor wants to be let in, and return the wish's number. */
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
 * Note which session the server has yet to end; the next page tells it if this one cannot. Not
 * who is in: a page that was left never hears that it worked, and the same person may come in
 * by a password the day after.
 */
export function noteUnconfirmedLogout(auth: Auth): void {
  const [wish, out, mark] = readWish(auth);
  writeWish(auth, [wish, out, mark, isTokenMode(auth) ? '' : sessionName(auth)]);
}

/** The server has confirmed the logout. */
export function noteLogoutConfirmed(auth: Auth): void {
  const [wish, out, mark] = readWish(auth);
  writeWish(auth, [wish, out, mark]);
  markLogoutKnown(auth);
}

/** Say whether the page was rendered in a session whose end was on its way by then. */
export function isLogoutUnconfirmed(auth: Auth): boolean {
  const left = readWish(auth)[3];
  return Boolean(isLoggedOut(auth) && auth.session_.userId && left) && left === sessionName(auth);
}

/** Whoever logs in after a logout is no one whom the page before has lost. */
export const forgetLastLogin = (auth: Auth): void =>
  writeStored(auth, 'sessionStorage', lastLoginKey(auth), '');

/** Note that the visitor's wish to be let in has come true: earlier logouts are over. */
export function noteLogin(auth: Auth, task: Task): void {
  const [wish, out] = readWish(auth);
  writeWish(auth, [wish, out > task.wish_ ? out : 0, task.logoutMark_]);
  markLogoutKnown(auth);
}

/** Say whether the visitor has logged out, anywhere in this browser, since a login began. */
export function isOvertaken(auth: Auth, task: Task): boolean {
  const present = logoutMark(auth);
  return readWish(auth)[1] > task.wish_ || Boolean(present && present !== task.logoutMark_);
}

/** Say whether the logout that overtook a login is not the visitor's last wish any more. */
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

/** Say whether there was a logout that this page does not know of. */
export const isLogoutUnknown = (auth: Auth): boolean =>
  isLoggedOut(auth) && auth.knownLogout_ !== latestLogout(auth);
