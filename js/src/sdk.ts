/** Ask TikTok's SDK for a code: one call at a time, one result, with a time limit. */

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
// The visitor needs time to read the consent dialog. One that is open longer is lost.
const CONSENT_TIMEOUT_MS = 300000;

export interface SdkMethod {
  readonly name_: 'login' | 'authorize';
  readonly opensDialog_?: boolean;
  call_(args: unknown[]): any;
  timeout_(auth: Auth): number;
}

// Each call is written out: TikTok's upload scan looks for this text.
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

const INITIALIZED = 'script[data-ttminis-init="done"]:not([type])';

const isFunction = (it: unknown): it is Function => typeof it === 'function';

function isSdkLoaded(): boolean {
  const sdk = ownGlobal('TTMinis');
  return Boolean(sdk) && (isFunction(sdk.init) || isFunction(sdk.login));
}

// The inline script has initialized the SDK, unless the SDK loaded later or a
// Content-Security-Policy forbade the script. TikTok does not document a second `init`, so avoid
// it. htmx and Turbo load the SDK again at each visit; the new SDK object needs its own `init`.
function initialize(auth: Auth): void {
  const isScript = (each: unknown): boolean => each instanceof HTMLScriptElement;
  const sdk = window.TTMinis;
  const isDone = auth.sdk_ ? auth.sdk_ === sdk : queryAll(INITIALIZED).some(isScript);
  auth.sdk_ = sdk;
  if (isDone || !isFunction(sdk.init)) return;
  try {
    // Written out for TikTok's upload scan.
    window.TTMinis.init({ clientKey: auth.config_.clientKey });
  } catch (error) {
    auth.sdk_ = null;
    throw sdkError(auth, LOGIN, error);
  }
}

// true, false, or undefined where an older SDK lacks canIUse.
function canIUse(path: string): boolean | undefined {
  try {
    return window.TTMinis.canIUse(path);
  } catch (error) {
    return undefined;
  }
}

/**
 * Wait for the SDK and initialize it. The time limit counts from the start of the page. So
 * outside TikTok, a visitor who presses a button a minute later gets the error at once.
 */
export async function prepareSdk(auth: Auth, method: SdkMethod): Promise<void> {
  serverAddress(auth, auth.config_.loginUrl);
  while (!isSdkLoaded()) {
    if (performance.now() - auth.startedMs_ > auth.config_.sdkTimeout) {
      throw failure(auth, 'not_in_tiktok');
    }
    await pause(POLL_MS);
  }
  initialize(auth);
  if (!isFunction(window.TTMinis[method.name_]) || canIUse(method.name_) === false) {
    throw failure(auth, 'unsupported');
  }
}

type Answer = (answer: unknown) => void;
type Settle = (outcome: SdkCode | TTMinisAuthError) => void;

// On the same day, TikTok's pages showed login(callback) and login({success, fail}), and
// authorize(callback, options) and authorize({scope, success}). Unless canIUse names the style,
// one argument serves both: a function with the options as properties. login gets no `consent`,
// because a scope would make it open a dialog.
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
    // TikTok does not document that `complete` comes last, so wait a moment for `success`.
    complete: (answer) => {
      setTimeout(() => settle(parseAnswer(auth, method, answer)), COMPLETE_GRACE_MS);
    },
  };
}

// A second call wastes the first code and may leave a call open. So make one only if the first
// call threw before it answered.
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

// Only the first answer counts.
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
 * Resolve to a code and the granted scopes; reject with `cancelled` when the task is given up.
 *
 * The next call waits for a login call that was given up, because two open calls of the SDK
 * could answer in either order. It does not wait for a consent dialog, which may be lost.
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
  // If both have settled, the race resolves. Open no dialog after a logout, or at "back".
  if (signal.aborted) throw failure(auth, 'cancelled');
  task.openedAt_ = performance.now();
  const answer = callWithTimeout(auth, method, task.consent_);
  const either = Promise.race([answer, isGivenUp]);
  auth.sdkIdle_ = settled(method.opensDialog_ ? either : answer);
  return either;
}
