/** Every shape of TikTok's SDK that was documented or seen, and each of its failures. */

import { describe, expect, it } from 'vitest';

import { Browser, KEY, type Page } from './world';

const WORKING = [
  'options_only',
  'options_lenient',
  'callback_only',
  'promise',
  'promise_sent',
  'late',
  'throws_late',
  'answers_twice',
  'can_i_use',
  'gated',
];
const FAILING: [string, string, number][] = [
  ['missing', 'not_in_tiktok', 0],
  ['throws', 'sdk_failed', 0],
  ['init_throws', 'sdk_failed', 0],
  ['unconfigured', 'portal_misconfigured', 1],
  ['complete_only', 'sdk_failed', 1],
  ['promise_rejects', 'sdk_failed', 1],
  ['can_not', 'unsupported', 0],
  ['no_login', 'unsupported', 0],
];
const CANCELLED = { error: { error_code: 102601, error_msg: 'user cancelled' } };

async function page(name: string, more: any = {}): Promise<Page> {
  const { method, says, ...config } = more;
  const browser = new Browser();
  const opened = browser.tab().open({
    sdkSource: { name, method, says },
    silent: method !== 'authorize',
    ...config,
  });
  if (method === 'authorize') {
    await browser.clock.pass(100);
    opened.auth.authorize({ returnScopes: config.returnScopes }).catch(() => undefined);
  }
  await browser.clock.pass(20_000);
  return opened;
}

const detail = (opened: Page, name: string): any =>
  opened.events.find((each) => each.name === name)?.detail;

describe.each(['login', 'authorize'])('TTMinis.%s', (method) => {
  it.each(WORKING)('an SDK of the kind %s returns one code after one call', async (sdk) => {
    const opened = await page(sdk, { method });
    expect(opened.names()).toEqual([method]);
    expect(opened.window.__sdkCalls).toBe(1);
    expect(opened.browser.site.requests.length).toBe(1);
  });

  it.each(FAILING)('an SDK of the kind %s fails with %s', async (sdk, code, calls) => {
    const opened = await page(sdk, { method });
    expect([opened.names(), detail(opened, 'error').code]).toEqual([['error'], code]);
    expect(opened.window.__sdkCalls).toBe(calls);
    expect(opened.browser.site.requests).toEqual([]);
  });

  it.each(['success', 'complete', 'callback'])('a code that only %s gets is sent to the server', async (to) => {
    const answer = { authResponse: { code: 'code0', grantedScopes: 'a,b' } };
    const opened = await page('says', { method, says: { to, answer } });
    expect(detail(opened, 'error').code).toBe('code_rejected');
    expect(opened.browser.site.requests[0]!.body.code).toBe('code0');
  });

  it('a bare code that success gets is sent to the server', async () => {
    const opened = await page('says', { method, says: { to: 'success', answer: 'code0' } });
    expect(opened.browser.site.requests[0]!.body.code).toBe('code0');
  });

  it.each(['options', 'callback'])('an SDK that knows only %s is called in that style', async (callStyle) => {
    const opened = await page(`${callStyle}_only`, { method, callStyle });
    expect(opened.names()).toEqual([method]);
  });

  it('an SDK is not called in another style than the configured one', async () => {
    const opened = await page('options_only', { method, callStyle: 'callback' });
    expect(detail(opened, 'error').code).toBe('sdk_failed');
    expect(opened.window.__sdkCalls).toBe(0);
  });
});

it.each(['late', 'gated', 'no_login'])('an SDK of the kind %s is initialized once', async (sdk) => {
  expect((await page(sdk)).inits).toEqual([KEY]);
});

const TIMED_OUT: [string, number][] = [
  ['login', 1],
  ['authorize', 1],
];
it.each(TIMED_OUT)('a call of TTMinis.%s that gets no answer ends in sdk_timeout', async (method, calls) => {
  const opened = await page('never_answers', { method });
  await opened.browser.clock.pass(301_000);
  expect(detail(opened, 'error').code).toBe('sdk_timeout');
  expect(opened.window.__sdkCalls).toBe(calls);
});

