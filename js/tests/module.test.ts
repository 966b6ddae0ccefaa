/** The ES module. Node imports it without a page, because importing it starts nothing. */

import { expect, it } from 'vitest';

// @ts-expect-error The built file has its types beside it under another name.
import { createTTMinisAuth } from '../../ttminis_auth/static/ttminis_auth/ttminis-auth.esm.js';
import { MESSAGES } from '../src/messages';
import { withDefaults } from '../src/schema';

const WRONG: [object | undefined, string][] = [
  [undefined, 'missing "clientKey"'],
  [{}, 'missing "clientKey"'],
  [{ clientkey: 'mn1' }, 'unknown key "clientkey"'],
  [{ clientKey: 7 }, 'wrong value of "clientKey"'],
  [{ clientKey: 'mn1', sdkTimeout: '10' }, 'wrong value of "sdkTimeout"'],
  [{ clientKey: 'mn1', messages: null }, 'wrong value of "messages"'],
  [{ clientKey: 'mn1', mode: 'hosted' }, 'wrong value of "mode"'],
  [{ clientKey: 'mn1', callStyle: 'promise' }, 'wrong value of "callStyle"'],
  [{ clientKey: 'mn1', next: 7 }, 'wrong value of "next"'],
  [{ clientKey: 'mn1', mode: 'token' }, 'no address in "apiBase"'],
  [{ clientKey: 'mn1', apiBase: 'api.example' }, 'no address in "apiBase"'],
  [{ clientKey: 'mn1', toString: 'x' }, 'unknown key "toString"'],
];

it.each(WRONG)('the configuration %j throws an error that names the key', (config, message) => {
  expect(() => createTTMinisAuth(config)).toThrow(`createTTMinisAuth: ${message}`);
});

it('an option that is missing has a default', () => {
  const whole = withDefaults({ clientKey: 'mn1', apiBase: 'https://api.example/', next: undefined });
  expect(whole).toMatchObject({
    mode: 'token',
    apiBase: 'https://api.example',
    loginUrl: 'https://api.example/accounts/ttminis/app/code/',
    logoutUrl: 'https://api.example/_allauth/app/v1/auth/session',
    silent: true,
    next: null,
    sdkTimeout: 10000,
    tokenScheme: 'Bearer',
  });
});

it('the module has English messages for the errors of the page', () => {
  expect(MESSAGES.not_in_tiktok).toContain('TikTok');
  expect(MESSAGES.cancelled).toBe('');
});
