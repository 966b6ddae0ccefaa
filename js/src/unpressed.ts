/**
 * Logins that nobody pressed: at the start of a page, when it shows again, after a 401.
 *
 * They have a budget. An SDK that says "shown" after each login, or a server whose sessions
 * never last, would otherwise keep every page of the site logging in without an end.
 */

import type { Auth, Landing } from './auth';
import type { TTMinisAuthError } from './errors';
import { isStored } from './storage';
import { look, newTask, want } from './tasks';
import { newcomerKey } from './tokens';
import { isOut } from './wish';

/** So many at once, and then one in this time. */
export const BURST = 4;
const REFILL_MS = 30000;
// How often a silent login is put off, and by how much a server may ask for at most.
const DELAYS = 3;
const LONGEST_DELAY_S = 60;

/** Take one login from the budget; return 0, or for how long there is none. */
export function spend(auth: Auth): number {
  const now = performance.now();
  const left = auth.unpressedLeft_ + (now - auth.unpressedAt_) / REFILL_MS;
  auth.unpressedAt_ = now;
  auth.unpressedLeft_ = Math.min(BURST, left);
  if (auth.unpressedLeft_ < 1) return (1 - auth.unpressedLeft_) * REFILL_MS;
  auth.unpressedLeft_ -= 1;
  return 0;
}

export function go(url: string): void {
  const target = new URL(url, location.href);
  if (/^https?:$/.test(target.protocol)) location.assign(target.href);
}

export async function logInSilently(auth: Auth): Promise<Landing> {
  const landing = await want(auth, newTask(auth, 'ask', 'login', false));
  const { detail_: detail, next_: next } = landing;
  // Only where the server found `next` safe does it come back. Without storage, the next page
  // would not know that a login sent the person there, nor its token, and log in and go on
  // again.
  if (next && detail.changed && isStored('sessionStorage', newcomerKey(auth))) go(next);
  return landing;
}

/** Log in if the page does so by itself; resolve when that is over, whatever it came to. */
export async function logInUnpressed(auth: Auth): Promise<void> {
  look(auth);
  // TikTok's consent dialog may send the page away and back; its answer tells as much.
  const isIdle = !auth.task_;
  if (!auth.config_.silent || isOut(auth) || auth.state_ === 'consenting') return;
  if (auth.delayedIn_ === auth.epoch_ || auth.isUnpressedDue_) return;
  const wait = isIdle ? spend(auth) : 0;
  if (!wait) return logInSilently(auth).then(() => undefined, (error) => comeBackLater(auth, error));
  auth.isUnpressedDue_ = true;
  setTimeout(() => {
    auth.isUnpressedDue_ = false;
    logInUnpressed(auth);
  }, wait * (1 + Math.random()));
}

// The server turned many pages away in the same moment and told each the same time. If all
// came back then, it would turn them away again: so each adds a random part, which grows.
function comeBackLater(auth: Auth, { retryAfter }: TTMinisAuthError): void {
  if (!auth.delaysLeft_ || !(retryAfter! <= LONGEST_DELAY_S)) return;
  const spread = Math.random() * 2 ** (DELAYS - auth.delaysLeft_);
  const mine = auth.epoch_;
  auth.delaysLeft_ -= 1;
  auth.delayedIn_ = mine;
  setTimeout(() => {
    // The visitor has pressed the button meanwhile, or has logged out.
    if (mine !== auth.epoch_) return;
    auth.delayedIn_ = -1;
    logInUnpressed(auth);
  }, retryAfter! * 1000 * (1 + spread));
}
