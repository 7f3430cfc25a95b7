import { SaxesParser } from 'saxes';
import { type ElementRule, twimlRules } from './twiml-schema.ts';

export interface TwimlElement {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: TwimlElement[];
}
export interface TwimlProblem {
  code: 11750 | 12100 | 12200 | 12300;
  detail: string;
}
export interface TwimlDocument {
  verbs: TwimlElement[];
  /** Warnings: Twilio runs the document anyway, leaving out what it does not know. */
  problems: TwimlProblem[];
}

const largestBytes = 64 * 1024;

/**
 * Parses and checks a TwiML answer. Returns the fatal problem alone when nothing of it can be run; otherwise the verbs that can
 * be run and every breach of the schema with its line.
 */
export function parseTwiml(body: string, contentType?: string): TwimlDocument | { fatal: TwimlProblem } {
  if (Buffer.byteLength(body) > largestBytes) {
    return { fatal: { code: 11750, detail: `the TwiML is longer than ${largestBytes} bytes` } };
  }
  const mediaType = contentType?.replace(/;.*/, '').trim().toLowerCase();
  if (contentType !== undefined && mediaType !== 'text/xml' && mediaType !== 'application/xml') {
    return {
      fatal: { code: 12300, detail: `content type ${mediaType || '(none)'} is not text/xml or application/xml` },
    };
  }
  const problems: TwimlProblem[] = [];
  const parser = new SaxesParser();
  const open: { element: TwimlElement; rule: ElementRule | undefined; line: number }[] = [];
  let root: TwimlElement | undefined;
  let broken: string | undefined;
  const warn = (line: number, detail: string) => problems.push({ code: 12200, detail: `line ${line}: ${detail}` });

  parser.on('error', error => {
    broken ??= error.message;
  });
  parser.on('doctype', () => {
    broken ??= 'a document type declaration is not allowed';
  });
  parser.on('opentag', tag => {
    const element: TwimlElement = { name: tag.name, attributes: { ...tag.attributes }, text: '', children: [] };
    const parent = open.at(-1);
    let rule: ElementRule | undefined;
    if (!parent) {
      root ??= element;
      if (tag.name === 'Response') rule = twimlRules['Response'];
    } else if (parent.rule?.children.includes(tag.name)) {
      rule = twimlRules[`${parent.element.name}/${tag.name}`] ?? twimlRules[tag.name];
      parent.element.children.push(element);
    } else if (parent.rule) {
      const expected = parent.rule.children.join(', ') || 'nothing';
      warn(parser.line, `<${tag.name}> is not known inside <${parent.element.name}>; expected ${expected}`);
    }
    open.push({ element, rule, line: parser.line });
  });
  parser.on('text', text => {
    const top = open.at(-1);
    if (top) top.element.text += text;
  });
  parser.on('cdata', text => {
    const top = open.at(-1);
    if (top) top.element.text += text;
  });
  parser.on('closetag', () => {
    const { element, rule, line } = open.pop()!;
    element.text = element.text.trim();
    if (rule) for (const detail of checkElement(element, rule)) warn(line, detail);
  });
  try {
    parser.write(body).close();
  } catch (error) {
    broken ??= String(error);
  }
  if (broken) return { fatal: { code: 12100, detail: broken } };
  if (root?.name !== 'Response') {
    return { fatal: { code: 12100, detail: `the root element is <${root?.name ?? ''}>, not <Response>` } };
  }
  return { verbs: root.children, problems };
}

function checkElement(element: TwimlElement, rule: ElementRule): string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(element.attributes)) {
    const check = Object.hasOwn(rule.attributes, name) ? rule.attributes[name] : undefined;
    const problem = check ? check(value) : `is not known (names are case-sensitive)`;
    if (problem) found.push(`<${element.name}> attribute ${name}="${value.slice(0, 60)}" ${problem}`);
  }
  if (rule.text === 'none' && element.text) found.push(`<${element.name}> may not contain text`);
  if (rule.text === 'required' && !element.text) found.push(`<${element.name}> must contain text`);
  return [...found, ...(rule.check?.(element) ?? []).map(problem => `<${element.name}> ${problem}`)];
}
