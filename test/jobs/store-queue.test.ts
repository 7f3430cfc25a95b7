import { jobQueueConformance } from './conformance.ts';
import { openStoreSite } from './job-site.ts';

jobQueueConformance('in-process runner', { skip: false, open: openStoreSite });
