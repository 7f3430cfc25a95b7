import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Shapes that are a secret whoever wrote them, unless the matched value is plainly invented. */
const shapes = [
  ['a Twilio account or key id', /\b(?:AC|SK)[0-9a-f]{32}\b/g],
  ['a Twilio auth token', /twilio[\w.-]*(?:token|secret)[\w"']*\s*[:=]\s*["']?([0-9a-f]{32})\b/gi],
  [
    'a provider API key (sk_… or sk-…)',
    /\b(?:sk|rk|pk)[-_](?:live[-_]|test[-_]|proj-|svcacct-|ant-)?[A-Za-z0-9_-]{20,}/g,
  ],
  ['an ElevenLabs key', /xi-api-key["']?\s*[:=,]\s*["']?([A-Za-z0-9_-]{20,})/gi],
  ['a webhook secret (wsec_… or whsec_…)', /\bwh?sec_[A-Za-z0-9+/=]{24,}/g],
  ['an AWS access key id', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ['an AWS secret key', /aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})\b/gi],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})/g],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*([^\s$]{8,})/g],
  ['a Slack token or hook', /\bxox[abprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/\w+/g],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/g],
  ['a signed web token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g],
  ['a bearer token', /\bBearer\s+([A-Za-z0-9._~+/-]{24,}=*)/g],
  [
    'a database address with a password',
    /\b(?:mongodb(?:\+srv)?|rediss?|postgres(?:ql)?|amqps?):\/\/[^\s/:@"'`]*:([^\s/@"'`]+@[^\s/"'`?]*)/g,
    isInventedLogin,
  ],
  [
    'a value given to a secret variable',
    /\b[A-Z][A-Z0-9_]*(?:_TOKEN|_SECRET|_KEY|_PASSWORD|API_KEY|_PREVIOUS)["']?\s*[:=]\s*["']?([A-Za-z0-9+/_-]{20,}=*)/g,
  ],
];
// No example excuses these.
const privateKey = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/;

/** What tells of the machine a file was written on: it means nothing to anybody else, and should not be there. */
const places = [
  ["a path on somebody's machine", /(?<![\w.$}>-])\/(?:work|root|Users|tmp)\/[\w.-]+/],
  ["a path in somebody's home", /(?<![\w.$}>-])\/home\/(?!node\b)[\w.-]+/],
  [
    'the address of a package registry',
    new RegExp(
      [
        'registry\\.(?:npmjs|yarnpkg|npmmirror)\\.',
        '\\bnpm\\.pkg\\.github\\.com',
        '\\/artifactory\\/',
        '\\bpypi\\.org',
        '\\bfiles\\.pythonhosted\\.',
      ].join('|'),
    ),
  ],
];

const allowed = /allow-secret: \S/;
const largest = 2_000_000;

/** Every finding in the tracked files of a git work tree, by file and line; the value itself stays out of it. */
export function secretProblems(root) {
  const files = execFileSync('git', ['ls-files', '-z', '--cached'], { cwd: root, maxBuffer: 64 << 20 })
    .toString()
    .split('\0')
    .filter(Boolean);
  const problems = [];
  for (const file of files) {
    if (/(?:^|\/)\.env(?:\.[\w-]+)?$/.test(file) && !/\.(?:example|sample)$/.test(file))
      problems.push({ file, line: 1, what: 'an environment file is not for git; .env.example is' });
    for (const finding of findingsIn(readText(path.join(root, file)))) problems.push({ file, ...finding });
  }
  return { problems, files: files.length };
}

export function findingsIn(text) {
  return text.split('\n').flatMap((content, index) => {
    const what = findingInLine(content);
    return what ? [{ line: index + 1, what: `looks like ${what}` }] : [];
  });
}

function findingInLine(line) {
  if (privateKey.test(line)) return 'a private key';
  if (allowed.test(line)) return undefined;
  for (const [what, shape, excuses = isInvented] of shapes) {
    for (const match of line.matchAll(shape)) if (!excuses(match.slice(1).find(Boolean) ?? match[0])) return what;
  }
  return places.find(([, pattern]) => pattern.test(line))?.[0];
}

/**
 * True for values nobody was ever given: words that say so, placeholders, code instead of a value, and runs of few different
 * characters or of counting ones, as in AC00…, or 0123456789abcdef.
 */
export function isInvented(value) {
  if (
    /example|sample|invented|placeholder|change-?me|your[-_]|dummy|fake|not-?a-?real|^\$|^<|\$\{|x{6,}|\.\.\./i.test(
      value,
    )
  )
    return true;
  const body = value.replace(/^(?:AC|SK|sk|rk|pk|wh?sec)[-_]?/, '');
  // A name or a phrase (`config-schema-of-tests`, `TWILIO_AUTH_TOKEN`) is words; credentials mix digits into letters.
  if (!/\d/.test(body) || !/[A-Za-z]/.test(body)) return true;
  if (new Set(body).size <= 4) return true;
  return /^(?:0123456789abcdef|0123456789|abcdef|1234567890)/i.test(body);
}

/**
 * A database password may well be a mere word, so only the best-known stand-ins are let through, and those for hosts that
 * cannot exist: names reserved for examples.
 */
function isInventedLogin(passwordAndHosts) {
  const [password = '', hosts = ''] = passwordAndHosts.split('@');
  if (/^(?:<.*|\$.*|.{1,4}|\*+|x+|password|secret|hunter2+|p(?:ass)?word123)$/i.test(password)) return true;
  return hosts.split(',').every(host => /(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid)(?::\d+)?$/i.test(host));
}

function readText(file) {
  const { size } = lstatSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size === 0 || size > largest || !lstatSync(file).isFile()) return '';
  const bytes = readFileSync(file);
  return bytes.includes(0) ? '' : bytes.toString('utf8');
}
