/** What the visitor or the page's scripts ask for: login, connect, consent, logout. */

import type { Auth, TaskResult } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { get } from './read';
import { newTask, runTask } from './tasks';
import type { AuthorizeDetail, AuthorizeOptions, LoginDetail } from './types';
import { BURST, goTo } from './silent';
import { noteLogoutWish } from './wish';

const DEFAULT_SCOPE = 'user.info.basic';
export const MAX_RELOGINS = 3;

// After a press that succeeds, silent logins have their full rate limit again.
async function resetLimits(auth: Auth, task: Promise<TaskResult>): Promise<TaskResult> {
  const result = await task;
  auth.reloginsLeft_ = MAX_RELOGINS;
  auth.silentLoginsLeft_ = BURST;
  return result;
}

export async function logIn(auth: Auth, process: string): Promise<LoginDetail> {
  await auth.started_;
  try {
    const result = await resetLimits(auth, runTask(auth, newTask(auth, 'press', process, true)));
    if (result.next_) goTo(result.next_);
    return result.detail_;
  } catch (error) {
    const step = (error as TTMinisAuthError).flows?.[0];
    if (step?.url && auth.config_.next) goTo(step.url);
    throw error;
  }
}

/** Open TikTok's consent dialog, so call it from a press only. It never navigates. */
export async function authorize(auth: Auth, options?: AuthorizeOptions): Promise<AuthorizeDetail> {
  const consent = {
    scope: String(get(options, 'scope') || DEFAULT_SCOPE),
    returnScopes: Boolean(get(options, 'returnScopes')),
  };
  await auth.started_;
  const task = newTask(auth, 'consent', 'authorize', true, consent);
  return (await resetLimits(auth, runTask(auth, task))).detail_;
}

/** Note the logout at once, then end the session. A login under way is given up or undone. */
export async function logout(auth: Auth): Promise<void> {
  await auth.started_;
  if (!auth.isConfigured_) throw failure(auth, 'not_configured');
  noteLogoutWish(auth);
  await runTask(auth, newTask(auth, 'leave', 'logout', true));
}
