/** Understand what TikTok's SDK answers, in every shape that was documented or seen. */

import type { Auth } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { get } from './read';
import type { SdkMethod } from './sdk';

export interface SdkCode {
  code_: string;
  grantedScopes_?: string[];
}

// Code and scopes stand at the top or under authResponse, by the age of TikTok's page.
const fieldOf = (answer: unknown, key: string): unknown =>
  get(answer, key) || get(get(answer, 'authResponse'), key);

function codeOf(answer: unknown): string {
  const found = fieldOf(answer, 'code');
  return typeof found === 'string' ? found : '';
}

// For display only: what counts is what TikTok tells the server.
function grantedScopesOf(answer: unknown): string[] | undefined {
  const found = fieldOf(answer, 'grantedScopes');
  return found
    ? String(found)
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean)
    : undefined;
}

const ERROR_CODES = ['error_code', 'errorCode', 'code'];
const ERROR_TEXTS = ['error_msg', 'errorMsg', 'errMsg', 'message'];

/**
 * Return the error of an answer that is none. It stands under `error` or is the answer itself;
 * its number is a number on one of TikTok's pages, a string on another, and has two names.
 *
 * What is found here reaches the page's scripts, and some send it to a service. An answer of a
 * new shape could hold the one-time code in these places. A code is longer than the number of
 * an error, and has no blank, as a sentence has.
 */
export function sdkError(auth: Auth, method: SdkMethod, answer: unknown): TTMinisAuthError {
  const error = get(answer, 'error') || answer || {};
  const bare = typeof error === 'object' ? undefined : error;
  const numbers = [...ERROR_CODES.map((key) => get(error, key)), bare];
  const number = numbers.find((each) => /^-?\d{1,9}$/.test(String(each)));
  const sdkCode = number === undefined ? null : String(number);
  const texts = ERROR_TEXTS.map((key) => get(error, key));
  const sentence = / /.test(String(bare)) ? bare : '';
  const sdkMessage = String(texts.find(Boolean) || sentence);
  const isDeclined = method.opensDialog_ && isNull(answer) && !bare && !sdkCode && !sdkMessage;
  return failure(auth, isDeclined ? 'cancelled' : errorCodeOf(sdkCode), { sdkCode, sdkMessage });
}

// How TikTok's pages (minis-sdk-login) write "no code for you" where they name no error.
const isNull = (answer: unknown): boolean =>
  get(answer, 'authResponse') === null || get(answer, 'code') === null;

// 102102: terms or privacy address missing in TikTok's portal (tiktok-minis-silent-login).
// A last part of 601 means "cancelled" in TikTok's payment codes; for login and authorize
// that is a guess, and a harmless one: it only chooses the text.
function errorCodeOf(sdkCode: string | null): string {
  if (sdkCode === '102102') return 'portal_misconfigured';
  return /^\d{3}601$/.test(sdkCode || '') ? 'cancelled' : 'sdk_failed';
}

export function parseAnswer(auth: Auth, method: SdkMethod, answer: unknown): SdkCode | TTMinisAuthError {
  if (!codeOf(answer) || get(answer, 'error')) return sdkError(auth, method, answer);
  return { code_: codeOf(answer), grantedScopes_: grantedScopesOf(answer) };
}

/** Judge an answer that may also be the bare code. */
export const parseCodeOrAnswer = (auth: Auth, method: SdkMethod, answer: unknown): SdkCode | TTMinisAuthError =>
  answer && typeof answer === 'string' ? { code_: answer } : parseAnswer(auth, method, answer);

const ANSWER_KEYS = ['error', 'error_code', 'errorCode', 'authResponse'];

/** Say whether it is an answer: wrappers often return a promise that only means "sent". */
export function isAnswer(answer: unknown): boolean {
  if (!answer || typeof answer === 'string') return Boolean(answer);
  const told = ANSWER_KEYS.some((key) => get(answer, key) !== undefined);
  return told || Boolean(codeOf(answer)) || isNull(answer);
}
