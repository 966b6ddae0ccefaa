/**
 * What outlives the page: a logout, a token, whom the last login brought in.
 *
 * Storage may be blocked, and then even naming it throws. A copy in memory keeps the promise
 * for as long as the page lives.
 */

import type { Auth } from './auth';

type Area = 'localStorage' | 'sessionStorage';

export function readStored(auth: Auth, area: Area, key: string): string {
  const { memory_: memory } = auth;
  try {
    const stored = window[area].getItem(key);
    // Some sites empty the whole storage at a logout, and with it the logout itself.
    if (stored && area === 'localStorage') memory[key] = stored;
    return stored || memory[key] || '';
  } catch (blocked) {
    return memory[key] || '';
  }
}

export function writeStored(auth: Auth, area: Area, key: string, value: string): void {
  auth.memory_[key] = value;
  try {
    if (value) window[area].setItem(key, value);
    else window[area].removeItem(key);
    // A token or newcomer that is gone from the storage is gone.
    if (area === 'sessionStorage') delete auth.memory_[key];
  } catch (blocked) {
    // Then there is the copy.
  }
}

export function isStored(area: Area, key: string): boolean {
  try {
    return window[area].getItem(key) !== null;
  } catch (blocked) {
    return false;
  }
}
