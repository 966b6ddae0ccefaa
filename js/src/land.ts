/** A login has arrived: who is in, and whether the page before knew nothing of it. */

import type { Auth, Landing, Task } from './auth';
import { ownCsrfToken, refreshForms } from './csrf';
import { failure } from './errors';
import { emit } from './events';
import type { Entry } from './server';
import { isStored, recall, remember } from './storage';
import { byToken, newcomerKey } from './tokens';
import { forgetNewcomer } from './wish';
import type { AuthorizeDetail } from './types';
import { become, dropTokens } from './who';

// A page that reloads after a login is there long before.
const LOST_MS = 60000;

/** When a login has last brought somebody in, and whom. */
const newcomer = (auth: Auth): string[] =>
  recall(auth, 'sessionStorage', newcomerKey(auth)).split(/ (.*)/);

/** The page was rendered for whom the last login has brought in: that one was not lost. */
export function greetNewcomer(auth: Auth): void {
  if (newcomer(auth)[1] === auth.session_.userId) forgetNewcomer(auth);
}

function isReload(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return (entry as PerformanceNavigationTiming | undefined)?.type === 'reload';
}

// A browser may drop the session cookie, a project hide a user from its own pages, a cache
// keep a page. The next page is then rendered for nobody, or for another user, and logs the
// same person in: it would be reloaded or sent on for ever. Where no storage tells what the
// page before did, a silent login on a page that was reloaded counts as the second.
function isLost(auth: Auth, userId: string, isSilent: boolean): boolean {
  const [then, whom] = newcomer(auth);
  remember(auth, 'sessionStorage', newcomerKey(auth), `${Date.now()} ${userId}`);
  if (!isStored('sessionStorage', newcomerKey(auth))) return isSilent && isReload();
  const age = auth.bornAt_ - Number(then);
  return whom === userId && age >= 0 && age < LOST_MS;
}

/** Let in whom the server named; throws where the page before was lost. */
export function land(auth: Auth, task: Task, entry: Entry): Landing {
  const { user_: user, ttminis_: ttminis, grantedScopes_: grantedScopes } = entry;
  const userId = String(user.id);
  const detail: AuthorizeDetail = { user, ttminis, changed: userId !== auth.session_.userId };
  if (detail.changed && isLost(auth, userId, !task.act_)) {
    if (byToken(auth)) dropTokens(auth);
    throw failure(auth, 'session_lost');
  }
  if (grantedScopes) detail.grantedScopes = grantedScopes;
  const session = { userId, user, ttminis, error: null };
  become(auth, session, entry.tokens_ || auth.tokens_);
  if (!byToken(auth)) {
    ownCsrfToken(auth);
    refreshForms(auth, userId);
  }
  emit(auth, task.process_ === 'authorize' ? 'authorize' : 'login', detail);
  return { detail_: detail, next_: entry.next_ };
}
