/** Run a task from the first question to the SDK to the server's last answer. */

import type { Auth, Task } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { endSession } from './logout';
import { dispatch, type EventName } from './machine';
import { requestCode, AUTHORIZE, LOGIN, prepareSdk, type SdkMethod } from './sdk';
import { isGone, sendCode, type LoginAnswer } from './server';
import { isTokenMode } from './tokens';
import { dropTokens } from './session';
import { isOvertaken } from './wish';

export async function run(auth: Auth, task: Task): Promise<void> {
  try {
    const entry_ = await (task.event_ === 'leave' ? endSession(auth, task) : runLogin(auth, task));
    proceed(auth, task, 'answer', { task_: task, entry_ });
  } catch (error_) {
    if (auth.task_ === task) dispatch(auth, 'failure', { task_: task, error_ });
  }
}

// What comes after a task was given up counts no more.
function proceed(auth: Auth, task: Task, event: EventName, data?: unknown): void {
  if (auth.task_ !== task) throw failure(auth, 'cancelled');
  dispatch(auth, event, data);
}

// A rejected code, a race with another page, a dead token that is dropped by now: over
// with a new code. But nobody is asked for consent twice by one press.
async function runLogin(auth: Auth, task: Task): Promise<LoginAnswer> {
  const method = task.process_ === 'authorize' ? AUTHORIZE : LOGIN;
  await prepareSdk(auth, method);
  try {
    return await tryLogin(auth, method, task);
  } catch (error) {
    const { code, status } = error as TTMinisAuthError;
    const isRetryable = ['code_rejected', 'login_again'].includes(code) || isGone(auth, status);
    if (method.opensDialog_ || !isRetryable) throw error;
    proceed(auth, task, 'again');
    return tryLogin(auth, method, task);
  }
}

async function tryLogin(auth: Auth, method: SdkMethod, task: Task): Promise<LoginAnswer> {
  const { code_: code, grantedScopes_ } = await requestCode(auth, method, task);
  // A code works once, so one that was sent before is as good as rejected.
  if (code === auth.lastCode_) throw failure(auth, 'code_rejected');
  auth.lastCode_ = code;
  if (isOvertaken(auth, task)) throw failure(auth, 'cancelled');
  proceed(auth, task, 'code');
  return { ...(await sendCodeWithRetry(auth, method, code, task)), grantedScopes_ };
}

async function sendCodeWithRetry(auth: Auth, method: SdkMethod, code: string, task: Task): Promise<LoginAnswer> {
  try {
    return await sendCode(auth, code, task);
  } catch (error) {
    const { code: reason, status } = error as TTMinisAuthError;
    if (auth.task_ !== task) throw error;
    if (isGone(auth, status)) dropTokens(auth);
    // A dead token was turned away before anybody looked at the code. The person has
    // answered, and is not asked again because of a session of ours.
    const isAnswered = method.opensDialog_ && isGone(auth, status);
    // Nor at the code of a page whose CSRF token was outdated; it has the present one now.
    const isCsrf = !isTokenMode(auth) && reason === 'csrf_failed';
    const wasOutdated = isCsrf && task.process_ !== 'connect';
    if (isAnswered || wasOutdated) return sendCode(auth, code, task);
    throw error;
  }
}
