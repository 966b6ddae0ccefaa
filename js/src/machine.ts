/**
 * The one machine that decides who is in and what may happen next.
 *
 * `TABLE` says for each state what an event does: the next state, then the actions in their
 * order. An event that a state does not name changes nothing.
 * docs/reference/script.rst prints the table.
 */

import type { Auth, Task } from './auth';

export type State =
  /** Nothing is under way. */
  | 'idle'
  /** TikTok's SDK was asked for a code. */
  | 'asking'
  /** TikTok's consent dialog is open. */
  | 'consenting'
  /** A code is on its way to the server. */
  | 'sending'
  /** The server was told to end the session. */
  | 'leaving';

/** What the page (ask) or the visitor wants. */
export type WishEvent = 'ask' | 'press' | 'consent' | 'leave';

/** What happens meanwhile. `hide`: the page is left. `logout`: one elsewhere became known. */
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

/** Let an event happen; then begin what waits, if nothing is under way any more. */
export function dispatch(auth: Auth, event: EventName, data?: unknown): void {
  const reaction = TABLE[auth.state_][event];
  if (!reaction) return;
  const [next, ...actions] = reaction;
  auth.state_ = next;
  actions.forEach((action) => auth.actions_[action](auth, data));
  const task: Task | undefined = auth.state_ === 'idle' ? auth.waiting_.shift() : undefined;
  if (task) dispatch(auth, task.event_, task);
}
