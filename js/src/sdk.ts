/** Ask TikTok's SDK for a code: one call at a time, settled once, within a time limit. */

import { parseCodeOrAnswer, parseAnswer, sdkError, isAnswer, type SdkCode } from './answers';
import type { Auth, Task, ConsentOptions } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { ownGlobal, pause, queryAll, settled } from './read';
import { serverAddress } from './server';

declare global {
  interface Window {
    TTMinis: any;
  }
}

const POLL_MS = 50;
const COMPLETE_GRACE_MS = 300;
// A person reads the consent dialog; only one that is lost takes longer than this.
const CONSENT_TIMEOUT_MS = 300000;

export interface SdkMethod {
  readonly name_: 'login' | 'authorize';
  readonly opensDialog_?: boolean;
  call_(args: unknown[]): any;
  timeout_(auth: Auth): number;
}

// Each call has to stand here literally: TikTok's upload scan looks for the text.
export const LOGIN: SdkMethod = {
  name_: 'login',
  call_: (args) => window.TTMinis.login(...args),
  timeout_: (auth) => auth.config_.sdkTimeout,
};
export const AUTHORIZE: SdkMethod = {
  name_: 'authorize',
  opensDialog_: true,
  call_: (args) => window.TTMinis.authorize(...args),
  timeout_: () => CONSENT_TIMEOUT_MS,
};

const INITIALISED = 'script[data-ttminis-init="done"]:not([type])';

const isFunction = (it: unknown): it is Function => typeof it === 'function';

function isSdkLoaded(): boolean {
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
    throw sdkError(auth, LOGIN, error);
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
export async function prepareSdk(auth: Auth, method: SdkMethod): Promise<void> {
  serverAddress(auth, auth.config_.loginUrl);
  while (!isSdkLoaded()) {
    if (performance.now() - auth.startedMs_ > auth.config_.sdkTimeout) {
      throw failure(auth, 'not_in_tiktok');
    }
    await pause(POLL_MS);
  }
  initialise(auth);
  if (!isFunction(window.TTMinis[method.name_]) || canIUse(method.name_) === false) {
    throw failure(auth, 'unsupported');
  }
}

type Answer = (answer: unknown) => void;
type Settle = (outcome: SdkCode | TTMinisAuthError) => void;

// TikTok's pages of one single day show login(callback) and login({success, fail}), and
// authorize(callback, options) beside authorize({scope, success}). Unless canIUse knows,
// one argument serves both: a function that carries the options. `wishes` are the options
// of authorize; login gets none, because with a scope it would open a dialog as well.
function argumentsOf(
  { config_: { callStyle } }: Auth,
  method: SdkMethod,
  callback: Answer,
  handlers: Record<string, Answer>,
  consent?: ConsentOptions,
): unknown[][] {
  const options = { ...handlers, ...consent };
  const rest = consent ? [consent] : [];
  if (callStyle === 'options') return [[options]];
  if (callStyle === 'callback') return [[callback, ...rest]];
  const signs = ['.success.code', '.object.success', '.object.scope'];
  if (signs.some((sign) => canIUse(method.name_ + sign) === true)) {
    return [[options], [callback, ...rest]];
  }
  return [[Object.assign((answer: unknown) => callback(answer), options), ...rest], [options]];
}

function handlersOf(auth: Auth, method: SdkMethod, settle: Settle): Record<string, Answer> {
  return {
    success: (answer) => settle(parseCodeOrAnswer(auth, method, answer)),
    fail: (answer) => settle(sdkError(auth, method, answer)),
    // Nothing says that `complete` comes last, so success gets a moment more.
    complete: (answer) => {
      setTimeout(() => settle(parseAnswer(auth, method, answer)), COMPLETE_GRACE_MS);
    },
  };
}

// A second call wastes the first code and may leave a call open, so there is none unless
// the first one threw before it could answer.
function callSdk(
  auth: Auth,
  method: SdkMethod,
  attempts: unknown[][],
  settle: Settle,
  isSettled: () => boolean,
): void {
  const args = attempts.shift();
  try {
    const returned = method.call_(args!);
    if (returned && isFunction(returned.then)) {
      returned.then(
        (answer: unknown) => isAnswer(answer) && settle(parseCodeOrAnswer(auth, method, answer)),
        (error: unknown) => settle(sdkError(auth, method, error)),
      );
    }
  } catch (error) {
    if (attempts.length && !isSettled()) callSdk(auth, method, attempts, settle, isSettled);
    else settle(sdkError(auth, method, error));
  }
}

// Whatever follows the first answer is ignored.
function callWithTimeout(auth: Auth, method: SdkMethod, consent?: ConsentOptions): Promise<SdkCode> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const settle: Settle = (outcome) => {
      isOver = true;
      clearTimeout(timer);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => settle(failure(auth, 'sdk_timeout')), method.timeout_(auth));
    const callback: Answer = (answer) => settle(parseAnswer(auth, method, answer));
    const attempts = argumentsOf(auth, method, callback, handlersOf(auth, method, settle), consent);
    callSdk(auth, method, attempts, settle, () => isOver);
  });
}

/**
 * Resolve to a code and what came with it; reject with `cancelled` when the task is given up.
 *
 * A login that was given up is waited for all the same, because two open calls of the SDK
 * could answer in either order. A consent dialog may be lost, and is not.
 */
export async function requestCode(auth: Auth, method: SdkMethod, task: Task): Promise<SdkCode> {
  const { signal } = task.control_;
  const isGivenUp = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(failure(auth, 'cancelled'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp);
  });
  settled(isGivenUp);
  await Promise.race([auth.sdkIdle_, isGivenUp]);
  // Of two that have settled, the race takes the first. No dialog after a logout, nor at "back".
  if (signal.aborted) throw failure(auth, 'cancelled');
  task.openedAt_ = performance.now();
  const answer = callWithTimeout(auth, method, task.consent_);
  const either = Promise.race([answer, isGivenUp]);
  auth.sdkIdle_ = settled(method.opensDialog_ ? either : answer);
  return either;
}
