/** Run a task from the first question to the SDK to the server's last answer. */

import type { Auth, Task } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { endSession } from './leave';
import { dispatch, type EventName } from './machine';
import { askSdk, AUTHORIZE, LOGIN, prepareSdk, type Api } from './sdk';
import { isGone, sendCode, type Entry } from './server';
import { byToken } from './tokens';
import { dropTokens } from './who';
import { isOvertaken } from './wish';

export async function run(auth: Auth, task: Task): Promise<void> {
  try {
    const entry_ = await (task.event_ === 'leave' ? endSession(auth, task) : logIn(auth, task));
    step(auth, task, 'answer', { task_: task, entry_ });
  } catch (error_) {
    if (auth.task_ === task) dispatch(auth, 'failure', { task_: task, error_ });
  }
}

// What comes after a task was given up counts no more.
function step(auth: Auth, task: Task, event: EventName, data?: unknown): void {
  if (auth.task_ !== task) throw failure(auth, 'cancelled');
  dispatch(auth, event, data);
}

// A rejected code, a race with another page, a dead token that is dropped by now: over
// with a new code. But nobody is asked for consent twice by one press.
async function logIn(auth: Auth, task: Task): Promise<Entry> {
  const api = task.process_ === 'authorize' ? AUTHORIZE : LOGIN;
  await prepareSdk(auth, api);
  try {
    return await redeem(auth, api, task);
  } catch (error) {
    const { code, status } = error as TTMinisAuthError;
    const isCurable = ['code_rejected', 'login_again'].includes(code) || isGone(auth, status);
    if (api.asksThePerson_ || !isCurable) throw error;
    step(auth, task, 'again');
    return redeem(auth, api, task);
  }
}

async function redeem(auth: Auth, api: Api, task: Task): Promise<Entry> {
  const { code_: code, grantedScopes_ } = await askSdk(auth, api, task);
  // A code works once, so one that was sent before is as good as rejected.
  if (code === auth.lastCode_) throw failure(auth, 'code_rejected');
  auth.lastCode_ = code;
  if (isOvertaken(auth, task)) throw failure(auth, 'cancelled');
  step(auth, task, 'code');
  return { ...(await exchange(auth, api, code, task)), grantedScopes_ };
}

async function exchange(auth: Auth, api: Api, code: string, task: Task): Promise<Entry> {
  try {
    return await sendCode(auth, code, task);
  } catch (error) {
    const { code: reason, status } = error as TTMinisAuthError;
    if (auth.task_ !== task) throw error;
    if (isGone(auth, status)) dropTokens(auth);
    // A dead token was turned away before anybody looked at the code. The person has
    // answered, and is not asked again because of a session of ours.
    const isAnswered = api.asksThePerson_ && isGone(auth, status);
    // Nor at the code of a page whose CSRF token was outdated; it has the present one now.
    const isCsrf = !byToken(auth) && reason === 'csrf_failed';
    const wasOutdated = isCsrf && task.process_ !== 'connect';
    if (isAnswered || wasOutdated) return sendCode(auth, code, task);
    throw error;
  }
}
