/** The buttons of the template tags, and links and forms that log out. */

import { authorize, logInByAct, logout } from './acts';
import type { Auth } from './auth';
import { get, listen, matches, settled } from './read';
import { byToken } from './tokens';
import { wantOut } from './wish';

// aria-disabled and not `disabled`: that would take the keyboard focus away.
function show(button: HTMLElement, isBusy: boolean, text: unknown): void {
  button.setAttribute('aria-busy', String(isBusy));
  button.setAttribute('aria-disabled', String(isBusy));
  const status = button.nextElementSibling;
  if (matches(status, '[role="status"]')) status!.textContent = String(text || '');
}

// Does what the button is for and resolves to the name of the message about it.
async function act(auth: Auth, { dataset }: HTMLElement): Promise<string> {
  const { ttminis: process, scope, returnScopes } = dataset;
  if (process !== 'authorize') return logInByAct(auth, process!).then(() => process!);
  const detail = await authorize(auth, { scope, returnScopes: returnScopes === 'true' });
  return detail.ttminis.profile_pending ? 'profile_pending' : process;
}

/** Not what the button says of itself: a copy of it that a library has kept says so for ever. */
const pressed = new Set<HTMLElement>();

async function press(auth: Auth, button: HTMLElement): Promise<void> {
  // A consent dialog may be lost, and then the visitor presses again.
  const isConsent = button.dataset.ttminis === 'authorize';
  if (pressed.has(button) && !isConsent) return;
  pressed.add(button);
  show(button, true, get(auth.config_.messages, 'busy'));
  try {
    const outcome = await act(auth, button);
    show(button, false, get(auth.config_.messages, outcome));
  } catch (error) {
    show(button, false, (error as Error).message);
  }
  pressed.delete(button);
}

// Turbo and htmx copy a page that the visitor leaves, and show the copy at "back". Nothing is
// under way there.
function tidy(): void {
  pressed.forEach((button) => show(button, false, ''));
}

// The way of an event leads through open shadow roots, and no form on it can hide a name.
const closest = (event: Event, selector: string): any =>
  event.composedPath().find((each) => matches(each, selector));

// Only a real button: sanitisers that let data attributes through take buttons away.
const BUTTON = 'button[data-ttminis="login"],button[data-ttminis="connect"],button[data-ttminis="authorize"]';
const COPIES = ['turbo:before-cache', 'htmx:beforeHistorySave'];
const LEAVE = '[data-ttminis-logout]';

// A form submits: what it says counts then, and not at the click before it.
function onClick(auth: Auth, event: Event): void {
  const link = closest(event, `a${LEAVE},button${LEAVE}[type="button"]`);
  if (link && !event.defaultPrevented) leave(auth, matches(link, 'button'));
}

function onSubmit(auth: Auth, event: SubmitEvent): void {
  const marked = matches(event.target, LEAVE) || matches(event.submitter, LEAVE);
  // A listener of the page that comes after this one may still cancel it.
  if (marked) setTimeout(() => event.defaultPrevented || leave(auth, false));
}

// By cookie, the link or form leads to the server, which ends the session and says so. Where
// its middleware is missing, the visitor's wish is noted here at least.
function leave(auth: Auth, isButton: boolean): void {
  if (!auth.isConfigured_) return;
  if (byToken(auth) || isButton) settled(logout(auth));
  else if (!auth.config_.logoutCookie) wantOut(auth);
}

/**
 * Nobody waits for the end of the page to press a button of it, so the tag loads this file
 * without `defer`. Listening on the document serves the buttons that the page adds later; what
 * the page's own listeners there have cancelled is known at the window.
 */
export function watchButtons(auth: Auth): void {
  listen(document, 'click', (event) => {
    const button = closest(event, BUTTON);
    if (button) press(auth, button);
  });
  COPIES.forEach((event) => listen(document, event, tidy));
  listen(window, 'click', (event) => onClick(auth, event));
  listen(window, 'submit', (event) => onSubmit(auth, event));
}
