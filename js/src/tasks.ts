/** Tasks: what the visitor or the page wants, from the wish to its promise. */

import type { Auth, Landing, Task, Wishes } from './auth';
import { dispatch, type WishEvent } from './machine';
import { isLogoutNews, latestWish, logoutMark, wantIn } from './wish';

export function newTask(
  auth: Auth,
  event: WishEvent,
  process: string,
  act: boolean,
  wishes?: Wishes,
): Task {
  let resolve_!: Task['resolve_'];
  let reject_!: Task['reject_'];
  const promise_ = new Promise<Landing>((resolve, reject) => {
    resolve_ = resolve;
    reject_ = reject;
  });
  const isNewWish = act && event !== 'leave' && auth.isConfigured_;
  return {
    event_: event,
    process_: process,
    wishes_: wishes,
    openSince_: Infinity,
    act_: act,
    wish_: isNewWish ? wantIn(auth) : latestWish(auth),
    mark_: logoutMark(auth),
    tokens_: null,
    rest_: null,
    control_: new AbortController(),
    promise_,
    resolve_,
    reject_,
  };
}

/** Notice a logout that another page or the site itself has made. */
export function look(auth: Auth): void {
  if (auth.isConfigured_ && isLogoutNews(auth)) dispatch(auth, 'logout');
}

/** Let the machine have a task, and return its promise. */
export function want(auth: Auth, task: Task): Promise<Landing> {
  look(auth);
  dispatch(auth, task.event_, task);
  return task.promise_;
}

/** Say whether two tasks want the same, so that one call of the SDK does for both. */
export const isSame = (one: Task, other: Task): boolean =>
  one.process_ === other.process_ &&
  one.wishes_?.scope === other.wishes_?.scope &&
  one.wishes_?.returnScopes === other.wishes_?.returnScopes;
