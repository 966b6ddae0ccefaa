/** Parse the answers of TikTok's SDK, in every shape that was documented or seen. */

import type { Auth } from './auth';
import { failure, type TTMinisAuthError } from './errors';
import { get } from './read';
import type { SdkMethod } from './sdk';

export interface SdkCode {
  code_: string;
  grantedScopes_?: string[];
}

// TikTok's pages differ: code and scopes are at the top of the answer, or under authResponse.
const fieldOf = (answer: unknown, key: string): unknown =>
  get(answer, key) || get(get(answer, 'authResponse'), key);

function codeOf(answer: unknown): string {
  const found = fieldOf(answer, 'code');
  return typeof found === 'string' ? found : '';
}

// For display only. The scopes that count are those that TikTok sends to the server.
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
 * Return the error that an answer without a code stands for. It is under `error`, or the answer
 * itself. One of TikTok's pages has its number as a number, another as a string, and it has two
 * names.
 *
 * The page's scripts get this error, and some send it to an error tracker. An answer of a new
 * shape could hold the one-time code in these places. So take only a short number, or a text
 * with a blank: a code is neither.
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

// How TikTok's pages (minis-sdk-login) show an answer with neither a code nor an error.
const isNull = (answer: unknown): boolean =>
  get(answer, 'authResponse') === null || get(answer, 'code') === null;

// 102102: terms or privacy address missing in TikTok's portal (tiktok-minis-silent-login).
// TikTok's payment codes that end in 601 mean "cancelled". For login and authorize that is a
// guess. A wrong guess shows the wrong text and does no more harm.
function errorCodeOf(sdkCode: string | null): string {
  if (sdkCode === '102102') return 'portal_misconfigured';
  return /^\d{3}601$/.test(sdkCode || '') ? 'cancelled' : 'sdk_failed';
}

export function parseAnswer(
  auth: Auth,
  method: SdkMethod,
  answer: unknown,
): SdkCode | TTMinisAuthError {
  if (!codeOf(answer) || get(answer, 'error')) return sdkError(auth, method, answer);
  return { code_: codeOf(answer), grantedScopes_: grantedScopesOf(answer) };
}

/** Parse an answer that may also be the bare code. */
export const parseCodeOrAnswer = (
  auth: Auth,
  method: SdkMethod,
  answer: unknown,
): SdkCode | TTMinisAuthError =>
  answer && typeof answer === 'string' ? { code_: answer } : parseAnswer(auth, method, answer);

const ANSWER_KEYS = ['error', 'error_code', 'errorCode', 'authResponse'];

/** Say whether a value is an answer. Wrappers often return a promise that only means "sent". */
export function isAnswer(answer: unknown): boolean {
  if (!answer || typeof answer === 'string') return Boolean(answer);
  const hasKey = ANSWER_KEYS.some((key) => get(answer, key) !== undefined);
  return hasKey || Boolean(codeOf(answer)) || isNull(answer);
}
