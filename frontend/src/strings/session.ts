/** Signing in and out, and one’s own account. */
export const sessionText = {
  signIn: {
    title: 'Sign in',
    intro: 'Voice agents on the telephone.',
    email: 'E-mail',
    password: 'Password',
    submit: 'Sign in',
    busy: 'Signing in…',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
    emailMissing: 'Enter your e-mail.',
    passwordMissing: 'Enter your password.',
    mismatch: 'E-mail and password do not match.',
    tooMany: (wait: string) => `Too many tries. Wait ${wait}.`,
    noAnswer: 'The server does not answer. Calls go on. Try again.',
    failed: 'The server could not check your sign-in. Try again.',
    foreignOrigin:
      'This address is not one the server knows as its own. Open Parley at its SERVER_URL, or add this address to CORS_ORIGINS.',
    lost: 'Password lost? An administrator can set a new one under Settings, or on the server with',
    command: 'npm run admin -- set-password',
    starting: 'Looking for your session',
    unreachable: {
      what: 'The server does not answer.',
      meaning: 'Calls that are on the line go on.',
      remedy: 'This page tries again by itself.',
    },
  },

  expired: {
    title: 'Your session ended',
    body: 'Sign in to go on. The page behind this stays as it is, with everything you typed.',
    other: 'Use another account',
  },

  password: {
    title: 'Change password',
    current: 'Current password',
    next: 'New password',
    rule: 'At least 12 characters. A sentence is good.',
    effect: 'Your other sessions end at once.',
    submit: 'Change password',
    busy: 'Changing…',
    done: 'Password changed. Your other sessions ended.',
    tooShort: (least: number) => `Use at least ${least} characters.`,
    same: 'Choose one that differs from the current password.',
    currentMissing: 'Enter your current password.',
    wrong: 'That is not your current password.',
    failed: 'The password was not changed.',
  },

  account: {
    title: 'Account',
    facts: (email: string, role: string) => `${email} · ${role}`,
    sessions: 'Sessions',
    sessionsBody:
      'Sign out on every device where you are signed in, this one included. Do so if you left one open where others can reach it.',
    view: 'This browser',
    viewBody: 'Kept on this device only.',
  },

  signOutFailed: {
    title: 'You are still signed in',
    body: 'The server did not take the request, so your session goes on. Sign out again before you leave this browser to others.',
    again: 'You are still signed in.',
  },

  signOutEverywhere: {
    title: 'Sign out everywhere?',
    body: 'Every browser where you are signed in asks for your password again, this one included. Calls and campaigns go on.',
    confirm: 'Sign out everywhere',
    failed: 'You are still signed in: the server did not take the request.',
  },
} as const;
