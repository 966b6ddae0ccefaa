/** The configuration that the tag writes, or a build gives. */

import type { TTMinisAuthConfig } from './types';

/** What a page has when nothing is left out; null and undefined both stand for "none". */
export type FullConfig = Required<TTMinisAuthConfig>;

/**
 * Fill in what a page cannot do without. A page that a browser or cache has kept may come with
 * an older configuration than this file.
 */
export function completeConfig(given: object): FullConfig {
  const defaults = { silent: true, csrfHeader: 'X-CSRFToken' };
  // Without the prototype that other scripts can write to.
  const config = Object.assign(Object.create(null), defaults, given);
  config.sdkTimeout = Number(config.sdkTimeout) || 10000;
  return config;
}