const ERRORS: [unknown, string, string | null][] = [
  [{ error: { error_code: 102102 } }, 'portal_misconfigured', '102102'],
  [{ error: { error_code: '102102' } }, 'portal_misconfigured', '102102'],
  [{ error: { errorCode: 102102 } }, 'portal_misconfigured', '102102'],
  [{ error_code: 102102 }, 'portal_misconfigured', '102102'],
  [{ error: 102102 }, 'portal_misconfigured', '102102'],
  [{ error: { error_code: 102601 } }, 'cancelled', '102601'],
  [{ error: { error_code: 102601, error_extra: '' } }, 'cancelled', '102601'],
  [{ error: { error_code: 102601, error_extra: { error_code: 102102 } } }, 'cancelled', '102601'],
  [{ error: { error_code: 10401 } }, 'sdk_failed', '10401'],
  [{ error: { error_code: 0 }, code: 'ignored' }, 'sdk_failed', '0'],
  [{ error: 'something broke' }, 'sdk_failed', null],
  ['something broke', 'sdk_failed', null],
  [{ authResponse: null }, 'sdk_failed', null],
  [{ code: '' }, 'sdk_failed', null],
  [{}, 'sdk_failed', null],
  [null, 'sdk_failed', null],
];
it.each(ERRORS)('the answer %j ends in the code %s', async (answer, code, sdkCode) => {
  const opened = await page('says', { says: { to: 'callback', answer } });
  const error = detail(opened, 'error');
  expect([error.code, error.sdkCode]).toEqual([code, sdkCode]);
});

it.each(['error_msg', 'errorMsg', 'errMsg'])('the text in %s becomes the sdkMessage of the error', async (key) => {
  const answer = { error: { error_code: '10401', [key]: 'server busy' } };
  const opened = await page('says', { says: { to: 'fail', answer } });
  expect(detail(opened, 'error').sdkMessage).toBe('server busy');
});

// TikTok is not known to answer like this. The number is longer than any error's.
it.each([
  ['callback', 'secret-code'],
  ['complete', 'secret-code'],
  ['fail', 'secret-code'],
  ['success', { code: 4711471147 }],
  ['callback', { code: 4711471147 }],
  ['callback', { error: 'secret-code' }],
])('a code that %s gets as %j is in no event', async (to, answer) => {
  const opened = await page('says', { says: { to, answer } });
  expect(detail(opened, 'error').code).toBe('sdk_failed');
  expect(JSON.stringify(opened.events)).not.toMatch(/secret-code|4711471147/);
});

const DECLINED: [string, unknown][] = [
  ['callback', CANCELLED],
  ['fail', CANCELLED],
  ['callback', { authResponse: null, ...CANCELLED }],
  ['callback', { authResponse: null }],
  ['fail', { code: null }],
  ['success', { code: null }],
];
it.each(DECLINED)('a consent whose %s gets %j is cancelled', async (to, answer) => {
  const opened = await page('says', { method: 'authorize', says: { to, answer } });
  expect(detail(opened, 'error').code).toBe('cancelled');
});

it.each([null, {}, { code: '' }, { authResponse: null, error: 'broken' }])(
  'a consent whose fail gets %j ends in sdk_failed',
  async (answer) => {
    const opened = await page('says', { method: 'authorize', says: { to: 'fail', answer } });
    expect(detail(opened, 'error').code).toBe('sdk_failed');
  },
);

it.each(['consent_callback', 'consent_options'])('an SDK of the kind %s gets the scopes of the consent', async (name) => {
  const browser = new Browser();
  const opened = browser.tab().open({ sdkSource: { name }, silent: false });
  await browser.clock.pass(100);
  const consent = opened.auth.authorize({ scope: 'user.info.basic,x', returnScopes: true });
  await browser.clock.pass(1000);
  expect((await consent).grantedScopes).toEqual(['user.info.open_id', 'user.info.basic']);
  expect(opened.window.__asked).toEqual({ scope: 'user.info.basic,x', returnScopes: true });
});
