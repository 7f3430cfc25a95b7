import type { AreaCodePack } from './pack.ts';

const eastern = ['America/New_York'];
const central = ['America/Chicago'];
const mountain = ['America/Denver'];
const arizona = ['America/Phoenix'];
const pacific = ['America/Los_Angeles'];
const hawaii = ['Pacific/Honolulu'];
const both = (...zones: readonly (readonly string[])[]): readonly string[] => zones.flat();

/**
 * Geographic area codes of the United States with the state and every time zone in which some of their people live. An overlay has
 * the zones of the code it lies over, as its numbers are given out in the same places.
 */
export const unitedStatesAreaCodes: AreaCodePack = {
  source:
    'Own compilation from the public assignments of the North American Numbering Plan, the metadata of libphonenumber (2026-11-10) and ' +
    'announcements of state commissions; 357 436 457 465 471 483 621 679 729 837 861 924 are in service or announced and not in that metadata.',
  verifiedOn: '2026-11-20',
  reviewEveryMonths: 6,
  entries: [
    { region: 'US-AK', zones: ['America/Anchorage', 'America/Adak'], codes: '907' },
    { region: 'US-AL', zones: central, codes: '205 251 256 334 483 659 938' },
    { region: 'US-AR', zones: central, codes: '327 479 501 870' },
    { region: 'US-AZ', zones: arizona, codes: '480 520 602 623' },
    { region: 'US-AZ', zones: both(arizona, mountain), codes: '928' },
    {
      region: 'US-CA',
      zones: pacific,
      codes:
        '209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951',
    },
    { region: 'US-CO', zones: mountain, codes: '303 719 720 748 970 983' },
    { region: 'US-CT', zones: eastern, codes: '203 475 860 959' },
    { region: 'US-DC', zones: eastern, codes: '202 771' },
    { region: 'US-DE', zones: eastern, codes: '302' },
    {
      region: 'US-FL',
      zones: eastern,
      codes: '239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954',
    },
    { region: 'US-FL', zones: both(eastern, central), codes: '448 850' },
    { region: 'US-GA', zones: eastern, codes: '229 404 470 478 678 706 762 770 912 943' },
    { region: 'US-HI', zones: hawaii, codes: '808' },
    { region: 'US-IA', zones: central, codes: '319 515 563 641 712' },
    { region: 'US-ID', zones: both(mountain, pacific), codes: '208 986' },
    { region: 'US-IL', zones: central, codes: '217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872' },
    { region: 'US-IN', zones: eastern, codes: '260 317 463 765' },
    { region: 'US-IN', zones: both(eastern, central), codes: '219 574 812 930' },
    { region: 'US-KS', zones: central, codes: '316 913' },
    { region: 'US-KS', zones: both(central, mountain), codes: '620 785' },
    { region: 'US-KY', zones: eastern, codes: '502 859' },
    { region: 'US-KY', zones: both(eastern, central), codes: '270 364 606' },
    { region: 'US-LA', zones: central, codes: '225 318 337 457 504 985' },
    { region: 'US-MA', zones: eastern, codes: '339 351 413 508 617 774 781 857 978' },
    { region: 'US-MD', zones: eastern, codes: '227 240 301 410 443 667' },
    { region: 'US-ME', zones: eastern, codes: '207' },
    { region: 'US-MI', zones: eastern, codes: '231 248 269 313 517 586 616 679 734 810 947 989' },
    { region: 'US-MI', zones: both(eastern, central), codes: '906' },
    { region: 'US-MN', zones: central, codes: '218 320 507 612 651 763 924 952' },
    { region: 'US-MO', zones: central, codes: '235 314 417 557 573 636 660 816 975' },
    { region: 'US-MS', zones: central, codes: '228 471 601 662 769' },
    { region: 'US-MT', zones: mountain, codes: '406' },
    { region: 'US-NC', zones: eastern, codes: '252 336 472 704 743 828 910 919 980 984' },
    { region: 'US-ND', zones: both(central, mountain), codes: '701' },
    { region: 'US-NE', zones: central, codes: '402 531' },
    { region: 'US-NE', zones: both(central, mountain), codes: '308' },
    { region: 'US-NH', zones: eastern, codes: '603' },
    { region: 'US-NJ', zones: eastern, codes: '201 551 609 640 732 848 856 862 908 973' },
    { region: 'US-NM', zones: mountain, codes: '505 575' },
    { region: 'US-NV', zones: pacific, codes: '702 725' },
    { region: 'US-NV', zones: both(pacific, mountain), codes: '775' },
    {
      region: 'US-NY',
      zones: eastern,
      codes: '212 315 329 332 347 363 465 516 518 585 607 631 646 680 716 718 838 845 914 917 929 934',
    },
    { region: 'US-OH', zones: eastern, codes: '216 220 234 283 326 330 380 419 436 440 513 567 614 740 937' },
    { region: 'US-OK', zones: central, codes: '405 539 572 580 918' },
    { region: 'US-OR', zones: pacific, codes: '503 971' },
    { region: 'US-OR', zones: both(pacific, mountain), codes: '458 541' },
    { region: 'US-PA', zones: eastern, codes: '215 223 267 272 412 445 484 570 582 610 717 724 814 835 878' },
    { region: 'US-RI', zones: eastern, codes: '401' },
    { region: 'US-SC', zones: eastern, codes: '803 821 839 843 854 864' },
    { region: 'US-SD', zones: both(central, mountain), codes: '605' },
    { region: 'US-TN', zones: central, codes: '615 629 731 901 931' },
    { region: 'US-TN', zones: both(eastern, central), codes: '423 729' },
    { region: 'US-TN', zones: eastern, codes: '865' },
    {
      region: 'US-TX',
      zones: central,
      codes:
        '210 214 254 281 325 346 361 409 430 469 512 621 682 713 726 737 806 817 830 832 903 936 940 945 956 972 979',
    },
    { region: 'US-TX', zones: both(central, mountain), codes: '432' },
    { region: 'US-TX', zones: mountain, codes: '915' },
    { region: 'US-UT', zones: mountain, codes: '385 435 801' },
    { region: 'US-VA', zones: eastern, codes: '276 434 540 571 686 703 757 804 826 948' },
    { region: 'US-VT', zones: eastern, codes: '802' },
    { region: 'US-WA', zones: pacific, codes: '206 253 360 425 509 564' },
    { region: 'US-WI', zones: central, codes: '262 274 353 414 534 608 715 920' },
    { region: 'US-WV', zones: eastern, codes: '304 681' },
    { region: 'US-WY', zones: mountain, codes: '307' },
    // Territories. Federal law holds there; their numbers carry a country of their own, which ALLOWED_COUNTRIES must name.
    { region: 'US-PR', zones: ['America/Puerto_Rico'], codes: '787 939' },
    { region: 'US-VI', zones: ['America/St_Thomas'], codes: '340' },
    { region: 'US-GU', zones: ['Pacific/Guam'], codes: '671' },
    { region: 'US-MP', zones: ['Pacific/Saipan'], codes: '670' },
    { region: 'US-AS', zones: ['Pacific/Pago_Pago'], codes: '684' },
  ],
};
