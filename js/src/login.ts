/** A login has arrived: who is in, and whether the page before knew nothing of it. */

import type { Auth, TaskResult, Task } from './auth';
import { useLatestCsrfToken, updateForms } from './csrf';
import { failure } from './errors';
import { emit } from './events';
import type { LoginAnswer } from './server';
import { isStored, readStored, writeStored } from './storage';
import { isTokenMode, lastLoginKey } from './tokens';
import { forgetLastLogin } from './wish';
import type { AuthorizeDetail } from './types';
import { replaceSession, dropTokens } from './session';

// A page that reloads after a login is there long before.
const SESSION_LOST_MS = 60000;

/** When a login has last brought somebody in, and whom. */
const lastLogin = (auth: Auth): string[] =>
  readStored(auth, 'sessionStorage', lastLoginKey(auth)).split(/ (.*)/);

/** The page was rendered for whom the last login has brought in: that one was not lost. */
export function confirmLastLogin(auth: Auth): void {
  if (lastLogin(auth)[1] === auth.session_.userId) forgetLastLogin(auth);
}

function isReload(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return (entry as PerformanceNavigationTiming | undefined)?.type === 'reload';
}

// A browser may drop the session cookie, a project hide a user from its own pages, a cache
// keep a page. The next page is then rendered for nobody, or for another user, and logs the
// same person in: it would be reloaded or sent on for ever. Where no storage tells what the
// page before did, a silent login on a page that was reloaded counts as the second.
function isSessionLost(auth: Auth, userId: string, isSilent: boolean): boolean {
  const [then, lastUserId] = lastLogin(auth);
  writeStored(auth, 'sessionStorage', lastLoginKey(auth), `${Date.now()} ${userId}`);
  if (!isStored('sessionStorage', lastLoginKey(auth))) return isSilent && isReload();
  const age = auth.startedDate_ - Number(then);
  return lastUserId === userId && age >= 0 && age < SESSION_LOST_MS;
}

/** Let in whom the server named; throws where the page before was lost. */
export function finishLogin(auth: Auth, task: Task, entry: LoginAnswer): TaskResult {
  const { user_: user, ttminis_: ttminis, grantedScopes_: grantedScopes } = entry;
  const userId = String(user.id);
  const detail: AuthorizeDetail = { user, ttminis, changed: userId !== auth.session_.userId };
  if (detail.changed && isSessionLost(auth, userId, !task.isByVisitor_)) {
    if (isTokenMode(auth)) dropTokens(auth);
    throw failure(auth, 'session_lost');
  }
  if (grantedScopes) detail.grantedScopes = grantedScopes;
  const session = { userId, user, ttminis, error: null };
  replaceSession(auth, session, entry.tokens_ || auth.tokens_);
  if (!isTokenMode(auth)) {
    useLatestCsrfToken(auth);
    updateForms(auth, userId);
  }
  emit(auth, task.process_ === 'authorize' ? 'authorize' : 'login', detail);
  return { detail_: detail, next_: entry.next_ };
}
