/** Check what must always be true, in 2,000 random sequences of steps by fast-check. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Browser, type Page, type Tab } from './world';

// Four times as many; `make js-check` and TTMINIS_THOROUGH=1 run 2,000 in all.
const RUNS = Number(process.env.TTMINIS_SEQUENCES ?? (process.env.TTMINIS_THOROUGH ? 500 : 50));

interface Step {
  do: string;
  tab: number;
  wait: number;
  sdkMs: number;
  serverMs: number;
  answerMs: number;
}

const COMMON = ['login', 'switch', 'authorize', 'decline', 'lose', 'logout', 'write', 'show', 'account', 'open', 'back', 'expire'];
const ACTS = { session: [...COMMON, 'htmx', 'form', 'password'], token: COMMON };

const stepsOf = (mode: 'session' | 'token', tabs: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      do: fc.constantFrom(...ACTS[mode]),
      tab: fc.integer({ min: 0, max: tabs - 1 }),
      wait: fc.constantFrom(0, 20, 120, 700, 3000),
      sdkMs: fc.constantFrom(5, 80, 1500),
      serverMs: fc.constantFrom(5, 60, 900),
      answerMs: fc.constantFrom(5, 60, 1900),
    }),
    { minLength: 1, maxLength: 14 },
  );

const ignore = (promise: Promise<unknown>): void => void promise.then(
  () => undefined,
  () => undefined,
);

/** What the visitor asked for last: to be logged in or out, or nothing yet. */
type Wanted = 'in' | 'out' | 'editor' | null;

class Walk {
  browser: Browser;
  tabs: Tab[];
  wanted: Wanted = null;
  lastTab = 0;
  loggedOutAt = -Infinity;
  hasLeftPage = false;
  undoneAt = -Infinity;
  /** False after an event that the page cannot notice: an expiry or a password login. */
  isCertain = true;

  constructor(readonly mode: 'session' | 'token', tabs: number) {
    this.browser = new Browser(mode);
    this.tabs = Array.from({ length: tabs }, () => this.browser.tab());
    this.tabs.forEach((tab) => tab.open());
  }

  page(index: number): Page {
    return this.tabs[index]!.page!;
  }

  act(step: Step): void {
    const { browser } = this;
    const page = this.page(step.tab);
    Object.assign(browser.behaviour, step);
    if (['login', 'switch', 'authorize', 'logout', 'htmx', 'form', 'password'].includes(step.do)) {
      this.lastTab = step.tab;
    }
    this.perform(step.do, step.tab, page);
  }

  private perform(what: string, index: number, page: Page): void {
    const { browser } = this;
    const tab = this.tabs[index]!;
    if (what === 'login') this.want('in', page.auth.login());
    else if (what === 'switch') this.want('in', page.auth.switchAccount());
    else if (what === 'logout') {
      if (browser.clock.now - this.loggedOutAt > 6000) this.hasLeftPage = false;
      this.loggedOutAt = browser.clock.now;
      this.want('out', page.auth.logout());
    }
    else if (['authorize', 'decline', 'lose'].includes(what)) {
      // The press may share an earlier dialog, and get the answer to that one.
      const answers = { authorize: 'yes', decline: 'no', lose: 'never' } as const;
      browser.behaviour.consent = answers[what as keyof typeof answers];
      ignore(page.auth.authorize());
      // As in want(): the answer to a logout of an earlier page ends this login as well.
      const since = browser.clock.now - Math.max(this.loggedOutAt, this.undoneAt);
      if (since < 6000 && this.hasLeftPage) this.isCertain = false;
      this.wanted = null;
    } else if (what === 'write') ignore(page.write());
    else if (what === 'show') page.shown.forEach((listener) => listener());
    else if (what === 'account') browser.account = browser.account === 'mia' ? 'noah' : 'mia';
    else if (what === 'open' || what === 'back') {
      // The page gives up the login that was under way.
      if (this.wanted === 'in') this.wanted = null;
      this.hasLeftPage = true;
      tab[what]();
    } else if (what === 'expire') {
      browser.site.sessions.clear();
      this.isCertain = false;
      if (this.wanted !== 'out') this.wanted = null;
    }
    if (what === 'htmx') this.logOutBySite();
    else if (what === 'form') {
      this.logOutBySite();
      this.hasLeftPage = true;
      tab.open();
    } else if (what === 'password') {
      tab.open({ silent: false });
      browser.take(browser.site.logInByPassword(browser.cookies).cookies);
      // The answer to a logout under way ends any session. The answer to a login under way on
      // another tab opens a session: that tab does not notice the password login.
      const since = browser.clock.now - Math.max(this.loggedOutAt, this.undoneAt);
      const isAlone = this.tabs.length === 1 && since > 6000;
      this.hasLeftPage = true;
      this.wanted = isAlone ? 'editor' : null;
      this.isCertain = false;
      tab.open();
    }
  }

