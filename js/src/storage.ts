/**
 * What outlives the page: a logout, a token, whom the last login brought in.
 *
 * Storage may be blocked, and then even naming it throws. A copy in memory keeps the promise
 * for as long as the page lives.
 */

import type { Auth } from './auth';

type Area = 'localStorage' | 'sessionStorage';

export function recall(auth: Auth, area: Area, key: string): string {
  try {
    return window[area].getItem(key) || auth.memory_[key] || '';
  } catch (blocked) {
    return auth.memory_[key] || '';
  }
}

export function remember(auth: Auth, area: Area, key: string, value: string): void {
  try {
    if (value) window[area].setItem(key, value);
    else window[area].removeItem(key);
    // Other pages change what is stored, and could not change a copy of ours.
    delete auth.memory_[key];
  } catch (blocked) {
    auth.memory_[key] = value;
  }
}

export function isStored(area: Area, key: string): boolean {
  try {
    return window[area].getItem(key) !== null;
  } catch (blocked) {
    return false;
  }
}
