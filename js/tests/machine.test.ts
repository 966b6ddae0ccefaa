/** What the visitor and the page do, one after the other, in a browser of our own. */

import { describe, expect, it } from 'vitest';

import { Browser, FakeElement, flush, KEY, type Page } from './world';

const quietly = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value ?? null,
    (error) => error.code ?? error,
  );

async function opened(mode: 'session' | 'token' = 'session', config: object = {}) {
  const browser = new Browser(mode);
  const tab = browser.tab();
  const page = tab.open(config);
  await browser.clock.pass(1000);
  return { browser, tab, page };
}

describe.each(['session', 'token'] as const)('in %s mode', (mode) => {
  it('a page logs in by itself', async () => {
    const { page } = await opened(mode);
    expect(page.names()).toEqual(['login']);
    expect(page.auth.session.userId).toBe('1');
  });

  it('the server is asked to answer in the language of the page', async () => {
    const { browser, tab } = await opened(mode, { language: 'pt-br' });
    for (const language of [undefined, null, '', '日本語', 'a\nb']) {
      tab.open({ language });
      await browser.clock.pass(1000);
    }
    const asked = browser.site.requests.map(({ headers }) => headers['accept-language']);
    expect(asked).toEqual(['pt-br', ...Array(5).fill(undefined)]);
  });

  it('a logout stays, also on the next page', async () => {
    const { browser, tab, page } = await opened(mode);
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect([page.names(), next.names()]).toEqual([['login', 'logout'], []]);
    expect(browser.site.sessions.size).toBe(0);
  });

  it('a logout stays on the page that empties its storage afterwards', async () => {
    const { browser, page } = await opened(mode);
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    browser.shared.items.clear();
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout']);
  });

  it('a logout that another page has ended is over, although the storage is empty', async () => {
    const { browser, page } = await opened(mode);
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    quietly(browser.tab().open({ silent: false }).auth.login());
    await browser.clock.pass(1000);
    browser.shared.items.clear();
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
  });

  it('a login that was pressed ends an earlier logout', async () => {
    const { browser, tab, page } = await opened(mode);
    quietly(page.auth.logout());
    quietly(page.auth.login());
    await browser.clock.pass(2000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect(next.events[0]!.detail.changed).toBe(false);
  });

  it('a login under way does not land after a logout on the next page', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.site.sessions.clear();
    browser.manners.answerMs = 1800;
    quietly(page.auth.switchAccount());
    await browser.clock.pass(200);
    browser.manners.answerMs = 50;
    const next = tab.open({ silent: false });
    quietly(next.auth.logout());
    await browser.clock.pass(5000);
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe(null);
    tab.back();
    await browser.clock.pass(5000);
    expect(page.auth.session.userId).toBe(null);
  });

  it('a login pressed in one tab does not undo a later logout in another', async () => {
    const browser = new Browser(mode);
    const [one, two] = [browser.tab(), browser.tab()];
    const first = one.open({ silent: false });
    const second = two.open({ silent: false });
    browser.manners.answerMs = 2000;
    const outcome = quietly(first.auth.login());
    await browser.clock.pass(500);
    browser.manners.answerMs = 50;
    quietly(second.auth.logout());
    await browser.clock.pass(10000);
    expect(await outcome).toBe('cancelled');
    expect(first.auth.session.userId).toBe(null);
    expect(browser.site.sessions.size).toBe(0);
  });

  it('a login after a slow logout comes after it', async () => {
    const { browser, page } = await opened(mode);
    browser.manners.answerMs = 3000;
    quietly(page.auth.logout());
    await browser.clock.pass(100);
    quietly(page.auth.login());
    await browser.clock.pass(10000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
    expect(page.auth.session.userId).toBe('1');
  });

  it('nobody is in when the page says that somebody has left', async () => {
    const { browser, page } = await opened(mode);
    quietly(page.auth.logout());
    quietly(page.auth.login());
    await browser.clock.pass(5000);
    const logout = page.events.find((each) => each.name === 'logout')!;
    expect(logout.userId).toBe(null);
  });

  it('a lost consent dialog blocks neither logins nor requests', async () => {
    const { browser, page } = await opened(mode);
    browser.manners.consent = 'never';
    const consent = quietly(page.auth.authorize());
    await browser.clock.pass(1000);
    const written = page.write();
    await browser.clock.pass(1000);
    expect(await written).toBe(200);
    const login = quietly(page.auth.login());
    await browser.clock.pass(1000);
    expect(((await login) as any).user.id).toBe('1');
    expect(await consent).toBe('cancelled');
  });

  it('a consent dialog that was lost can be opened again', async () => {
    const { browser, page } = await opened(mode);
    browser.manners.consent = 'never';
    quietly(page.auth.authorize());
    await browser.clock.pass(15000);
    browser.manners.consent = 'yes';
    const second = quietly(page.auth.authorize());
    await browser.clock.pass(1000);
    expect(((await second) as any).user.id).toBe('1');
  });

  it('a consent dialog that has just been opened is shared, however old its press is', async () => {
    const { browser, page } = await opened(mode, { silent: false, sdkTimeout: 3000 });
    Object.assign(browser.manners, { serverMs: 4000, consent: 'never' });
    quietly(page.auth.login());
    await browser.clock.pass(1000);
    quietly(page.auth.authorize());
    await browser.clock.pass(4000);
    quietly(page.auth.authorize());
    await browser.clock.pass(100);
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login', 'authorize']);
  });

  it('a consent that waits behind a logout ends with the page', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.manners.answerMs = 3000;
    quietly(page.auth.logout());
    await browser.clock.pass(100);
    const consent = quietly(page.auth.authorize());
    await browser.clock.pass(100);
    tab.open({ silent: false });
    await browser.clock.pass(5000);
    tab.back();
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login']);
  });

  it.each([{ data: { user: {} } }, { data: { user: true } }, { data: { flows: [null] } }, [], null, 7])(
    'the answer %j is a broken one',
    async (body) => {
      const { browser, page } = await opened(mode, { silent: false });
      browser.site.faults.push(() => ({ status: 200, body }));
      const login = quietly(page.auth.login());
      await browser.clock.pass(1000);
      expect([await login, page.auth.session.userId]).toEqual(['network', null]);
    },
  );

  it('a login that waits is not stopped by a consent that waits before it', async () => {
    const { browser, page } = await opened(mode);
    browser.manners.consent = 'never';
    browser.manners.serverMs = 500;
    quietly(page.auth.logout());
    const consent = quietly(page.auth.authorize());
    const login = quietly(page.auth.login());
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(((await login) as any).user.id).toBe('1');
  });

  it('a consent that a logout gave up opens no dialog', async () => {
    const { browser, page } = await opened(mode, { silent: false, sdkComesMs: 3000 });
    const consent = quietly(page.auth.authorize());
    await browser.clock.pass(500);
    quietly(page.auth.logout());
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls).toEqual([]);
  });

  it('a consent of a page that was left opens no dialog when it comes back', async () => {
    const { browser, tab, page } = await opened(mode, { silent: false, sdkComesMs: 3000 });
    const consent = quietly(page.auth.authorize());
    await browser.clock.pass(500);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(5000);
    expect(await consent).toBe('cancelled');
    expect(page.sdkCalls).toEqual([]);
  });

  it('two presses at once share one dialog', async () => {
    const { browser, page } = await opened(mode);
    const both = Promise.all([page.auth.authorize(), page.auth.authorize({})]);
    await browser.clock.pass(1000);
    const [one, other] = await both;
    expect(one).toBe(other);
    expect(page.sdkCalls.map((each) => each.name)).toEqual(['login', 'authorize']);
  });

  it('a request sends no referrer if it must not', async () => {
    const { browser, page } = await opened(mode);
    const wish = { method: 'POST', body: '{}', referrer: '', referrerPolicy: 'no-referrer' };
    quietly(page.auth.fetch('/api/note/', wish));
    await browser.clock.pass(1000);
    expect(page.sent.pop()).toMatchObject({ referrer: '', referrerPolicy: 'no-referrer' });
  });

  it('a request that is aborted during a login rejects at once', async () => {
    const { browser, page } = await opened(mode);
    browser.manners.serverMs = 5000;
    const login = quietly(page.auth.switchAccount());
    await browser.clock.pass(500);
    const control = new AbortController();
    let name = '';
    const { signal } = control;
    page.auth.fetch('/api/note/', { method: 'POST', signal }).catch((error: Error) => {
      name = error.name;
    });
    await browser.clock.pass(100);
    control.abort();
    await browser.clock.pass(100);
    expect(name).toBe('AbortError');
    await browser.clock.pass(10_000);
    expect(((await login) as any).user.id).toBe('1');
  });

  it('a page that nobody sees yet does not log in', async () => {
    const { browser, page } = await opened(mode, { isPrerendering: true });
    expect([page.sdkCalls, page.events]).toEqual([[], []]);
    page.isPrerendering = false;
    page.document.dispatchEvent(new Event('prerenderingchange'));
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login']);
  });

  it('an act that joins a silent login is not cancelled with it', async () => {
    const browser = new Browser(mode);
    browser.manners.sdkMs = 1000;
    const page = browser.tab().open();
    await browser.clock.pass(100);
    const login = quietly(page.auth.login());
    await browser.clock.pass(3000);
    expect(((await login) as any).user.id).toBe('1');
    expect(page.sdkCalls.length).toBe(1);
  });

  it('sixty returns in six seconds make a handful of logins', async () => {
    const { browser, page } = await opened(mode);
    for (let count = 0; count < 60; count += 1) {
      page.shown.forEach((listener) => listener());
      await browser.clock.pass(100);
    }
    expect(page.sdkCalls.length).toBeLessThanOrEqual(5);
    browser.account = 'noah';
    await browser.clock.pass(120000);
    expect(page.auth.session.userId).toBe('2');
  });

  it('an SDK that says "shown" after each login does not loop', async () => {
    const { browser, page } = await opened(mode);
    page.document.addEventListener('ttminis:login', () =>
      page.shown.forEach((listener) => listener()),
    );
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(60000);
    expect(page.sdkCalls.length).toBeLessThanOrEqual(6);
  });

  it.each(['null', '', '{', '[]', '{}', '7'])('a configuration %j leaves no press waiting', async (text) => {
    const { browser, page } = await opened(mode, { text });
    const login = quietly(page.auth.login());
    await browser.clock.pass(100);
    expect(await login).toBe('not_configured');
    expect(page.sdkCalls).toEqual([]);
  });

  it.each([false, true])('a marked form logs out unless the page cancels it: %j', async (isCancelled) => {
    const { browser, page } = await opened(mode, { logoutCookie: null });
    // Later than the script, on the window: the last place where a page can say no.
    page.window.addEventListener('submit', (event: Event) => isCancelled && event.preventDefault());
    submit(page);
    await browser.clock.pass(1000);
    expect(browser.shared.items.has(`ttminis-auth:logged-out:${KEY}`)).toBe(!isCancelled);
  });

  it('the file of the other mode asks TikTok for nothing', async () => {
    const script = mode === 'token' ? 'session' : 'token';
    const { browser, page } = await opened(mode, { script });
    const login = quietly(page.auth.login());
    await browser.clock.pass(100);
    expect(await login).toBe('not_configured');
    expect([page.sdkCalls, browser.site.requests]).toEqual([[], []]);
  });

  it('a polluted Object.prototype is nobody’s answer', async () => {
    const words = 'access authResponse code data error error_code errors flows grantedScopes message meta param refresh retryAfter returnScopes scope session tokens user url wishes';
    const pollution = { next: '/evil', ...Object.fromEntries(words.split(' ').map((word) => [word, 'evil'])) };
    for (const [key, value] of Object.entries(pollution)) {
      const writable = { value, configurable: true, writable: true };
      Object.defineProperty(Object.prototype, key, writable);
    }
    try {
      const { page } = await opened(mode);
      expect(page.names()).toEqual(['login']);
    } finally {
      for (const key of Object.keys(pollution)) delete (Object.prototype as any)[key];
    }
  });
});

