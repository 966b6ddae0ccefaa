/** What the machine's actions do. Each is named in the table of machine.ts. */

import type { Auth, Landing, Task } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { emit } from './events';
import { land } from './land';
import { endTokenSession } from './leave';
import type { ActionName } from './machine';
import { settled } from './read';
import type { Entry } from './server';
import { isSame, newTask } from './tasks';
import { byToken, NO_TOKENS } from './tokens';
import { become, keep, NOBODY } from './who';
import { cameIn, isOut, isOvertaken, isWantedSince, knowLogout, noteLeaving, wentOut } from './wish';

interface Failed {
  task_: Task;
  error_: TTMinisAuthError;
}

export const ACTIONS: Record<ActionName, (auth: Auth, data: any) => void> = {
  start(auth, task: Task) {
    auth.task_ = task;
    // In token mode the page is out at once, whatever becomes of the request.
    if (task.event_ === 'leave' && byToken(auth)) {
      task.tokens_ ||= auth.tokens_;
      becomeNobody(auth, task.act_);
    }
    auth.run_(auth, task);
  },

  join(auth, task: Task) {
    follow(auth.task_!, task);
  },

  joinOrWait(auth, task: Task) {
    // Not past a logout that waits already, or that was made elsewhere.
    const running = auth.task_!;
    const isBefore = auth.waiting_.length > 0 || isOvertaken(auth, running);
    const isNext = !isBefore && isSame(running, task);
    ACTIONS[isNext ? 'join' : 'wait'](auth, task);
  },

  // A second press shares the open dialog, unless that has been open for so long that it may
  // be lost: then there is a new one.
  joinOrReplace(auth, task: Task) {
    const running = auth.task_!;
    const isYoung = performance.now() - running.openSince_ < auth.config_.sdkTimeout;
    if (isYoung && isSame(running, task)) return ACTIONS.join(auth, task);
    ACTIONS.giveUp(auth, null);
    ACTIONS.start(auth, task);
  },

  // A later wish takes the place of a consent that nobody has been asked for yet: the dialog
  // could be lost, and what waits behind it with it.
  wait(auth, task: Task) {
    const last = auth.waiting_[auth.waiting_.length - 1];
    if (last && isSame(last, task)) return follow(last, task);
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
    if (isOvertaken(auth, task)) return undo(auth, task, entry);
    try {
      task.resolve_(land(auth, task, entry));
      if (task.act_) cameIn(auth, task);
    } catch (error) {
      fail(auth, task, error as TTMinisAuthError);
    }
  },

  end(auth, { task_: task }) {
    auth.task_ = null;
    wentOut(auth);
    if (!byToken(auth)) {
      becomeNobody(auth, task.act_);
      // In another tab, the visitor has come in meanwhile, and this answer has ended that.
      if (!isOut(auth)) askAgain(auth);
    }
    task.resolve_({} as Landing);
  },

  fail(auth, { task_: task, error_: error }: Failed) {
    auth.task_ = null;
    const rest = task.rest_;
    if (byToken(auth) && rest) become(auth, rest.isNobodys_ ? NOBODY : auth.session_, rest.tokens_);
    // The visitor has acted; after the step that remains, they are in.
    if (error.code === 'pending' && task.act_ && !isOvertaken(auth, task)) cameIn(auth, task);
    fail(auth, task, error);
  },

  // A logout on another page, which the server or its script told of.
  forget(auth) {
    knowLogout(auth);
    if (!auth.session_.userId && !auth.tokens_.session) return;
    if (byToken(auth)) settled(endTokenSession(auth, auth.tokens_));
    becomeNobody(auth, true);
  },
};

function becomeNobody(auth: Auth, isTold: boolean): void {
  const wasSomebody = auth.session_.userId;
  become(auth, NOBODY, NO_TOKENS);
  if (wasSomebody || isTold) emit(auth, 'logout', {});
}

function follow(first: Task, task: Task): void {
  // The visitor has pressed meanwhile: it is the visitor's login by now.
  if (task.act_) {
    first.act_ = true;
    first.wish_ = task.wish_;
    first.mark_ = task.mark_;
  }
  task.resolve_(first.promise_);
}

function askAgain(auth: Auth): void {
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
function undo(auth: Auth, task: Task, entry: Entry): void {
  const tokens = entry.tokens_;
  fail(auth, task, failure(auth, 'cancelled'));
  // The same came before what had begun to wait by then.
  cancelWaiting(auth, (each) => isOvertaken(auth, each));
  let leaving = auth.waiting_.find((each) => each.event_ === 'leave');
  // In another tab, the visitor wants to be let in again: that login takes the session over.
  if (!leaving && !tokens && isWantedSince(auth, task)) return;
  if (!leaving) auth.waiting_.unshift((leaving = newTask(auth, 'leave', 'logout', false)));
  leaving.tokens_ = tokens;
  noteLeaving(auth);
  settled(leaving.promise_);
}

function fail(auth: Auth, task: Task, error: TTMinisAuthError): void {
  task.reject_(error);
  if (task.event_ === 'leave') return;
  const { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage } = error;
  const facts = { code, message, status, retryAfter, param, flows, sdkCode, sdkMessage };
  const detail: any = { ...facts, process: task.process_, silent: !task.act_ };
  keep(auth, { ...auth.session_, error: detail }, auth.tokens_);
  emit(auth, 'error', detail);
}
