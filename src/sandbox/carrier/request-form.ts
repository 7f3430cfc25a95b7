import type { Hook } from './call-order.ts';
import { TwilioError, type TwilioErrorCode } from './twilio-errors.ts';

/** Reads typed values from a form and refuses bad ones with the code Twilio uses for that parameter. */
export class FormReader {
  readonly form: URLSearchParams;

  constructor(form: URLSearchParams) {
    this.form = form;
  }

  text(name: string): string | undefined {
    return this.form.get(name) ?? undefined;
  }

  all(name: string): string[] {
    return this.form.getAll(name);
  }

  integer(name: string, fallback: number, least: number, most: number, code: TwilioErrorCode): number {
    const value = this.form.get(name);
    if (value === null || value === '') return fallback;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw new TwilioError(code, `${name} must be a whole number from ${least} to ${most}, not ${value.slice(0, 40)}`);
    }
    return number;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.form.get(name)?.toLowerCase();
    if (value === undefined || value === '') return fallback;
    if (value !== 'true' && value !== 'false') throw new TwilioError(20001, `${name} must be true or false`);
    return value === 'true';
  }

  choice<T extends string>(name: string, fallback: T, allowed: readonly T[], code: TwilioErrorCode = 20001): T {
    const value = this.form.get(name);
    if (value === null || value === '') return fallback;
    const found = allowed.find(each => each === value);
    if (!found) throw new TwilioError(code, `${name} must be one of ${allowed.join(', ')}, not ${value.slice(0, 40)}`);
    return found;
  }

  hook(urlName: string, methodName: string, urlCode: TwilioErrorCode): Hook | undefined {
    const url = this.form.get(urlName);
    const method = this.choice(methodName, 'POST', ['GET', 'POST'], 21209);
    if (!url) return undefined;
    const problem = webhookUrlProblem(url);
    if (problem) throw new TwilioError(urlCode, `${urlName}: ${problem}`);
    return { url, method };
  }
}

/** Why an address cannot be called as a webhook, or undefined when it can. */
export function webhookUrlProblem(url: string): string | undefined {
  if (!URL.canParse(url)) return `not an absolute URL: ${url.slice(0, 100)}`;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return `scheme ${protocol} is neither http nor https`;
  if (hostname.includes('_')) return `host name ${hostname} contains an underscore`;
  return undefined;
}