describe('a strange page', () => {
  it('that runs the file again has one script all the same', async () => {
    const { browser, page } = await opened();
    const before = page.auth;
    page.run();
    await browser.clock.pass(1000);
    expect(page.window.TTMinisAuth).toBe(before);
    expect(page.sdkCalls.length).toBe(1);
  });

  it('in a frame without an address of its own logs in', async () => {
    const browser = new Browser();
    browser.href = 'about:srcdoc';
    const page = browser.tab().open();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login']);
    expect(await Promise.race([page.write(), browser.clock.pass(1000).then(() => null)])).toBe(200);
  });

  it('is not reloaded for ever where the clock is set back', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    const seen: string[][] = [];
    for (let count = 0; count < 6; count += 1) {
      if (count === 2) browser.clockIsOff = -3_600_000;
      // The site forgets who is in, and the page reloads at each change.
      const page = tab.open({ userId: null });
      await browser.clock.pass(1000);
      seen.push(page.names());
    }
    expect(seen.filter((names) => names.includes('login')).length).toBeLessThanOrEqual(2);
  });

  it('that lacks a time limit has the usual one', async () => {
    const text = JSON.stringify({ clientKey: KEY, loginUrl: '/login/code/', sdkTimeout: null });
    const { browser, page } = await opened('session', { text, sdk: null });
    await browser.clock.pass(12_000);
    expect(page.events.map((each) => each.detail.code)).toEqual(['not_in_tiktok']);
  });
});

