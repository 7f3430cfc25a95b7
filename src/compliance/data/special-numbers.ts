import type { PackOrigin } from './pack.ts';

/**
 * Codes of the North American plan that belong to no place. Metadata knows the kind of a number only once it is assigned, so these are
 * told by their digits.
 */
export const specialAreaCodes: PackOrigin & { readonly codes: Readonly<Record<string, string>> } = {
  source: 'North American Numbering Plan Administrator, public list of non-geographic codes',
  verifiedOn: '2026-11-20',
  codes: {
    'toll-free': '800 822 833 844 855 866 877 888',
    'premium rate': '900 976',
    personal:
      '500 521 522 523 524 525 526 527 528 529 532 533 535 538 542 543 544 545 546 547 549 550 552 553 554 556 566 569 577 578 588 700 710 456',
    'non-geographic': '600 622 633 644 655 677 688',
  },
};
