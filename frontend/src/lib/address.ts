/** The path under which the dashboard is served, with slashes around it; "/" unless it was built for another one. */
export const basePath = import.meta.env.BASE_URL;

/** An address of this installation; the path is written without a leading slash. */
export const address = (path: string): string => new URL(basePath + path, location.origin).href;
