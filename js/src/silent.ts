/**
 * Logins that nobody pressed: at the start of a page, when it shows again, after a 401.
 *
 * They have a budget. An SDK that says "shown" after each login, or a server whose sessions
 * never last, would otherwise keep every page of the site logging in without an end.
 */

import type { Auth, TaskResult } from './auth';
import type { TTMinisAuthError } from './errors';
import { isStored } from './storage';
import { checkForLogout, newTask, runTask } from './tasks';
import { lastLoginKey } from './tokens';
import { isLoggedOut } from './wish';

/** So many at once, and then one in this time. */
export const BURST = 4;
const REFILL_MS = 30000;
// How often a silent login is put off, and by how much a server may ask for at most.
const MAX_RETRIES = 3;
const MAX_RETRY_AFTER_S = 60;

/** Take one login from the budget; return 0, or for how long there is none. */
export function rateLimit(auth: Auth): number {
  const now = performance.now();
  const left = auth.silentLoginsLeft_ + (now - auth.silentLoginsCountedAt_) / REFILL_MS;
  auth.silentLoginsCountedAt_ = now;
  auth.silentLoginsLeft_ = Math.min(BURST, left);
  if (auth.silentLoginsLeft_ < 1) return (1 - auth.silentLoginsLeft_) * REFILL_MS;
  auth.silentLoginsLeft_ -= 1;
  return 0;
}

export function goTo(url: string): void {
  const target = new URL(url, location.href);
  if (/^https?:$/.test(target.protocol)) location.assign(target.href);
}

export async function logInSilently(auth: Auth): Promise<TaskResult> {
  const landing = await runTask(auth, newTask(auth, 'ask', 'login', false));
  const { detail_: detail, next_: next } = landing;
  // Only where the server found `next` safe does it come back. Without storage, the next page
  // would not know that a login sent the person there, nor its token, and log in and go on
  // again.
  if (next && detail.changed && isStored('sessionStorage', lastLoginKey(auth))) goTo(next);
  return landing;
}

/** Log in if the page does so by itself; resolve when that is over, whatever it came to. */
export async function logInIfSilent(auth: Auth): Promise<void> {
  checkForLogout(auth);
  // TikTok's consent dialog may send the page away and back; its answer tells as much.
  const isIdle = !auth.task_;
  if (!auth.config_.silent || isLoggedOut(auth) || auth.state_ === 'consenting') return;
  if (auth.retryEpoch_ === auth.epoch_ || auth.isSilentLoginScheduled_) return;
  const wait = isIdle ? rateLimit(auth) : 0;
  if (!wait) return logInSilently(auth).then(() => undefined, (error) => retryLater(auth, error));
  auth.isSilentLoginScheduled_ = true;
  setTimeout(() => {
    auth.isSilentLoginScheduled_ = false;
    logInIfSilent(auth);
  }, wait * (1 + Math.random()));
}

// The server turned many pages away in the same moment and told each the same time. If all
// came back then, it would turn them away again: so each adds a random part, which grows.
function retryLater(auth: Auth, { retryAfter }: TTMinisAuthError): void {
  if (!auth.retriesLeft_ || !(retryAfter! <= MAX_RETRY_AFTER_S)) return;
  const spread = Math.random() * 2 ** (MAX_RETRIES - auth.retriesLeft_);
  const epoch = auth.epoch_;
  auth.retriesLeft_ -= 1;
  auth.retryEpoch_ = epoch;
  setTimeout(() => {
    // The visitor has pressed the button meanwhile, or has logged out.
    if (epoch !== auth.epoch_) return;
    auth.retryEpoch_ = -1;
    logInIfSilent(auth);
  }, retryAfter! * 1000 * (1 + spread));
}
