/** Finish a login that the server has answered; detect a browser that keeps no session. */

import type { Auth, TaskResult, Task } from './auth';
import { useLatestCsrfToken, updateForms } from './csrf';
import { failure } from './errors';
import { emit } from './events';
import type { LoginAnswer } from './server';
import { isStored, readStored, writeStored } from './storage';
import { isTokenMode, lastLoginKey } from './tokens';
import { forgetLastLogin } from './wish';
import type { AuthorizeDetail } from './types';
import { dropTokens, replaceSession } from './session';

// A page that reloads after a login takes much less than this.
const SESSION_LOST_MS = 60000;

/** The time and the user of the latest login in this tab. */
const lastLogin = (auth: Auth): string[] =>
  readStored(auth, 'sessionStorage', lastLoginKey(auth)).split(/ (.*)/);

/** Forget the latest login if this page was rendered for its user: the session has lasted. */
export function confirmLastLogin(auth: Auth): void {
  if (lastLogin(auth)[1] === auth.session_.userId) forgetLastLogin(auth);
}

function isReload(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return (entry as PerformanceNavigationTiming | undefined)?.type === 'reload';
}

// A browser may drop the session cookie, a project may hide a user from its own pages, and a
// cache may serve an old page. The next page is then rendered for an anonymous visitor or for
// another user, and logs in the same user again. It would reload or redirect for ever. Without
// storage, a silent login on a page that was reloaded counts as the second login.
function isSessionLost(auth: Auth, userId: string, isSilent: boolean): boolean {
  const [then, lastUserId] = lastLogin(auth);
  writeStored(auth, 'sessionStorage', lastLoginKey(auth), `${Date.now()} ${userId}`);
  if (!isStored('sessionStorage', lastLoginKey(auth))) return isSilent && isReload();
  const age = auth.startedDate_ - Number(then);
  return lastUserId === userId && age >= 0 && age < SESSION_LOST_MS;
}

/** Take over the server's user as the page's session; throw if the last session was lost. */
export function finishLogin(auth: Auth, task: Task, answer: LoginAnswer): TaskResult {
  const { user_: user, ttminis_: ttminis, grantedScopes_: grantedScopes } = answer;
  const userId = String(user.id);
  const detail: AuthorizeDetail = { user, ttminis, changed: userId !== auth.session_.userId };
  if (detail.changed && isSessionLost(auth, userId, !task.isByVisitor_)) {
    if (isTokenMode(auth)) dropTokens(auth);
    throw failure(auth, 'session_lost');
  }
  if (grantedScopes) detail.grantedScopes = grantedScopes;
  const session = { userId, user, ttminis, error: null };
  replaceSession(auth, session, answer.tokens_ || auth.tokens_);
  if (!isTokenMode(auth)) {
    useLatestCsrfToken(auth);
    updateForms(auth, userId);
  }
  emit(auth, task.process_ === 'authorize' ? 'authorize' : 'login', detail);
  return { detail_: detail, next_: answer.next_ };
}
