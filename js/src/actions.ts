/** What the machine's actions do. Each is named in the table of machine.ts. */

import type { Auth, TaskResult, Task } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { emit } from './events';
import { finishLogin } from './login';
import { endTokenSession } from './logout';
import type { ActionName } from './machine';
import { settled } from './read';
import type { LoginAnswer } from './server';
import { isSameTask, newTask } from './tasks';
import { isTokenMode, NO_TOKENS } from './tokens';
import { replaceSession, saveSession, ANONYMOUS } from './session';
import { noteLogin, isLoggedOut, isOvertaken, isLoginWantedAgain, markLogoutKnown, noteUnconfirmedLogout, noteLogoutConfirmed } from './wish';

interface TaskFailure {
  task_: Task;
  error_: TTMinisAuthError;
}

export const ACTIONS: Record<ActionName, (auth: Auth, data: any) => void> = {
  start(auth, task: Task) {
    auth.task_ = task;
    // In token mode the page is out at once, whatever becomes of the request.
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
    // Not past a logout that waits already, or that was made elsewhere.
    const running = auth.task_!;
    const isBefore = auth.waiting_.length > 0 || isOvertaken(auth, running);
    const isNext = !isBefore && isSameTask(running, task);
    ACTIONS[isNext ? 'join' : 'wait'](auth, task);
  },

  // A second press shares the open dialog, unless that has been open for so long that it may
  // be lost: then there is a new one.
  joinOrReplace(auth, task: Task) {
    const running = auth.task_!;
    const isYoung = performance.now() - running.openedAt_ < auth.config_.sdkTimeout;
    if (isYoung && isSameTask(running, task)) return ACTIONS.join(auth, task);
    ACTIONS.giveUp(auth, null);
    ACTIONS.start(auth, task);
  },

  // A later wish takes the place of a consent that nobody has been asked for yet: the dialog
  // could be lost, and what waits behind it with it.
  wait(auth, task: Task) {
    const last = auth.waiting_[auth.waiting_.length - 1];
    if (last && isSameTask(last, task)) return joinTask(last, task);
    cancelWaiting(auth, (each) => each.event_ === 'consent');
    auth.waiting_.push(task);
  },

  // Nobody pressed, so nobody has to hear of it.
  refuse(auth, task: Task) {
    task.reject_(failure(auth, 'cancelled'));
  },

  // A logout that waits is sent in any case: the visitor wants it.
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

  land(auth, { task_: task, entry_: entry }) {
    auth.task_ = null;
    if (isOvertaken(auth, task)) return undoLogin(auth, task, entry);
    try {
      task.resolve_(finishLogin(auth, task, entry));
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
      // In another tab, the visitor has come in meanwhile, and this answer has ended that.
      if (!isLoggedOut(auth)) queueSilentLogin(auth);
    }
    task.resolve_({} as TaskResult);
  },

  fail(auth, { task_: task, error_: error }: TaskFailure) {
    auth.task_ = null;
    const rest = task.pendingSession_;
    if (isTokenMode(auth) && rest) replaceSession(auth, rest.isAnonymous_ ? ANONYMOUS : auth.session_, rest.tokens_);
    // The visitor has acted; after the step that remains, they are in.
    if (error.code === 'pending' && task.isByVisitor_ && !isOvertaken(auth, task)) noteLogin(auth, task);
    fail(auth, task, error);
  },

  // A logout on another page, which the server or its script told of.
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
  // The visitor has pressed meanwhile: it is the visitor's login by now.
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

/** A logout came first, and the server did not know: it has let in who is out. */
function undoLogin(auth: Auth, task: Task, entry: LoginAnswer): void {
  const tokens = entry.tokens_;
  fail(auth, task, failure(auth, 'cancelled'));
  // The same came before what had begun to wait by then.
  cancelWaiting(auth, (each) => isOvertaken(auth, each));
  let leaving = auth.waiting_.find((each) => each.event_ === 'leave');
  // In another tab, the visitor wants to be let in again: that login takes the session over.
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
