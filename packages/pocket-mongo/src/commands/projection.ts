import type { Document } from '../bson/types.ts';
import { unsupported } from '../errors.ts';

/** Plain inclusions or exclusions of top-level fields. */
export function compileProjection(spec: Document, _options: object): (document: Document) => Document {
  const entries = Object.entries(spec);
  const flag = (value: unknown) => value === 1 || value === true || value === 0 || value === false;
  const off = (value: unknown) => value === 0 || value === false;
  if (entries.some(([path, value]) => path.includes('.') || !flag(value))) throw unsupported('This projection');
  const others = entries.filter(([path]) => path !== '_id');
  const excluding = others.length > 0 ? off(others[0]![1]) : entries.every(([, value]) => off(value));
  const named = new Set(others.map(([path]) => path));
  const id = !entries.some(([path, value]) => path === '_id' && off(value));
  const shown = (path: string) => (path === '_id' ? id : named.has(path) !== excluding);
  return document => Object.fromEntries(Object.entries(document).filter(([path]) => shown(path)));
}
