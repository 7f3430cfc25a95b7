import type { Page } from 'playwright-core';

/**
 * What a system of forced colours takes away from what is on screen now, one readable line each: marks that told something by their
 * colour and vanish, controls and layers without an edge, what is chosen and looks like the rest, focus that is not seen.
 */
export async function lostInForcedColours(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    for (const each of document.querySelectorAll<HTMLElement>('body *:empty')) {
      const { backgroundColor } = getComputedStyle(each);
      const { width, height } = each.getBoundingClientRect();
      const painted = !/(?:, |\/ )0\)$/.test(backgroundColor);
      if (painted && width > 0 && height > 0 && each.checkVisibility()) each.dataset['painted'] = '';
    }
  });
  await page.emulateMedia({ forcedColors: 'active' });
  const lost = await page.evaluate(() => {
    // Methods of one object: tools that keep names of functions rewrite all others into what the page does not have.
    const look = {
      found: [] as string[],
      seen: [...document.querySelectorAll<HTMLElement>('body *')].filter(each => each.checkVisibility()),
      system: { canvas: '', highlight: '' },
      all(selector: string) {
        return this.seen.filter(each => each.matches(selector));
      },
      tell(what: string, each: Element) {
        this.found.push(`${location.pathname}: ${what}: ${each.outerHTML.slice(0, 160)}`);
      },
      edged(style: CSSStyleDeclaration) {
        const { borderBottomStyle, borderBottomWidth, borderBottomColor } = style;
        return (
          borderBottomStyle !== 'none' &&
          Number.parseFloat(borderBottomWidth) >= 1 &&
          borderBottomColor !== this.system.canvas
        );
      },
      outlined({ outlineStyle, outlineWidth, outlineColor }: CSSStyleDeclaration) {
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && outlineColor !== this.system.canvas;
      },
    };
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'Canvas';
    look.system.canvas = getComputedStyle(probe).color;
    probe.style.color = 'Highlight';
    look.system.highlight = getComputedStyle(probe).color;
    probe.remove();

    for (const each of look.all('[data-painted]')) {
      const style = getComputedStyle(each);
      const unpainted = [look.system.canvas, 'rgba(0, 0, 0, 0)'].includes(style.backgroundColor);
      if (!unpainted || look.edged(style)) delete each.dataset['painted'];
    }
    const controls = 'button, select, textarea, input:not([type=checkbox], [type=radio], [type=range], [type=file])';
    const layers = '[role=dialog], [role=alertdialog], [role=menu]';
    for (const each of look.all(`${controls}, ${layers}, [data-track]`))
      if (!look.edged(getComputedStyle(each))) look.tell('has no edge', each);
    for (const each of look.all(
      '[aria-pressed=true], [aria-selected=true], [aria-current]:not([aria-current=false])',
    )) {
      const style = getComputedStyle(each);
      if (!look.outlined(style) || style.outlineColor !== look.system.highlight) look.tell('looks like the rest', each);
    }
    for (const each of look.all('main a[aria-current=page]:not(nav a)'))
      if (new URL((each as HTMLAnchorElement).href).pathname !== location.pathname) look.tell('is another page', each);
    const before = document.activeElement;
    for (const each of look.all('a[href], button:not(:disabled), input, select, textarea, summary, [tabindex="0"]')) {
      const how: FocusOptions & { focusVisible: boolean } = { focusVisible: true, preventScroll: true };
      each.focus(how);
      if (document.activeElement !== each) continue;
      if (![getComputedStyle(each), getComputedStyle(each, '::after')].some(style => look.outlined(style)))
        look.tell('has the focus, unseen', each);
    }
    if (before instanceof HTMLElement && before !== document.body) before.focus({ preventScroll: true });
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    return look.found;
  });
  await page.emulateMedia({ forcedColors: 'none' });
  // What moves may have lost its paint by itself meanwhile; what has it still, had only lost it to the system.
  const vanished = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-painted]')].flatMap(each => {
      delete each.dataset['painted'];
      const isPainted = !/(?:, |\/ )0\)$/.test(getComputedStyle(each).backgroundColor);
      return isPainted && each.checkVisibility()
        ? [`${location.pathname}: vanishes: ${each.outerHTML.slice(0, 160)}`]
        : [];
    }),
  );
  return [...vanished, ...lost];
}
