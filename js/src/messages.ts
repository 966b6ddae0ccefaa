/** The default messages: the English texts of the template tag. */

export const MESSAGES: Record<string, string> = {
  busy: 'One moment, asking TikTok.',
  login: 'You are logged in.',
  connect: 'Your TikTok account is connected.',
  authorize: 'Thank you for sharing it.',
  profile_pending: 'Thank you. Your name and picture will follow.',
  not_in_tiktok: 'This works only when the page is opened inside TikTok.',
  unsupported: 'Please update TikTok to use this.',
  sdk_timeout: 'TikTok did not answer. Please try again.',
  portal_misconfigured: 'TikTok login is not fully set up yet (102102).',
  cancelled: '',
  sdk_failed: 'That did not work in TikTok. Please try again.',
  network: 'The site could not be reached. Please try again.',
  pending: 'One more step is needed to log in.',
  session_lost: 'You did not stay logged in. Cookies may be blocked for this site.',
  not_configured: 'This page is not set up for TikTok login.',
};
