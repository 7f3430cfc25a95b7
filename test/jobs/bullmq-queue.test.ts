import { redisMissing } from '../helpers/redis.ts';
import { jobQueueConformance } from './conformance.ts';
import { openRedisSite } from './job-site.ts';

jobQueueConformance('BullMQ runner', { skip: redisMissing, open: openRedisSite });
