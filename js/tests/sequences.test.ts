/** 2,000 sequences that fast-check makes up, held against what must always be true. */

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

const quietly = (promise: Promise<unknown>): void => void promise.then(
  () => undefined,
  () => undefined,
);

/** What the visitor wanted last: to be in, to be out, or nothing yet. */
type Wanted = 'in' | 'out' | 'editor' | null;

class Walk {
  browser: Browser;
  tabs: Tab[];
  wanted: Wanted = null;
  lastTab = 0;
  leftAt = -Infinity;
  hasGoneOn = false;
  undoneAt = -Infinity;
  /** The page may not know of these before it asks: a session's end, another way to log in. */
  isPlain = true;

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
    Object.assign(browser.manners, step);
    if (['login', 'switch', 'authorize', 'logout', 'htmx', 'form', 'password'].includes(step.do)) {
      this.lastTab = step.tab;
    }
    this.doIt(step.do, step.tab, page);
  }

  private doIt(what: string, index: number, page: Page): void {
    const { browser } = this;
    const tab = this.tabs[index]!;
    if (what === 'login') this.want('in', page.auth.login());
    else if (what === 'switch') this.want('in', page.auth.switchAccount());
    else if (what === 'logout') {
      if (browser.clock.now - this.leftAt > 6000) this.hasGoneOn = false;
      this.leftAt = browser.clock.now;
      this.want('out', page.auth.logout());
    }
    else if (['authorize', 'decline', 'lose'].includes(what)) {
      // Which dialog a press meets, and what the visitor answers, may be an earlier one's.
      const answers = { authorize: 'yes', decline: 'no', lose: 'never' } as const;
      browser.manners.consent = answers[what as keyof typeof answers];
      quietly(page.auth.authorize());
      // As in want(): the answer to a logout that was left behind ends this login as well.
      const since = browser.clock.now - Math.max(this.leftAt, this.undoneAt);
      if (since < 6000 && this.hasGoneOn) this.isPlain = false;
      this.wanted = null;
    } else if (what === 'write') quietly(page.write());
    else if (what === 'show') page.shown.forEach((listener) => listener());
    else if (what === 'account') browser.account = browser.account === 'mia' ? 'noah' : 'mia';
    else if (what === 'open' || what === 'back') {
      // What was under way there has been given up.
      if (this.wanted === 'in') this.wanted = null;
      this.hasGoneOn = true;
      tab[what]();
    } else if (what === 'expire') {
      browser.site.sessions.clear();
      this.isPlain = false;
      if (this.wanted !== 'out') this.wanted = null;
    }
    if (what === 'htmx') this.leaveBySite();
    else if (what === 'form') {
      this.leaveBySite();
      this.hasGoneOn = true;
      tab.open();
    } else if (what === 'password') {
      tab.open({ silent: false });
      browser.take(browser.site.logInByPassword(browser.cookies).cookies);
      // The answer to a logout under way ends whatever session there is. The answer to a login
      // under way in another tab opens one: no page is told of a login by password there.
      const since = browser.clock.now - Math.max(this.leftAt, this.undoneAt);
      const isAlone = this.tabs.length === 1 && since > 6000;
      this.hasGoneOn = true;
      this.wanted = isAlone ? 'editor' : null;
      this.isPlain = false;
      tab.open();
    }
  }

  /** The site's own logout, at once: what is under way then comes later. */
  private leaveBySite(): void {
    this.browser.take(this.browser.site.logOut(this.browser.cookies).cookies);
    // Two logouts at once: the page cannot tell the marks of their answers apart.
    this.wanted = this.browser.clock.now - this.leftAt > 6000 ? 'out' : null;
    // What it undoes is answered later still.
    this.undoneAt = this.browser.clock.now;
  }

  private want(wanted: Wanted, promise: Promise<unknown>): void {
    // The site keeps a session that a password has opened, unless the visitor switches.
    // The answer to a logout that a page sent before it was left ends a login of the next page.
    // What a form undoes in another tab may take this login's session with it.
    const { now } = this.browser.clock;
    const isUndone = this.tabs.length > 1 && now - this.undoneAt < 6000;
    const isRacing = (now - this.leftAt < 6000 && this.hasGoneOn) || isUndone;
    if (wanted === 'in' && isRacing) this.isPlain = false;
    const isRefused = wanted === 'in' && (!this.isPlain || isRacing);
    this.wanted = isRefused ? null : wanted;
    quietly(promise);
  }

  async end(): Promise<void> {
    Object.assign(this.browser.manners, { sdkMs: 20, serverMs: 20, answerMs: 20 });
    await this.browser.clock.pass(400_000);
    // Somebody looks at each page once more.
    this.tabs.forEach((tab) => tab.page!.document.dispatchEvent(new Event('visibilitychange')));
    await this.browser.clock.pass(60_000);
  }

  serverSays(index: number): string | null {
    const { site, cookies } = this.browser;
    if (this.mode === 'session') return site.userOf(cookies.sessionid);
    const kept = [...this.tabs[index]!.own.items].find(([key]) => key.includes(':token:'));
    return kept ? site.userOf(JSON.parse(kept[1]).tokens.session) : null;
  }
}

function judge(walk: Walk): void {
  const { browser } = walk;
  // Nothing was written under another name than the one that the page showed.
  for (const { expected, by } of browser.site.writes) {
    if (expected !== null) expect(by).toBe(expected);
  }
  // One call of the SDK at a time.
  expect(browser.broken).toEqual([]);
  // No token in an address or event.
  expect(browser.spoken.filter((text) => text.includes('secret-token-'))).toEqual([]);
  for (const tab of walk.tabs) {
    for (const page of [tab.page!, ...tab.past]) {
      const lies = page.events.filter((each) => each.name === 'logout' && each.userId);
      expect(lies).toEqual([]);
    }
  }
  // Whoever wanted to be out is out, in every tab, and each page says so.
  if (walk.wanted === 'out') {
    walk.tabs.forEach((tab, index) => {
      expect(walk.serverSays(index)).toBe(null);
      expect(tab.page!.auth.session.userId).toBe(null);
    });
  }
  if (walk.wanted === 'in') expect(walk.serverSays(walk.lastTab)).not.toBe(null);
  // The page settles to what the server says.
  if (walk.isPlain && walk.tabs.length === 1) {
    expect(walk.page(0).auth.session.userId).toBe(walk.serverSays(0));
  }
  if (walk.wanted === 'editor') expect(walk.serverSays(0)).toBe('3');
}

describe.each([
  ['session', 1],
  ['session', 2],
  ['token', 1],
  ['token', 2],
] as const)('%s mode, %i tabs', (mode, tabs) => {
  it(
    `keeps its promises in ${RUNS} sequences`,
    async () => {
      await fc.assert(
        fc.asyncProperty(stepsOf(mode, tabs), async (steps) => {
          const walk = new Walk(mode, tabs);
          for (const step of steps) {
            walk.act(step);
            await walk.browser.clock.pass(step.wait);
          }
          await walk.end();
          judge(walk);
        }),
        { numRuns: RUNS, seed: Number(process.env.TTMINIS_SEED ?? 1), endOnFailure: false },
      );
    },
    600_000,
  );
});
