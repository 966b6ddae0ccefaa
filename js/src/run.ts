/** Run a task: ask the SDK for a code, and send it to the server, or end the session. */

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
    const answer_ = await (task.event_ === 'leave' ? endSession(auth, task) : runLogin(auth, task));
    proceed(auth, task, 'answer', { task_: task, answer_ });
  } catch (error_) {
    if (auth.task_ === task) dispatch(auth, 'failure', { task_: task, error_ });
  }
}

// Ignore what arrives after the task was given up.
function proceed(auth: Auth, task: Task, event: EventName, data?: unknown): void {
  if (auth.task_ !== task) throw failure(auth, 'cancelled');
  dispatch(auth, event, data);
}

// After a rejected code, a race with another page or an expired token, try again with a new
// code. One press opens no second consent dialog.
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
  // A code works once, so the server would reject one that was sent before.
  if (code === auth.lastCode_) throw failure(auth, 'code_rejected');
  auth.lastCode_ = code;
  if (isOvertaken(auth, task)) throw failure(auth, 'cancelled');
  proceed(auth, task, 'code');
  return { ...(await sendCodeWithRetry(auth, method, code, task)), grantedScopes_ };
}

async function sendCodeWithRetry(
  auth: Auth,
  method: SdkMethod,
  code: string,
  task: Task,
): Promise<LoginAnswer> {
  try {
    return await sendCode(auth, code, task);
  } catch (error) {
    const { code: reason, status } = error as TTMinisAuthError;
    if (auth.task_ !== task) throw error;
    if (isGone(auth, status)) dropTokens(auth);
    // The server refused the expired session token before it used the code. Send the code again,
    // so that the visitor need not consent twice.
    const isCodeUnused = method.opensDialog_ && isGone(auth, status);
    // The same with an outdated CSRF token; the refusal has brought the present one.
    const isCsrf = !isTokenMode(auth) && reason === 'csrf_failed';
    const wasOutdated = isCsrf && task.process_ !== 'connect';
    if (isCodeUnused || wasOutdated) return sendCode(auth, code, task);
    throw error;
  }
}
