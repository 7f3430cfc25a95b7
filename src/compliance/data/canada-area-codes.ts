import type { AreaCodePack } from './pack.ts';

const zones = (...names: readonly string[]): readonly string[] => names.map(name => `America/${name}`);

/** Geographic area codes of Canada with their province and every time zone in which some of their people live. */
export const canadaAreaCodes: AreaCodePack = {
  source:
    'Own compilation from the public assignments of the North American Numbering Plan and the metadata of libphonenumber (2026-11-10)',
  verifiedOn: '2026-11-20',
  reviewEveryMonths: 6,
  entries: [
    { region: 'CA-NL', zones: zones('St_Johns', 'Halifax'), codes: '709 879' },
    // Nova Scotia and Prince Edward Island share their codes.
    { region: 'CA-NS', zones: zones('Halifax'), codes: '782 902' },
    { region: 'CA-NB', zones: zones('Halifax'), codes: '428 506' },
    { region: 'CA-QC', zones: zones('Toronto'), codes: '263 354 438 450 468 514 579 819 873' },
    // The islands in the Gulf of Saint Lawrence keep Atlantic time.
    { region: 'CA-QC', zones: zones('Toronto', 'Halifax'), codes: '367 418 581' },
    {
      region: 'CA-ON',
      zones: zones('Toronto'),
      codes: '226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942',
    },
    { region: 'CA-ON', zones: zones('Toronto', 'Winnipeg'), codes: '807' },
    { region: 'CA-MB', zones: zones('Winnipeg'), codes: '204 431 584' },
    { region: 'CA-SK', zones: zones('Regina'), codes: '306 474 639' },
    { region: 'CA-AB', zones: zones('Edmonton'), codes: '368 403 587 780 825' },
    { region: 'CA-BC', zones: zones('Vancouver'), codes: '604' },
    // The east of the province lives with Alberta.
    { region: 'CA-BC', zones: zones('Vancouver', 'Edmonton'), codes: '236 250 257 672 778' },
    // Yukon, Northwest Territories and Nunavut share one code over all their zones.
    { region: 'CA-NT', zones: zones('Whitehorse', 'Vancouver', 'Edmonton', 'Winnipeg', 'Toronto'), codes: '867' },
  ],
};