describe.each(['session', 'token'] as const)('a page that comes back, in %s mode,', (mode) => {
  it('asks nobody where it does not log in by itself', async () => {
    const { browser, tab, page } = await opened(mode, { silent: false });
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect([page.sdkCalls, page.events]).toEqual([[], []]);
  });

  it('says no second time that nobody is in', async () => {
    const { browser, tab, page } = await opened(mode);
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout']);
  });

  it('knows of a login that came after the logout', async () => {
    const { browser, tab, page } = await opened(mode);
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    quietly(tab.open({ silent: false }).auth.login());
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect(page.names()).toEqual(['login', 'logout', 'login']);
  });

  it('repeats the login that was under way', async () => {
    const { browser, tab, page } = await opened(mode);
    browser.manners.sdkMs = 500;
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(100);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(2000);
    expect(page.names()).toEqual(['login', 'error', 'login']);
    expect(page.events[1]!.detail.code).toBe('cancelled');
  });
});

describe('a page that comes back', () => {
  it('writes with the present CSRF token', async () => {
    const { browser, tab, page } = await opened('session', { silent: false });
    tab.open();
    await browser.clock.pass(1000);
    tab.back();
    const written = page.write();
    await browser.clock.pass(1000);
    expect(await written).toBe(200);
  });

  it('logs nobody out who has come in by password', async () => {
    const { browser, tab, page } = await opened();
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    browser.take(browser.site.logInByPassword(browser.cookies).cookies);
    const editors = tab.open();
    await browser.clock.pass(1000);
    tab.open({ silent: false });
    await browser.clock.pass(1000);
    tab.back();
    await browser.clock.pass(1000);
    expect([editors.auth.session.userId, editors.names()]).toEqual(['3', []]);
  });
});

