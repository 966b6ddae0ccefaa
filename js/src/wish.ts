/**
 * What the visitor wanted last in this browser, across tabs and pages that were left.
 *
 * TikTok has no logout: without a memory of it, the next silent login would bring back the
 * person who just left. It is kept per app, like the login itself. Each wish has a number. A
 * login that a logout with a higher number came before is overtaken. Logouts that no script of
 * ours made are known by the cookie that the server's middleware sets, with a new mark each.
 */

import type { Auth, Task } from './auth';
import { cookie, nameOfSession } from './csrf';
import { recall, remember } from './storage';
import { byToken, newcomerKey } from './tokens';

/**
 * The latest wish's number, that of the latest logout (0: nobody left), the mark known then,
 * and which session the server has not yet confirmed to be over.
 */
type Wish = readonly [number, number, string, string?];

export const wishKey = (auth: Auth): string => 'ttminis-auth:logged-out:' + auth.config_.clientKey;

export const logoutMark = (auth: Auth): string =>
  byToken(auth) ? '' : cookie(auth.config_.logoutCookie);

function latest(auth: Auth): Wish {
  const [wish, out, mark = '', left = ''] = recall(auth, 'localStorage', wishKey(auth)).split(' ');
  return [Number(wish) || 0, Number(out) || 0, mark, left];
}

const write = (auth: Auth, wish: Wish): void =>
  remember(auth, 'localStorage', wishKey(auth), wish.join(' '));

export const latestWish = (auth: Auth): number => latest(auth)[0];

/** Say whether the visitor has logged out, and not asked to be let in since. */
export function isOut(auth: Auth): boolean {
  const [, out, mark] = latest(auth);
  const present = logoutMark(auth);
  return out > 0 || Boolean(present && present !== mark);
}

/** Note that the visitor wants to be let in, and return the wish's number. */
export function wantIn(auth: Auth): number {
  const [wish, ...rest] = latest(auth);
  write(auth, [wish + 1, ...rest]);
  return wish + 1;
}

export function wantOut(auth: Auth): void {
  const [wish, , mark] = latest(auth);
  write(auth, [wish + 1, wish + 1, mark]);
  noteLeaving(auth);
  knowLogout(auth);
}

/**
 * Note which session the server has yet to end; the next page tells it if this one cannot. Not
 * who is in: a page that was left never hears that it worked, and the same person may come in
 * by a password the day after.
 */
export function noteLeaving(auth: Auth): void {
  const [wish, out, mark] = latest(auth);
  write(auth, [wish, out, mark, byToken(auth) ? '' : nameOfSession(auth)]);
}

/** The server has confirmed the logout. */
export function wentOut(auth: Auth): void {
  const [wish, out, mark] = latest(auth);
  write(auth, [wish, out, mark]);
  knowLogout(auth);
}

/** Say whether the page was rendered in a session whose end was on its way by then. */
export function isLeaving(auth: Auth): boolean {
  const left = latest(auth)[3];
  return Boolean(isOut(auth) && auth.session_.userId && left) && left === nameOfSession(auth);
}

/** Whoever logs in after a logout is no one whom the page before has lost. */
export const forgetNewcomer = (auth: Auth): void =>
  remember(auth, 'sessionStorage', newcomerKey(auth), '');

/** Note that the visitor's wish to be let in has come true: earlier logouts are over. */
export function cameIn(auth: Auth, task: Task): void {
  const [wish, out] = latest(auth);
  write(auth, [wish, out > task.wish_ ? out : 0, task.mark_]);
  knowLogout(auth);
}

/** Say whether the visitor has logged out, anywhere in this browser, since a login began. */
export function isOvertaken(auth: Auth, task: Task): boolean {
  const present = logoutMark(auth);
  return latest(auth)[1] > task.wish_ || Boolean(present && present !== task.mark_);
}

/** Say whether the logout that overtook a login is not the visitor's last wish any more. */
export function isWantedSince(auth: Auth, task: Task): boolean {
  const [wish, out] = latest(auth);
  return out > task.wish_ && wish > out;
}

const nameOfLogout = (auth: Auth): string => latest(auth)[1] + logoutMark(auth);

/** Note that this page knows of the latest logout. */
export function knowLogout(auth: Auth): void {
  auth.knownLogout_ = nameOfLogout(auth);
  if (isOut(auth)) forgetNewcomer(auth);
}

/** Say whether there was a logout that this page does not know of. */
export const isLogoutNews = (auth: Auth): boolean =>
  isOut(auth) && auth.knownLogout_ !== nameOfLogout(auth);
