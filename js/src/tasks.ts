/** Make and run tasks: the logins, consents and logouts that the visitor or the page wants. */

import type { Auth, TaskResult, Task, ConsentOptions } from './auth';
import { dispatch, type WishEvent } from './machine';
import { isLogoutUnknown, latestWishNumber, logoutMark, noteLoginWish } from './wish';

export function newTask(
  auth: Auth,
  event: WishEvent,
  process: string,
  isByVisitor: boolean,
  consent?: ConsentOptions,
): Task {
  let resolve_!: Task['resolve_'];
  let reject_!: Task['reject_'];
  const promise_ = new Promise<TaskResult>((resolve, reject) => {
    resolve_ = resolve;
    reject_ = reject;
  });
  const isNewWish = isByVisitor && event !== 'leave' && auth.isConfigured_;
  return {
    event_: event,
    process_: process,
    consent_: consent,
    openedAt_: Infinity,
    isByVisitor_: isByVisitor,
    wish_: isNewWish ? noteLoginWish(auth) : latestWishNumber(auth),
    logoutMark_: logoutMark(auth),
    tokens_: null,
    pendingSession_: null,
    control_: new AbortController(),
    promise_,
    resolve_,
    reject_,
  };
}

/** Dispatch `logout` if another page or the server has logged the visitor out. */
export function checkForLogout(auth: Auth): void {
  if (auth.isConfigured_ && isLogoutUnknown(auth)) dispatch(auth, 'logout');
}

/** Dispatch a task to the state machine, and return its promise. */
export function runTask(auth: Auth, task: Task): Promise<TaskResult> {
  checkForLogout(auth);
  dispatch(auth, task.event_, task);
  return task.promise_;
}

/** Say whether one call of the SDK serves both tasks. */
export const isSameTask = (one: Task, other: Task): boolean =>
  one.process_ === other.process_ &&
  one.consent_?.scope === other.consent_?.scope &&
  one.consent_?.returnScopes === other.consent_?.returnScopes;