describe('a logout that the script did not make', () => {
  it('is known by the mark of the server', async () => {
    const { browser, tab, page } = await opened();
    // htmx posts the form: the page stays.
    browser.take(browser.site.logOut(browser.cookies).cookies);
    expect(page.auth.session.userId).toBe(null);
    await flush();
    expect(page.names()).toEqual(['login', 'logout']);
    page.shown.forEach((listener) => listener());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect([page.sdkCalls.length, next.sdkCalls.length]).toEqual([1, 0]);
  });

  it('is no news to a page whose visitor has come in by password since', async () => {
    const { browser, tab } = await opened();
    browser.take(browser.site.logOut(browser.cookies).cookies);
    browser.take(browser.site.logInByPassword(browser.cookies).cookies);
    const page = tab.open();
    await browser.clock.pass(1000);
    expect([page.auth.session.userId, page.names()]).toEqual(['3', []]);
  });

  it('undoes a silent login that the server has answered already', async () => {
    const browser = new Browser();
    browser.manners.answerMs = 2000;
    const page = browser.tab().open();
    await browser.clock.pass(500);
    browser.take(browser.site.logOut(browser.cookies).cookies);
    await browser.clock.pass(10000);
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe(null);
    expect(page.auth.session.userId).toBe(null);
    expect(page.names()).toEqual(['error']);
  });

  it('ends with the next login that the visitor presses', async () => {
    const { browser, tab, page } = await opened();
    browser.take(browser.site.logOut(browser.cookies).cookies);
    quietly(page.auth.login());
    await browser.clock.pass(1000);
    const next = tab.open();
    await browser.clock.pass(1000);
    expect(next.names()).toEqual(['login']);
  });
});

