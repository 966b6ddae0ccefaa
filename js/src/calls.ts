/** What the visitor does: log in, connect, consent, log out. */

import type { Auth, TaskResult } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { get } from './read';
import { newTask, runTask } from './tasks';
import type { AuthorizeDetail, AuthorizeOptions, LoginDetail } from './types';
import { BURST, goTo } from './silent';
import { noteLogoutWish } from './wish';

const DEFAULT_SCOPE = 'user.info.basic';
export const MAX_RELOGINS = 3;

async function resetLimits(auth: Auth, landing: Promise<TaskResult>): Promise<TaskResult> {
  const landed = await landing;
  auth.reloginsLeft_ = MAX_RELOGINS;
  auth.silentLoginsLeft_ = BURST;
  return landed;
}

export async function logIn(auth: Auth, process: string): Promise<LoginDetail> {
  await auth.started_;
  try {
    const landing = await resetLimits(auth, runTask(auth, newTask(auth, 'press', process, true)));
    if (landing.next_) goTo(landing.next_);
    return landing.detail_;
  } catch (error) {
    const step = (error as TTMinisAuthError).flows?.[0];
    if (step?.url && auth.config_.next) goTo(step.url);
    throw error;
  }
}

/** Only ever by a person's act: TikTok opens a dialog. The page stays where it is. */
export async function authorize(auth: Auth, options?: AuthorizeOptions): Promise<AuthorizeDetail> {
  const consent = {
    scope: String(get(options, 'scope') || DEFAULT_SCOPE),
    returnScopes: Boolean(get(options, 'returnScopes')),
  };
  await auth.started_;
  const task = newTask(auth, 'consent', 'authorize', true, consent);
  return (await resetLimits(auth, runTask(auth, task))).detail_;
}

/** The wish counts at once; a login under way is given up, or undone when it has landed. */
export async function logout(auth: Auth): Promise<void> {
  await auth.started_;
  if (!auth.isConfigured_) throw failure(auth, 'not_configured');
  noteLogoutWish(auth);
  await runTask(auth, newTask(auth, 'leave', 'logout', true));
}
