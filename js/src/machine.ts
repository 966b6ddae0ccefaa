/**
 * The state machine of login and logout.
 *
 * `TABLE` lists for each state and event the next state, then the actions in their order. An
 * event that a state does not list changes nothing.
 * docs/reference/script.rst prints the table.
 */

import type { Auth, Task } from './auth';

export type State =
  /** No task runs. */
  | 'idle'
  /** TikTok's SDK has been asked for a code. */
  | 'asking'
  /** TikTok's consent dialog is open. */
  | 'consenting'
  /** The server has been sent a code. */
  | 'sending'
  /** The server has been asked to end the session. */
  | 'leaving';

/** Requests of the page (ask) or of the visitor. */
export type WishEvent = 'ask' | 'press' | 'consent' | 'leave';

/** `hide`: the visitor leaves the page. `logout`: another page has logged out. */
export type EventName =
  | WishEvent
  | 'code'
  | 'again'
  | 'answer'
  | 'failure'
  | 'hide'
  | 'logout';

export type ActionName =
  | 'start'
  | 'join'
  | 'joinOrWait'
  | 'joinOrReplace'
  | 'wait'
  | 'refuse'
  | 'clear'
  | 'giveUp'
  | 'land'
  | 'end'
  | 'fail'
  | 'forget';

type Reaction = readonly [State, ...ActionName[]];

export const TABLE: Record<State, Partial<Record<EventName, Reaction>>> = {
  idle: {
    ask: ['asking', 'start'],
    press: ['asking', 'start'],
    consent: ['consenting', 'start'],
    leave: ['leaving', 'start'],
    logout: ['idle', 'forget'],
  },
  asking: {
    ask: ['asking', 'join'],
    press: ['asking', 'joinOrWait'],
    consent: ['asking', 'wait'],
    leave: ['leaving', 'giveUp', 'start'],
    code: ['sending'],
    again: ['asking'],
    failure: ['idle', 'fail'],
    hide: ['idle', 'giveUp'],
    logout: ['idle', 'giveUp', 'forget'],
  },
  consenting: {
    ask: ['consenting', 'refuse'],
    press: ['asking', 'giveUp', 'start'],
    consent: ['consenting', 'joinOrReplace'],
    leave: ['leaving', 'giveUp', 'start'],
    code: ['sending'],
    failure: ['idle', 'fail'],
    hide: ['idle', 'giveUp'],
    logout: ['idle', 'giveUp', 'forget'],
  },
  sending: {
    ask: ['sending', 'join'],
    press: ['sending', 'joinOrWait'],
    consent: ['sending', 'joinOrWait'],
    leave: ['sending', 'clear', 'wait'],
    again: ['asking'],
    answer: ['idle', 'land'],
    failure: ['idle', 'fail'],
    hide: ['idle', 'giveUp'],
    logout: ['sending', 'clear', 'forget'],
  },
  leaving: {
    ask: ['leaving', 'refuse'],
    press: ['leaving', 'wait'],
    consent: ['leaving', 'wait'],
    leave: ['leaving', 'clear', 'join'],
    answer: ['idle', 'end'],
    failure: ['idle', 'fail'],
    hide: ['leaving', 'clear'],
  },
};

/** Run the actions of an event; then start the next waiting task if none runs. */
export function dispatch(auth: Auth, event: EventName, data?: unknown): void {
  const reaction = TABLE[auth.state_][event];
  if (!reaction) return;
  const [next, ...actions] = reaction;
  auth.state_ = next;
  actions.forEach((action) => auth.actions_[action](auth, data));
  const task: Task | undefined = auth.state_ === 'idle' ? auth.waiting_.shift() : undefined;
  if (task) dispatch(auth, task.event_, task);
}