  /** Log out by the site itself, at once. Answers that are under way arrive later. */
  private logOutBySite(): void {
    this.browser.take(this.browser.site.logOut(this.browser.cookies).cookies);
    // After two logouts at once, the page cannot distinguish the marks of their answers.
    this.wanted = this.browser.clock.now - this.loggedOutAt > 6000 ? 'out' : null;
    // The logouts that undo a login are answered even later.
    this.undoneAt = this.browser.clock.now;
  }

  private want(wanted: Wanted, promise: Promise<unknown>): void {
    // The site keeps a password session, unless the visitor switches.
    // The answer to a logout of an earlier page ends a login of the next page.
    // Another tab that undoes its login after a form may end this login's session too.
    const { now } = this.browser.clock;
    const isUndone = this.tabs.length > 1 && now - this.undoneAt < 6000;
    const isRacing = (now - this.loggedOutAt < 6000 && this.hasLeftPage) || isUndone;
    if (wanted === 'in' && isRacing) this.isCertain = false;
    const isRefused = wanted === 'in' && (!this.isCertain || isRacing);
    this.wanted = isRefused ? null : wanted;
    ignore(promise);
  }

  async end(): Promise<void> {
    Object.assign(this.browser.behaviour, { sdkMs: 20, serverMs: 20, answerMs: 20 });
    await this.browser.clock.pass(400_000);
    // The visitor looks at each page once more.
    this.tabs.forEach((tab) => tab.page!.document.dispatchEvent(new Event('visibilitychange')));
    await this.browser.clock.pass(60_000);
  }

  serverUser(index: number): string | null {
    const { site, cookies } = this.browser;
    if (this.mode === 'session') return site.userOf(cookies.sessionid);
    const stored = [...this.tabs[index]!.own.items].find(([key]) => key.includes(':token:'));
    return stored ? site.userOf(JSON.parse(stored[1]).tokens.session) : null;
  }
}

function checkInvariants(walk: Walk): void {
  const { browser } = walk;
  // Each write was made as the user that the page showed.
  for (const { expected, by } of browser.site.writes) {
    if (expected !== null) expect(by).toBe(expected);
  }
  // One call of the SDK at a time.
  expect(browser.violations).toEqual([]);
  // No token in an address or event.
  expect(browser.published.filter((text) => text.includes('secret-token-'))).toEqual([]);
  for (const tab of walk.tabs) {
    for (const page of [tab.page!, ...tab.past]) {
      const wrongLogouts = page.events.filter((each) => each.name === 'logout' && each.userId);
      expect(wrongLogouts).toEqual([]);
    }
  }
  // A visitor who logged out last is logged out on every tab, and each page shows it.
  if (walk.wanted === 'out') {
    walk.tabs.forEach((tab, index) => {
      expect(walk.serverUser(index)).toBe(null);
      expect(tab.page!.auth.session.userId).toBe(null);
    });
  }
  if (walk.wanted === 'in') expect(walk.serverUser(walk.lastTab)).not.toBe(null);
  // In the end, the page shows the server's user.
  if (walk.isCertain && walk.tabs.length === 1) {
    expect(walk.page(0).auth.session.userId).toBe(walk.serverUser(0));
  }
  if (walk.wanted === 'editor') expect(walk.serverUser(0)).toBe('3');
}

describe.each([
  ['session', 1],
  ['session', 2],
  ['token', 1],
  ['token', 2],
] as const)('%s mode, %i tabs', (mode, tabs) => {
  it(
    `the script keeps its guarantees in ${RUNS} sequences of steps`,
    async () => {
      await fc.assert(
        fc.asyncProperty(stepsOf(mode, tabs), async (steps) => {
          const walk = new Walk(mode, tabs);
          for (const step of steps) {
            walk.act(step);
            await walk.browser.clock.pass(step.wait);
          }
          await walk.end();
          checkInvariants(walk);
        }),
        { numRuns: RUNS, seed: Number(process.env.TTMINIS_SEED ?? 1), endOnFailure: false },
      );
    },
    600_000,
  );
});
