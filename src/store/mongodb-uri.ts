const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(\?.*)?$/s;

/** The same address with a database name, unless it already names one. Anything that is no address is returned as it is. */
export function withDatabase(uri: string, database: string): string {
  const match = parts.exec(uri);
  if (!match) return uri;
  const [, server, name, options = ''] = match;
  return name ? uri : `${server}/${database}${options}`;
}

/** The same address with another database name. */
export function inDatabase(uri: string, database: string): string {
  const match = parts.exec(uri);
  return match ? `${match[1]}/${database}${match[3] ?? ''}` : uri;
}
