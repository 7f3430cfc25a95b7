/** What is written down about one job, and the store's side of the contract, in the queue's own words. */

/** waiting → running → done; a failed attempt goes back to waiting or, out of attempts, to dead; a replay to waiting. */
export const jobStates = ['queued', 'running', 'done', 'dead'] as const;
export type JobState = (typeof jobStates)[number];

export const jobPriorities = ['low', 'normal', 'high'] as const;
export type JobPriority = (typeof jobPriorities)[number];

export interface JobProblem {
  /** Our code, or the name of the error. */
  code: string;
  /** Our own sentence; what a vendor or a driver said is in the log only. */
  message: string;
}

export interface JobRecord {
  id: string;
  name: string;
  payload: object;
  state: JobState;
  priority: JobPriority;
  /** Attempts begun since the job was enqueued or replayed. */
  attempts: number;
  /** Claims ever made. It never goes back, so it tells one offer to Redis from the next. */
  claims: number;
  /** When the record next needs somebody: its run time while waiting, the end of its lease while running. */
  dueAt: Date | null;
  dedupeKey?: string;
  /** Of a scheduled job: the moment it stands for. */
  tick?: string;
  problem?: JobProblem;
  createdAt: Date;
  finishedAt?: Date;
}

/** A job under a lease: `token` proves that it is still ours with every later write. */
export interface ClaimedJob extends JobRecord {
  token: string;
  leaseUntil: Date;
}

export interface NewJob {
  name: string;
  payload: object;
  priority: JobPriority;
  dueAt: Date;
  /** When Redis must be offered the job (again); equal to `dueAt` unless the enqueuer offers it right away. */
  offerAt: Date;
  now: Date;
  dedupeKey?: string;
  tick?: string;
}

export interface Claim {
  now: Date;
  token: string;
  leaseUntil: Date;
}

export type Outcome =
  | { kind: 'done'; now: Date; keepUntil: Date; freeKey: boolean }
  | { kind: 'retry'; dueAt: Date; problem: JobProblem }
  | { kind: 'dead'; now: Date; keepUntil: Date; problem: JobProblem }
  /** Given back unfinished: the attempt does not count. */
  | { kind: 'handedBack'; dueAt: Date };

export interface JobQuery {
  state?: JobState;
  name?: string;
  limit?: number;
  cursor?: string;
}

export interface JobPage {
  items: JobRecord[];
  nextCursor: string | null;
}

export interface JobCensus {
  name: string;
  state: JobState;
  count: number;
  /** The earliest due time among waiting jobs of this name. */
  oldestDueAt: Date | null;
}

/** Where jobs live. Every move is one conditional write, so that any number of processes may attempt it. */
export interface JobStore {
  insert(job: NewJob): Promise<{ id: string; created: boolean }>;
  /** The first due job by priority, then due time; also one whose lease ran out. */
  claimNext(name: string, claim: Claim): Promise<ClaimedJob | undefined>;
  /** The same for one job; undefined when it is not due, done, or another's. */
  claimById(id: string, claim: Claim): Promise<ClaimedJob | undefined>;
  /** False when the lease is no longer ours. */
  extendLease(id: string, token: string, leaseUntil: Date): Promise<boolean>;
  /** Writes down how a claimed job ended; false when the lease is no longer ours. */
  settle(id: string, token: string, outcome: Outcome): Promise<boolean>;
  /** Whether a claim of one of these names would find something. */
  anyDue(names: readonly string[], now: Date): Promise<boolean>;

  /** Due jobs that Redis must be offered, with the offer to be repeated at `againAt` while nobody has claimed them. */
  takeOffers(
    now: Date,
    againAt: Date,
    limit: number,
  ): Promise<Pick<JobRecord, 'id' | 'name' | 'priority' | 'claims'>[]>;
  /** After Redis was lost or emptied: every due job is to be offered again. Returns how many. */
  offerAllAgain(now: Date): Promise<number>;

  job(id: string): Promise<JobRecord | undefined>;
  /** Newest first. */
  page(query: JobQuery): Promise<JobPage>;
  /** Dead → waiting; `duplicate` when an open job holds its dedupe key. */
  replay(id: string, now: Date): Promise<JobRecord | 'duplicate' | undefined>;
  /** Removes a dead or waiting job; false when there is none. */
  discard(id: string): Promise<boolean>;
  census(): Promise<JobCensus[]>;
}