// Where no script can read the CSRF cookie, the page has the token that it was rendered with.
describe.each(['csrftoken', null])('a logout whose answer no page has read, cookie %j,', (csrfCookie) => {
  it('ends no later login of the same user by password', async () => {
    const { browser, tab, page } = await opened('session', { csrfCookie });
    browser.manners.answerMs = 500;
    quietly(page.auth.logout());
    await browser.clock.pass(100);
    tab.open({ csrfCookie });
    await browser.clock.pass(1000);
    browser.take(browser.site.logInByPassword(browser.cookies, '1').cookies);
    const next = tab.open({ csrfCookie });
    await browser.clock.pass(1000);
    expect(next.auth.session.userId).toBe('1');
    expect(browser.site.userOf(browser.cookies.sessionid)).toBe('1');
  });

  it('is repeated by the next page if it failed', async () => {
    const { browser, tab, page } = await opened('session', { csrfCookie });
    browser.site.faults.push(() => ({ status: 500 }));
    quietly(page.auth.logout());
    await browser.clock.pass(1000);
    const next = tab.open({ csrfCookie });
    expect(next.auth.session.userId).toBe(null);
    await browser.clock.pass(1000);
    expect(browser.site.sessions.size).toBe(0);
  });
});

it('a logout that failed on a page that knew of no login is repeated by the next', async () => {
  const { browser, tab, page } = await opened('session', { silent: false });
  browser.take(browser.site.logInByPassword(browser.cookies).cookies);
  browser.site.faults.push(() => ({ status: 500 }));
  quietly(page.auth.logout());
  await browser.clock.pass(1000);
  const next = tab.open();
  expect(next.auth.session.userId).toBe(null);
  await browser.clock.pass(1000);
  expect(browser.site.sessions.size).toBe(0);
});

it('a page without a CSRF token believes its server after a logout', async () => {
  const none = { csrfCookie: null, csrfToken: '' };
  const { browser, tab, page } = await opened('session', { ...none, userId: '1', silent: false });
  quietly(page.auth.logout());
  await browser.clock.pass(1000);
  expect(tab.open({ ...none, userId: '1' }).auth.session.userId).toBe('1');
});

it('a refusal does not lend its token to what another user wrote', async () => {
  const { browser, page } = await opened();
  browser.take(browser.site.logInByPassword(browser.cookies).cookies);
  const written = page.write();
  await browser.clock.pass(2000);
  expect(await written).toBe(403);
  expect(browser.site.writes).toEqual([]);
});

