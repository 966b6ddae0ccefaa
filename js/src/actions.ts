/** The actions of the state machine. The table in machine.ts names them. */

import type { Auth, Task, TaskResult } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { emit } from './events';
import { finishLogin } from './login';
import { endTokenSession } from './logout';
import type { ActionName } from './machine';
import { settled } from './read';
import type { LoginAnswer } from './server';
import { isSameTask, newTask } from './tasks';
import { isTokenMode, NO_TOKENS } from './tokens';
import { ANONYMOUS, replaceSession, saveSession } from './session';
import {
  isLoggedOut,
  isLoginWantedAgain,
  isOvertaken,
  markLogoutKnown,
  noteLogin,
  noteLogoutConfirmed,
  noteUnconfirmedLogout,
} from './wish';

interface TaskFailure {
  task_: Task;
  error_: TTMinisAuthError;
}

export const ACTIONS: Record<ActionName, (auth: Auth, data: any) => void> = {
  start(auth, task: Task) {
    auth.task_ = task;
    // In token mode the page logs out at once, even if the request fails.
    if (task.event_ === 'leave' && isTokenMode(auth)) {
      task.tokens_ ||= auth.tokens_;
      logOutPage(auth, task.isByVisitor_);
    }
    auth.run_(auth, task);
  },

  join(auth, task: Task) {
    joinTask(auth.task_!, task);
  },

  joinOrWait(auth, task: Task) {
    // A login must not overtake a waiting logout, or a logout on another page.
    const running = auth.task_!;
    const isBefore = auth.waiting_.length > 0 || isOvertaken(auth, running);
    const isNext = !isBefore && isSameTask(running, task);
    ACTIONS[isNext ? 'join' : 'wait'](auth, task);
  },

  // A second press shares the open dialog. A dialog that has been open for long may be lost, so
  // a press then opens a new one.
  joinOrReplace(auth, task: Task) {
    const running = auth.task_!;
    const isYoung = performance.now() - running.openedAt_ < auth.config_.sdkTimeout;
    if (isYoung && isSameTask(running, task)) return ACTIONS.join(auth, task);
    ACTIONS.giveUp(auth, null);
    ACTIONS.start(auth, task);
  },

  // A new task replaces a consent that waits. Its dialog could be lost, and the new task would
  // wait for it.
  wait(auth, task: Task) {
    const last = auth.waiting_[auth.waiting_.length - 1];
    if (last && isSameTask(last, task)) return joinTask(last, task);
    cancelWaiting(auth, (each) => each.event_ === 'consent');
    auth.waiting_.push(task);
  },

  // The page asked by itself, so the visitor needs no error event.
  refuse(auth, task: Task) {
    task.reject_(failure(auth, 'cancelled'));
  },

  // Cancel what waits, except a logout: the visitor asked for it, so it is always sent.
  clear(auth) {
    cancelWaiting(auth, () => true);
  },

  giveUp(auth) {
    const task = auth.task_!;
    auth.task_ = null;
    task.control_.abort();
    fail(auth, task, failure(auth, 'cancelled'));
    ACTIONS.clear(auth, null);
  },

  land(auth, { task_: task, answer_: answer }) {
    auth.task_ = null;
    if (isOvertaken(auth, task)) return undoLogin(auth, task, answer);
    try {
      task.resolve_(finishLogin(auth, task, answer));
      if (task.isByVisitor_) noteLogin(auth, task);
    } catch (error) {
      fail(auth, task, error as TTMinisAuthError);
    }
  },

  end(auth, { task_: task }) {
    auth.task_ = null;
    noteLogoutConfirmed(auth);
    if (!isTokenMode(auth)) {
      logOutPage(auth, task.isByVisitor_);
      // The visitor has logged in on another tab meanwhile. This logout ended that session too.
      if (!isLoggedOut(auth)) queueSilentLogin(auth);
    }
    task.resolve_({} as TaskResult);
  },

  fail(auth, { task_: task, error_: error }: TaskFailure) {
    auth.task_ = null;
    const pending = task.pendingSession_;
    if (isTokenMode(auth) && pending) {
      replaceSession(auth, pending.isAnonymous_ ? ANONYMOUS : auth.session_, pending.tokens_);
    }
    // The visitor asked to log in, and is logged in after the step that remains.
    const isPending = error.code === 'pending' && task.isByVisitor_;
    if (isPending && !isOvertaken(auth, task)) noteLogin(auth, task);
    fail(auth, task, error);
  },

  // Another page has logged out: its script or the server's cookie says so.
  forget(auth) {
    markLogoutKnown(auth);
    if (!auth.session_.userId && !auth.tokens_.session) return;
    if (isTokenMode(auth)) settled(endTokenSession(auth, auth.tokens_));
    logOutPage(auth, true);
  },
};

function logOutPage(auth: Auth, alwaysEmit: boolean): void {
  const wasLoggedIn = auth.session_.userId;
  replaceSession(auth, ANONYMOUS, NO_TOKENS);
  if (wasLoggedIn || alwaysEmit) emit(auth, 'logout', {});
}

function joinTask(first: Task, task: Task): void {
  // The visitor has pressed meanwhile, so the silent login counts as the visitor's own.
  if (task.isByVisitor_) {
    first.isByVisitor_ = true;
    first.wish_ = task.wish_;
    first.logoutMark_ = task.logoutMark_;
  }
  task.resolve_(first.promise_);
}

function queueSilentLogin(auth: Auth): void {
  const task = newTask(auth, 'ask', 'login', false);
  settled(task.promise_);
  auth.waiting_.push(task);
}

function cancelWaiting(auth: Auth, isMeant: (task: Task) => boolean): void {
  auth.waiting_.splice(0).forEach((task) => {
    if (task.event_ === 'leave' || !isMeant(task)) auth.waiting_.push(task);
    else fail(auth, task, failure(auth, 'cancelled'));
  });
}

/** End the session of a login that the visitor's logout came before. */
function undoLogin(auth: Auth, task: Task, answer: LoginAnswer): void {
  const tokens = answer.tokens_;
  fail(auth, task, failure(auth, 'cancelled'));
  // The logout also cancels the tasks that were waiting when it came.
  cancelWaiting(auth, (each) => isOvertaken(auth, each));
  let leaving = auth.waiting_.find((each) => each.event_ === 'leave');
  // The visitor has asked to log in again on another tab. That login takes the session over.
  if (!leaving && !tokens && isLoginWantedAgain(auth, task)) return;
  if (!leaving) auth.waiting_.unshift((leaving = newTask(auth, 'leave', 'logout', false)));
  leaving.tokens_ = tokens;
  noteUnconfirmedLogout(auth);
  settled(leaving.promise_);
}

function fail(auth: Auth, task: Task, error: TTMinisAuthError): void {
  task.reject_(error);
  if (task.event_ === 'leave') return;
  const { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage } = error;
  const facts = { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage };
  const detail: any = { ...facts, process: task.process_, silent: !task.isByVisitor_ };
  saveSession(auth, { ...auth.session_, error: detail }, auth.tokens_);
  emit(auth, 'error', detail);
}
