/**
 * Show the user's initial in place of a picture that no longer loads. TikTok's addresses of
 * pictures expire within hours.
 */

import { listen, matches, queryAll } from './read';

const AVATAR = '[data-ttminis-avatar] > img';

function replacePicture(picture: HTMLImageElement): void {
  picture.hidden = true;
  const initial = picture.nextElementSibling as HTMLElement | null;
  if (initial) initial.hidden = false;
}

// `error` does not bubble, so listen in the capture phase. A Content-Security-Policy would
// forbid a handler in the page's HTML.
export const watchPictures = (): void =>
  listen(
    document,
    'error',
    ({ target }) => {
      if (matches(target, AVATAR)) replacePicture(target);
    },
    true,
  );

export function replaceBrokenPictures(): void {
  queryAll(AVATAR)
    .filter((each) => each.complete && each.naturalWidth === 0)
    .forEach(replacePicture);
}