it('the error of a login that needs a further step holds no token', async () => {
  const { browser, page } = await opened('token', { silent: false });
  const meta = { is_authenticated: false, session_token: 'secret-token-1' };
  const flows = [{ id: 'mfa_authenticate', is_pending: true }];
  browser.site.faults.push(() => ({ status: 401, body: { data: { flows }, meta } }));
  const refused = page.auth.login().catch((error: unknown) => error);
  await browser.clock.pass(1000);
  expect((await refused).code).toBe('pending');
  expect(JSON.stringify([await refused, page.events])).not.toContain('secret-token-1');
  expect(JSON.stringify([...page.tab.own.items])).toContain('secret-token-1');
});

describe("Django's CSRF token", () => {
  const form = (value: string): any => ({ value });

  it('is renewed in the forms that the server rendered', async () => {
    const browser = new Browser();
    const page = browser.tab().open();
    const ours = form('b'.repeat(32) + shifted(browser.cookies.csrftoken!));
    const theirs = form('x'.repeat(64));
    page.inputs.push(ours, theirs);
    await browser.clock.pass(1000);
    expect(ours.value.slice(-32)).toBe(browser.cookies.csrftoken);
    expect(theirs.value).toBe('x'.repeat(64));
  });

  it('of a form for one person is not renewed for another', async () => {
    const { browser, tab } = await opened();
    const page = tab.open();
    const input = form('a'.repeat(32) + browser.cookies.csrftoken!);
    const before = input.value;
    page.inputs.push(input);
    browser.account = 'noah';
    await browser.clock.pass(1000);
    expect(page.auth.session.userId).toBe('2');
    expect(input.value).toBe(before);
  });

  it('of a stale copy of the page is renewed at the first write', async () => {
    const { browser, tab } = await opened();
    const stale = { userId: '1', csrfToken: 'a'.repeat(32) + 'o'.repeat(32), silent: false };
    const page = tab.open(stale);
    const written = page.write();
    await browser.clock.pass(2000);
    expect(await written).toBe(200);
  });

  it('of a stale copy is renewed also where no script can read the cookie', async () => {
    const { browser, tab } = await opened();
    const stale = { userId: '1', csrfToken: 'a'.repeat(32) + 'o'.repeat(32), silent: false };
    const page = tab.open({ ...stale, csrfCookie: null });
    const written = page.write();
    await browser.clock.pass(2000);
    expect(await written).toBe(200);
  });

  it('goes where the project wants it', async () => {
    const browser = new Browser();
    browser.tab().open({ csrfHeader: 'X-My-Token' });
    await browser.clock.pass(500);
    expect(browser.site.requests[0]!.headers['x-my-token']).toBeDefined();
  });
});

describe('two tabs', () => {
  it('never show who has left in the other one', async () => {
    for (const mode of ['session', 'token'] as const) {
      const browser = new Browser(mode);
      const one = browser.tab().open();
      await browser.clock.pass(1000);
      const two = browser.tab().open();
      await browser.clock.pass(1000);
      quietly(one.auth.logout());
      await browser.clock.pass(1000);
      expect(two.auth.session.userId).toBe(null);
      expect(browser.site.sessions.size).toBe(0);
    }
  });
});

it('keeps the mark of a logout per app', async () => {
  const { browser, page } = await opened();
  quietly(page.auth.logout());
  await browser.clock.pass(1000);
  expect([...browser.shared.items.keys()]).toEqual([`ttminis-auth:logged-out:${KEY}`]);
});

function submit(page: Page): void {
  const submitter = Object.assign(new FakeElement(), { marks: ['[data-ttminis-logout]'] });
  page.window.dispatchEvent(Object.assign(new Event('submit', { cancelable: true }), { submitter }));
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** Mask a secret as Django does, with a mask of "b" alone. */
function shifted(secret: string): string {
  return [...secret].map((each) => LETTERS[(LETTERS.indexOf(each) + 1) % 62]).join('');
}
