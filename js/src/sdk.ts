/** Ask TikTok's SDK for a code: one call at a time, settled once, within a time limit. */

import { bareOrJudge, judge, refused, saysSomething, type Grant } from './answers';
import type { Auth, Task, Wishes } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { ownGlobal, pause, queryAll, settled } from './read';
import { ourAddress } from './server';

declare global {
  interface Window {
    TTMinis: any;
  }
}

const POLL_MS = 50;
const COMPLETE_GRACE_MS = 300;
// A person reads the consent dialog; only one that is lost takes longer than this.
const CONSENT_TIMEOUT_MS = 300000;

export interface Api {
  readonly name_: 'login' | 'authorize';
  readonly asksThePerson_?: boolean;
  call_(form: unknown[]): any;
  timeout_(auth: Auth): number;
}

// Each call has to stand here literally: TikTok's upload scan looks for the text.
export const LOGIN: Api = {
  name_: 'login',
  call_: (form) => window.TTMinis.login(...form),
  timeout_: (auth) => auth.config_.sdkTimeout,
};
export const AUTHORIZE: Api = {
  name_: 'authorize',
  asksThePerson_: true,
  call_: (form) => window.TTMinis.authorize(...form),
  timeout_: () => CONSENT_TIMEOUT_MS,
};

const INITIALISED = 'script[data-ttminis-init="done"]:not([type])';

const isFunction = (it: unknown): it is Function => typeof it === 'function';

function sdkIsThere(): boolean {
  const sdk = ownGlobal('TTMinis');
  return Boolean(sdk) && (isFunction(sdk.init) || isFunction(sdk.login));
}

// The inline script has done this already unless the SDK came after it, or a
// Content-Security-Policy forbade it. Twice is not documented to be harmless; but htmx and
// Turbo run the scripts of a body again at each visit, and then there is another SDK.
function initialise(auth: Auth): void {
  const isScript = (each: unknown): boolean => each instanceof HTMLScriptElement;
  const sdk = window.TTMinis;
  const isDone = auth.sdk_ ? auth.sdk_ === sdk : queryAll(INITIALISED).some(isScript);
  auth.sdk_ = sdk;
  if (isDone || !isFunction(sdk.init)) return;
  try {
    // In these words: TikTok's upload scan looks for them.
    window.TTMinis.init({ clientKey: auth.config_.clientKey });
  } catch (error) {
    auth.sdk_ = null;
    throw refused(auth, LOGIN, error);
  }
}

// true, false, or undefined: older SDKs lack canIUse, which proves nothing.
function canIUse(path: string): boolean | undefined {
  try {
    return window.TTMinis.canIUse(path);
  } catch (error) {
    return undefined;
  }
}

/**
 * Wait for the SDK and initialise it. The wait counts from the start of the page: who presses
 * the button a minute later, outside TikTok, gets the answer at once.
 */
export async function prepareSdk(auth: Auth, api: Api): Promise<void> {
  ourAddress(auth, auth.config_.loginUrl);
  while (!sdkIsThere()) {
    if (performance.now() - auth.born_ > auth.config_.sdkTimeout) {
      throw failure(auth, 'not_in_tiktok');
    }
    await pause(POLL_MS);
  }
  initialise(auth);
  if (!isFunction(window.TTMinis[api.name_]) || canIUse(api.name_) === false) {
    throw failure(auth, 'unsupported');
  }
}

type Answer = (answer: unknown) => void;
type Settle = (outcome: Grant | TTMinisAuthError) => void;

// TikTok's pages of one single day show login(callback) and login({success, fail}), and
// authorize(callback, options) beside authorize({scope, success}). Unless canIUse knows,
// one argument serves both: a function that carries the options. `wishes` are the options
// of authorize; login gets none, because with a scope it would open a dialog as well.
function callForms(
  { config_: { callStyle } }: Auth,
  api: Api,
  callback: Answer,
  handlers: Record<string, Answer>,
  wishes?: Wishes,
): unknown[][] {
  const options = { ...handlers, ...wishes };
  const rest = wishes ? [wishes] : [];
  if (callStyle === 'options') return [[options]];
  if (callStyle === 'callback') return [[callback, ...rest]];
  const signs = ['.success.code', '.object.success', '.object.scope'];
  if (signs.some((sign) => canIUse(api.name_ + sign) === true)) {
    return [[options], [callback, ...rest]];
  }
  return [[Object.assign((answer: unknown) => callback(answer), options), ...rest], [options]];
}

function handlersOf(auth: Auth, api: Api, settle: Settle): Record<string, Answer> {
  return {
    success: (answer) => settle(bareOrJudge(auth, api, answer)),
    fail: (answer) => settle(refused(auth, api, answer)),
    // Nothing says that `complete` comes last, so success gets a moment more.
    complete: (answer) => {
      setTimeout(() => settle(judge(auth, api, answer)), COMPLETE_GRACE_MS);
    },
  };
}

// A second call wastes the first code and may leave a call open, so there is none unless
// the first one threw before it could answer.
function callSdk(
  auth: Auth,
  api: Api,
  forms: unknown[][],
  settle: Settle,
  isSettled: () => boolean,
): void {
  const form = forms.shift();
  try {
    const returned = api.call_(form!);
    if (returned && isFunction(returned.then)) {
      returned.then(
        (answer: unknown) => saysSomething(answer) && settle(bareOrJudge(auth, api, answer)),
        (error: unknown) => settle(refused(auth, api, error)),
      );
    }
  } catch (error) {
    if (forms.length && !isSettled()) callSdk(auth, api, forms, settle, isSettled);
    else settle(refused(auth, api, error));
  }
}

// Whatever follows the first answer is ignored.
function answerOf(auth: Auth, api: Api, wishes?: Wishes): Promise<Grant> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const settle: Settle = (outcome) => {
      isOver = true;
      clearTimeout(timer);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => settle(failure(auth, 'sdk_timeout')), api.timeout_(auth));
    const callback: Answer = (answer) => settle(judge(auth, api, answer));
    const forms = callForms(auth, api, callback, handlersOf(auth, api, settle), wishes);
    callSdk(auth, api, forms, settle, () => isOver);
  });
}

/**
 * Resolve to a code and what came with it; reject with `cancelled` when the task is given up.
 *
 * A login that was given up is waited for all the same, because two open calls of the SDK
 * could answer in either order. A consent dialog may be lost, and is not.
 */
export async function askSdk(auth: Auth, api: Api, task: Task): Promise<Grant> {
  const { signal } = task.control_;
  const isGivenUp = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(failure(auth, 'cancelled'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
  });
  settled(isGivenUp);
  await Promise.race([auth.sdkOver_, isGivenUp]);
  // Of two that have settled, the race takes the first. No dialog after a logout, nor at "back".
  if (signal.aborted) throw failure(auth, 'cancelled');
  task.openSince_ = performance.now();
  const answer = answerOf(auth, api, task.wishes_);
  const either = Promise.race([answer, isGivenUp]);
  auth.sdkOver_ = settled(api.asksThePerson_ ? either : answer);
  return either;
}
