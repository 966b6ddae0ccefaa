/** What the visitor does: log in, connect, consent, log out. */

import type { Auth, Landing } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { get } from './read';
import { newTask, want } from './tasks';
import type { AuthorizeDetail, AuthorizeOptions, LoginDetail } from './types';
import { BURST, go } from './unpressed';
import { wantOut } from './wish';

const DEFAULT_SCOPE = 'user.info.basic';
export const RELOGIN_BUDGET = 3;

async function act(auth: Auth, landing: Promise<Landing>): Promise<Landing> {
  const landed = await landing;
  auth.reloginsLeft_ = RELOGIN_BUDGET;
  auth.unpressedLeft_ = BURST;
  return landed;
}

export async function logInByAct(auth: Auth, process: string): Promise<LoginDetail> {
  await auth.started_;
  try {
    const landing = await act(auth, want(auth, newTask(auth, 'press', process, true)));
    if (landing.next_) go(landing.next_);
    return landing.detail_;
  } catch (error) {
    const step = (error as TTMinisAuthError).flows?.[0];
    if (step?.url && auth.config_.next) go(step.url);
    throw error;
  }
}

/** Only ever by a person's act: TikTok opens a dialog. The page stays where it is. */
export async function authorize(auth: Auth, wanted?: AuthorizeOptions): Promise<AuthorizeDetail> {
  const wishes = {
    scope: String(get(wanted, 'scope') || DEFAULT_SCOPE),
    returnScopes: Boolean(get(wanted, 'returnScopes')),
  };
  await auth.started_;
  const task = newTask(auth, 'consent', 'authorize', true, wishes);
  return (await act(auth, want(auth, task))).detail_;
}

/** The wish counts at once; a login under way is given up, or undone when it has landed. */
export async function logout(auth: Auth): Promise<void> {
  await auth.started_;
  if (!auth.isConfigured_) throw failure(auth, 'not_configured');
  wantOut(auth);
  await want(auth, newTask(auth, 'leave', 'logout', true));
}
