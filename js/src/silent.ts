/**
 * Silent logins: when a page loads, when it is shown again, and after a 401.
 *
 * They have a rate limit. Without it, an SDK that reports "shown" after each login, or a server
 * whose sessions do not last, would make every page log in again and again.
 */

import type { Auth, TaskResult } from './auth';
import type { TTMinisAuthError } from './errors';
import { isStored } from './storage';
import { checkForLogout, newTask, runTask } from './tasks';
import { lastLoginKey } from './tokens';
import { isLoggedOut } from './wish';

/** How many silent logins may follow at once; then one in each interval. */
export const BURST = 4;
const REFILL_MS = 30000;
// How often a silent login is retried at the server's request, and after how long at most.
const MAX_RETRIES = 3;
const MAX_RETRY_AFTER_S = 60;

/** Count one silent login and return 0; return the milliseconds to wait if it comes too early. */
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
  const result = await runTask(auth, newTask(auth, 'ask', 'login', false));
  const { detail_: detail, next_: next } = result;
  // The server returns `next` only if it is safe. Without storage, the next page would know
  // neither this login nor its token. It would log in and redirect again.
  if (next && detail.changed && isStored('sessionStorage', lastLoginKey(auth))) goTo(next);
  return result;
}

/** Log in silently if the page does so at all. Resolve at the end, also after a failure. */
export async function logInIfSilent(auth: Auth): Promise<void> {
  checkForLogout(auth);
  // TikTok's consent dialog may hide the page and show it again. Its answer logs in as well.
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

// A busy server sends many pages the same Retry-After. If they all came back at that time, it
// would refuse them again. So each adds a random part, which grows.
function retryLater(auth: Auth, { retryAfter }: TTMinisAuthError): void {
  if (!auth.retriesLeft_ || !(retryAfter! <= MAX_RETRY_AFTER_S)) return;
  const spread = Math.random() * 2 ** (MAX_RETRIES - auth.retriesLeft_);
  const epoch = auth.epoch_;
  auth.retriesLeft_ -= 1;
  auth.retryEpoch_ = epoch;
  setTimeout(() => {
    // The visitor has logged in or out meanwhile.
    if (epoch !== auth.epoch_) return;
    auth.retryEpoch_ = -1;
    logInIfSilent(auth);
  }, retryAfter! * 1000 * (1 + spread));
}
