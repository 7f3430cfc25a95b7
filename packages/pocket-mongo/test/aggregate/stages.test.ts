import { Decimal128, Double, Long, ObjectId } from 'bson';
import { test } from 'tap';
import { compilePipeline } from '../../src/aggregate/pipeline.ts';
import { stageNames } from '../../src/aggregate/stages/registry.ts';
import { compileCollation } from '../../src/bson/collation.ts';
import type { Document } from '../../src/bson/types.ts';
import { environmentOf, runPipeline, written } from './run-pipeline.ts';

const money = (text: string): Decimal128 => Decimal128.fromString(text);

const calls: Document[] = [
  { _id: 1, org: 'a', state: 'done', cost: money('0.10'), seconds: 60, tags: ['x', 'y'] },
  { _id: 2, org: 'b', state: 'done', cost: money('0.20'), seconds: 30, tags: ['x'] },
  { _id: 3, org: 'a', state: 'failed', cost: money('0.05'), seconds: 0, tags: [] },
  { _id: 4, org: 'c', state: 'done', cost: null, seconds: Long.fromNumber(90) },
];

interface Row {
  readonly does: string;
  readonly stages: Document[];
  readonly over?: Document[];
  readonly with?: Record<string, Document[]>;
  readonly gives: Document[];
}

const rows: Row[] = [
  {
    does: '$match keeps what matches',
    stages: [{ $match: { org: 'a', seconds: { $gt: 0 } } }, { $project: { _id: 1 } }],
    gives: [{ _id: 1 }],
  },
  {
    does: '$match evaluates $expr',
    stages: [{ $match: { $expr: { $gt: ['$seconds', 45] } } }, { $project: { _id: 1 } }],
    gives: [{ _id: 1 }, { _id: 4 }],
  },
  {
    does: '$project includes, renames and computes',
    stages: [{ $project: { _id: 0, org: 1, minutes: { $divide: ['$seconds', 60] } } }, { $limit: 1 }],
    gives: [{ org: 'a', minutes: new Double(1) }],
  },
  {
    does: '$project excludes',
    stages: [{ $project: { cost: 0, tags: 0, _id: 0 } }, { $limit: 1 }],
    gives: [{ org: 'a', state: 'done', seconds: 60 }],
  },
  {
    does: '$project goes into arrays of documents',
    stages: [{ $project: { 'turns.text': 1, 'turns.by': '$who' } }],
    over: [{ _id: 1, who: 'agent', turns: [{ text: 'hi', at: 1 }, { text: 'bye' }, 7] }],
    gives: [{ _id: 1, turns: [{ text: 'hi', by: 'agent' }, { text: 'bye', by: 'agent' }, { by: 'agent' }] }],
  },
  {
    does: '$project excludes inside arrays of documents',
    stages: [{ $project: { 'turns.at': 0 } }],
    over: [{ _id: 1, turns: [{ text: 'hi', at: 1 }, 7] }],
    gives: [{ _id: 1, turns: [{ text: 'hi' }, 7] }],
  },
  {
    does: '$project leaves missing values and $$REMOVE out',
    stages: [{ $project: { a: '$nothing', b: { $cond: [true, '$$REMOVE', 1] }, c: { d: '$org' } } }, { $limit: 1 }],
    gives: [{ _id: 1, c: { d: 'a' } }],
  },
  {
    does: '$project with only _id dropped keeps the rest',
    stages: [{ $project: { _id: 0 } }],
    over: [{ _id: 1, a: 1 }],
    gives: [{ a: 1 }],
  },
  {
    does: '$set sets in every element of an array',
    stages: [{ $set: { 'a.z': 9 } }],
    over: [{ _id: 1, a: [{ x: 1 }, { x: 2 }] }],
    gives: [
      {
        _id: 1,
        a: [
          { x: 1, z: 9 },
          { x: 2, z: 9 },
        ],
      },
    ],
  },
  {
    does: '$addFields merges nested fields and replaces scalars on the way',
    stages: [{ $addFields: { 'a.b': 2, 'c.d': '$a.x', e: { f: { $add: [1, 1] } } } }],
    over: [{ _id: 1, a: { x: 1 }, c: 5 }],
    gives: [{ _id: 1, a: { x: 1, b: 2 }, c: { d: 1 }, e: { f: 2 } }],
  },
  {
    does: '$set evaluates all its fields on the document as it came',
    stages: [{ $set: { a: '$b', b: '$a' } }],
    over: [{ _id: 1, a: 1, b: 2 }],
    gives: [{ _id: 1, a: 2, b: 1 }],
  },
  {
    does: '$unset removes, also inside arrays',
    stages: [{ $unset: ['a.x', 'b'] }],
    over: [{ _id: 1, a: [{ x: 1, y: 2 }], b: 3 }],
    gives: [{ _id: 1, a: [{ y: 2 }] }],
  },
  {
    does: '$group sums money and mixed numbers exactly',
    stages: [{ $group: { _id: '$org', cost: { $sum: '$cost' }, seconds: { $sum: '$seconds' }, n: { $count: {} } } }],
    gives: [
      { _id: 'a', cost: money('0.15'), seconds: 60, n: 2 },
      { _id: 'b', cost: money('0.20'), seconds: 30, n: 1 },
      { _id: 'c', cost: 0, seconds: Long.fromNumber(90), n: 1 },
    ],
  },
  {
    does: '$group gathers with every common accumulator',
    stages: [
      {
        $group: {
          _id: null,
          avg: { $avg: '$n' },
          min: { $min: '$n' },
          max: { $max: '$n' },
          first: { $first: '$n' },
          last: { $last: '$n' },
          all: { $push: '$n' },
          set: { $addToSet: '$n' },
          merged: { $mergeObjects: '$o' },
          spread: { $stdDevPop: '$n' },
        },
      },
    ],
    over: [{ n: 1, o: { a: 1 } }, { n: 3, o: { b: 2 } }, { n: new Double(1), o: null }, { o: { a: 3 } }],
    gives: [
      {
        _id: null,
        avg: 5 / 3,
        min: 1,
        max: 3,
        first: 1,
        last: null,
        all: [1, 3, new Double(1)],
        set: [1, 3],
        merged: { a: 3, b: 2 },
        spread: Math.sqrt(8 / 9),
      },
    ],
  },
  {
    does: '$group takes equal numbers of all types and missing with null as one key',
    stages: [{ $group: { _id: '$k', n: { $sum: 1 } } }],
    over: [{ k: 1 }, { k: new Double(1) }, { k: Long.fromNumber(1) }, { k: money('1.0') }, { k: null }, {}],
    gives: [
      { _id: 1, n: 4 },
      { _id: null, n: 2 },
    ],
  },
  {
    does: '$group keeps keys of ordered fields apart',
    stages: [{ $group: { _id: '$k', n: { $sum: 1 } } }],
    over: [{ k: { a: 1, b: 2 } }, { k: { b: 2, a: 1 } }, { k: [1, 2] }, { k: [2, 1] }],
    gives: [
      { _id: { a: 1, b: 2 }, n: 1 },
      { _id: { b: 2, a: 1 }, n: 1 },
      { _id: [1, 2], n: 1 },
      { _id: [2, 1], n: 1 },
    ],
  },
  {
    does: '$group picks the first and last n, the least and most, the top and bottom',
    stages: [
      {
        $group: {
          _id: null,
          firstN: { $firstN: { input: '$n', n: 2 } },
          lastN: { $lastN: { input: '$n', n: 2 } },
          minN: { $minN: { input: '$n', n: 2 } },
          maxN: { $maxN: { input: '$n', n: 2 } },
          top: { $top: { sortBy: { n: -1 }, output: '$s' } },
          topN: { $topN: { sortBy: { n: 1 }, output: '$s', n: 2 } },
          bottom: { $bottom: { sortBy: { n: -1 }, output: ['$s', '$n'] } },
          bottomN: { $bottomN: { sortBy: { n: 1 }, output: '$s', n: 2 } },
        },
      },
    ],
    over: [
      { n: 5, s: 'e' },
      { n: 1, s: 'a' },
      { n: 3, s: 'c' },
    ],
    gives: [
      {
        _id: null,
        firstN: [5, 1],
        lastN: [1, 3],
        minN: [1, 3],
        maxN: [5, 3],
        top: 'e',
        topN: ['a', 'c'],
        bottom: ['a', 1],
        bottomN: ['c', 'e'],
      },
    ],
  },
  {
    does: '$sort orders by type and value, $skip and $limit cut',
    stages: [{ $sort: { v: 1 } }, { $skip: 1 }, { $limit: 3 }, { $project: { _id: 0 } }],
    over: [{ v: 'b' }, { v: 2 }, { v: null }, { v: money('1.5') }, {}],
    gives: [{}, { v: money('1.5') }, { v: 2 }],
  },
  {
    does: '$sort keeps the order of equals',
    stages: [{ $sort: { org: 1 } }, { $project: { _id: 1 } }],
    gives: [{ _id: 1 }, { _id: 3 }, { _id: 2 }, { _id: 4 }],
  },
  { does: '$count counts', stages: [{ $match: { org: 'a' } }, { $count: 'calls' }], gives: [{ calls: 2 }] },
  { does: '$count of nothing gives nothing', stages: [{ $match: { org: 'z' } }, { $count: 'calls' }], gives: [] },
  {
    does: '$sortByCount groups and orders by frequency',
    stages: [{ $sortByCount: '$state' }],
    gives: [
      { _id: 'done', count: 3 },
      { _id: 'failed', count: 1 },
    ],
  },
  {
    does: '$unwind gives one document for each element',
    stages: [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
    gives: [
      { _id: 1, tags: 'x' },
      { _id: 1, tags: 'y' },
      { _id: 2, tags: 'x' },
    ],
  },
  {
    does: '$unwind can keep empty ones and number the elements',
    stages: [{ $unwind: { path: '$a.b', preserveNullAndEmptyArrays: true, includeArrayIndex: 'at' } }],
    over: [{ a: { b: ['x', 'y'] } }, { a: { b: [] } }, { a: { b: 'z' } }, { c: 1 }],
    gives: [
      { a: { b: 'x' }, at: Long.fromNumber(0) },
      { a: { b: 'y' }, at: Long.fromNumber(1) },
      { a: {}, at: null },
      { a: { b: 'z' }, at: null },
      { c: 1, at: null },
    ],
  },
  {
    does: '$replaceRoot promotes a subdocument',
    stages: [{ $replaceRoot: { newRoot: '$a' } }],
    over: [{ a: { b: 1 } }],
    gives: [{ b: 1 }],
  },
  {
    does: '$replaceWith promotes an expression',
    stages: [{ $replaceWith: { $mergeObjects: [{ n: 0 }, '$a'] } }],
    over: [{ a: { b: 1 } }, { c: 1 }],
    gives: [{ n: 0, b: 1 }, { n: 0 }],
  },
  {
    does: '$lookup by equality matches elements of arrays and null with missing',
    stages: [
      { $lookup: { from: 'orgs', localField: 'org', foreignField: 'key', as: 'orgs' } },
      { $project: { 'orgs._id': 1 } },
    ],
    over: [{ _id: 1, org: 'a' }, { _id: 2, org: ['a', 'b'] }, { _id: 3 }, { _id: 4, org: 'z' }],
    with: { orgs: [{ _id: 10, key: 'a' }, { _id: 20, key: ['b', 'c'] }, { _id: 30, key: null }, { _id: 40 }] },
    gives: [
      { _id: 1, orgs: [{ _id: 10 }] },
      { _id: 2, orgs: [{ _id: 10 }, { _id: 20 }] },
      { _id: 3, orgs: [{ _id: 30 }, { _id: 40 }] },
      { _id: 4, orgs: [] },
    ],
  },
  {
    does: '$lookup with a pipeline sees the variables of its let',
    stages: [
      {
        $lookup: {
          from: 'rates',
          let: { org: '$org', at: '$at' },
          pipeline: [
            { $match: { $expr: { $and: [{ $eq: ['$org', '$$org'] }, { $lte: ['$from', '$$at'] }] } } },
            { $sort: { from: -1 } },
            { $limit: 1 },
            { $project: { _id: 0, price: 1 } },
          ],
          as: 'rate',
        },
      },
      { $project: { rate: 1 } },
    ],
    over: [
      { _id: 1, org: 'a', at: 5 },
      { _id: 2, org: 'a', at: 1 },
      { _id: 3, org: 'b', at: 9 },
    ],
    with: {
      rates: [
        { org: 'a', from: 0, price: 1 },
        { org: 'a', from: 3, price: 2 },
        { org: 'b', from: 10, price: 3 },
      ],
    },
    gives: [
      { _id: 1, rate: [{ price: 2 }] },
      { _id: 2, rate: [{ price: 1 }] },
      { _id: 3, rate: [] },
    ],
  },
  {
    does: '$lookup with both joins the equal ones only, then runs the pipeline',
    stages: [
      {
        $lookup: {
          from: 'x',
          localField: 'k',
          foreignField: 'k',
          pipeline: [{ $match: { n: { $gt: 1 } } }, { $project: { _id: 0, n: 1 } }],
          as: 'out.in',
        },
      },
    ],
    over: [{ k: 1 }],
    with: {
      x: [
        { k: 1, n: 1 },
        { k: 1, n: 2 },
        { k: 2, n: 3 },
      ],
    },
    gives: [{ k: 1, out: { in: [{ n: 2 }] } }],
  },
  {
    does: '$lookup inside $lookup keeps outer variables',
    stages: [
      {
        $lookup: {
          from: 'x',
          let: { a: '$a' },
          pipeline: [
            {
              $lookup: {
                from: 'y',
                let: { b: '$b' },
                pipeline: [{ $project: { _id: 0, sum: { $add: ['$$a', '$$b', '$c'] } } }],
                as: 'ys',
              },
            },
            { $project: { _id: 0, ys: 1 } },
          ],
          as: 'xs',
        },
      },
    ],
    over: [{ a: 100 }],
    with: { x: [{ b: 10 }, { b: 20 }], y: [{ c: 1 }] },
    gives: [{ a: 100, xs: [{ ys: [{ sum: 111 }] }, { ys: [{ sum: 121 }] }] }],
  },
  {
    does: '$unionWith appends another collection through a pipeline',
    stages: [
      { $project: { _id: 1 } },
      { $unionWith: { coll: 'more', pipeline: [{ $match: { keep: true } }, { $project: { _id: 1 } }] } },
      { $unionWith: 'plain' },
    ],
    over: [{ _id: 1 }],
    with: { more: [{ _id: 2, keep: true }, { _id: 3 }], plain: [{ _id: 4 }] },
    gives: [{ _id: 1 }, { _id: 2 }, { _id: 4 }],
  },
  {
    does: '$documents makes its own',
    stages: [{ $documents: [{ a: 1 }, { a: { $add: [1, 1] } }] }, { $match: { a: 2 } }],
    over: [{ _id: 1 }],
    gives: [{ a: 2 }],
  },
  {
    does: '$documents brings its own documents to a join',
    stages: [
      {
        $lookup: {
          let: { n: '$n' },
          pipeline: [
            { $documents: [{ k: 1 }, { k: { $add: [1, 1] } }] },
            { $match: { $expr: { $gte: ['$k', '$$n'] } } },
          ],
          as: 'd',
        },
      },
      { $unionWith: { pipeline: [{ $documents: [{ last: true }] }] } },
    ],
    over: [{ n: 2 }],
    gives: [{ n: 2, d: [{ k: 2 }] }, { last: true }],
  },
  {
    does: '$facet runs several pipelines over the same documents',
    stages: [
      {
        $facet: {
          total: [{ $count: 'n' }],
          orgs: [{ $group: { _id: '$org' } }, { $sort: { _id: 1 } }, { $limit: 2 }],
          none: [{ $match: { org: 'z' } }],
        },
      },
    ],
    gives: [{ total: [{ n: 4 }], orgs: [{ _id: 'a' }, { _id: 'b' }], none: [] }],
  },
  {
    does: '$bucket sorts into half-open ranges',
    stages: [
      {
        $bucket: {
          groupBy: '$n',
          boundaries: [0, 10, 20],
          default: 'other',
          output: { n: { $sum: 1 }, all: { $push: '$n' } },
        },
      },
    ],
    over: [{ n: 10 }, { n: 0 }, { n: 9.5 }, { n: 20 }, {}],
    gives: [
      { _id: 0, n: 2, all: [0, 9.5] },
      { _id: 10, n: 1, all: [10] },
      { _id: 'other', n: 2, all: [20] },
    ],
  },
  {
    does: '$bucketAuto divides evenly and keeps equal values together',
    stages: [{ $bucketAuto: { groupBy: '$n', buckets: 2 } }],
    over: [{ n: 1 }, { n: 2 }, { n: 2 }, { n: 4 }],
    gives: [
      { _id: { min: 1, max: 4 }, count: 3 },
      { _id: { min: 4, max: 4 }, count: 1 },
    ],
  },
  {
    does: '$bucketAuto rounds its boundaries to a preferred series',
    stages: [{ $bucketAuto: { groupBy: '$n', buckets: 2, granularity: 'POWERSOF2' } }],
    over: [{ n: 3 }, { n: 5 }, { n: 9 }, { n: 30 }],
    gives: [
      { _id: { min: 2, max: 8 }, count: 2 },
      { _id: { min: 8, max: 32 }, count: 2 },
    ],
  },
  {
    does: '$redact prunes, keeps and descends',
    stages: [{ $redact: { $cond: [{ $eq: ['$level', 5] }, '$$PRUNE', '$$DESCEND'] } }],
    over: [{ _id: 1, level: 1, sub: { level: 5, secret: 1 }, list: [{ level: 5 }, { level: 2, ok: true }, 'text'] }],
    gives: [{ _id: 1, level: 1, list: [{ level: 2, ok: true }, 'text'] }],
  },
  {
    does: '$graphLookup follows references to any depth, once each',
    stages: [
      {
        $graphLookup: {
          from: 'people',
          startWith: '$boss',
          connectFromField: 'boss',
          connectToField: 'name',
          as: 'chain',
          depthField: 'depth',
        },
      },
      { $project: { 'chain.name': 1, 'chain.depth': 1 } },
    ],
    over: [{ _id: 1, boss: 'b' }],
    with: {
      people: [
        { _id: 2, name: 'b', boss: 'c' },
        { _id: 3, name: 'c', boss: 'b' },
        { _id: 4, name: 'd', boss: 'b' },
      ],
    },
    gives: [
      {
        _id: 1,
        chain: [
          { name: 'b', depth: Long.fromNumber(0) },
          { name: 'c', depth: Long.fromNumber(1) },
        ],
      },
    ],
  },
  {
    does: '$graphLookup stops at maxDepth and heeds its filter',
    stages: [
      {
        $graphLookup: {
          from: 'n',
          startWith: '$next',
          connectFromField: 'next',
          connectToField: '_id',
          as: 'seen',
          maxDepth: 1,
          restrictSearchWithMatch: { ok: true },
        },
      },
      { $project: { 'seen._id': 1 } },
    ],
    over: [{ _id: 0, next: [1, 2] }],
    with: {
      n: [
        { _id: 1, next: [3], ok: true },
        { _id: 2, next: [4] },
        { _id: 3, next: [5], ok: true },
        { _id: 5, ok: true },
      ],
    },
    gives: [{ _id: 0, seen: [{ _id: 1 }, { _id: 3 }] }],
  },
  {
    does: '$setWindowFields ranks and runs totals in each partition',
    stages: [
      {
        $setWindowFields: {
          partitionBy: '$org',
          sortBy: { n: 1 },
          output: {
            total: { $sum: '$n', window: { documents: ['unbounded', 'current'] } },
            around: { $avg: '$n', window: { documents: [-1, 1] } },
            rank: { $rank: {} },
            dense: { $denseRank: {} },
            number: { $documentNumber: {} },
            next: { $shift: { output: '$n', by: 1, default: -1 } },
            everyone: { $max: '$n' },
          },
        },
      },
    ],
    over: [
      { org: 'b', n: 5 },
      { org: 'a', n: 2 },
      { org: 'a', n: 1 },
      { org: 'a', n: 2 },
      { org: 'a', n: 4 },
    ],
    gives: [
      { org: 'a', n: 1, total: 1, around: 1.5, rank: 1, dense: 1, number: 1, next: 2, everyone: 4 },
      { org: 'a', n: 2, total: 3, around: 5 / 3, rank: 2, dense: 2, number: 2, next: 2, everyone: 4 },
      { org: 'a', n: 2, total: 5, around: 8 / 3, rank: 2, dense: 2, number: 3, next: 4, everyone: 4 },
      { org: 'a', n: 4, total: 9, around: new Double(3), rank: 4, dense: 3, number: 4, next: -1, everyone: 4 },
      { org: 'b', n: 5, total: 5, around: new Double(5), rank: 1, dense: 1, number: 1, next: -1, everyone: 5 },
    ],
  },
  {
    does: '$setWindowFields measures ranges of values and of time',
    stages: [
      {
        $setWindowFields: {
          sortBy: { at: 1 },
          output: {
            lastHour: { $sum: '$n', window: { range: [-1, 'current'], unit: 'hour' } },
            rate: { $derivative: { input: '$n', unit: 'minute' }, window: { documents: [-1, 0] } },
            area: { $integral: { input: '$n', unit: 'hour' }, window: { documents: ['unbounded', 'current'] } },
          },
        },
      },
      { $project: { at: 0 } },
    ],
    over: [
      { at: new Date('2024-05-01T10:00:00Z'), n: 10 },
      { at: new Date('2024-05-01T10:30:00Z'), n: 40 },
      { at: new Date('2024-05-01T11:30:00Z'), n: 40 },
    ],
    gives: [
      { n: 10, lastHour: 10, rate: null, area: new Double(0) },
      { n: 40, lastHour: 50, rate: new Double(1), area: 12.5 },
      { n: 40, lastHour: 80, rate: new Double(0), area: 52.5 },
    ],
  },
  {
    does: '$setWindowFields smooths, carries and interpolates',
    stages: [
      {
        $setWindowFields: {
          sortBy: { t: 1 },
          output: {
            smooth: { $expMovingAvg: { input: '$v', N: 3 } },
            carried: { $locf: '$v' },
            line: { $linearFill: '$v' },
            cov: { $covariancePop: ['$t', '$t'], window: { documents: ['unbounded', 'unbounded'] } },
          },
        },
      },
      { $project: { v: 0 } },
    ],
    over: [
      { t: 0, v: 4 },
      { t: 1, v: null },
      { t: 4, v: 8 },
    ],
    gives: [
      { t: 0, smooth: 4, carried: 4, line: 4, cov: 26 / 9 },
      { t: 1, smooth: 4, carried: 4, line: new Double(5), cov: 26 / 9 },
      { t: 4, smooth: new Double(6), carried: 8, line: 8, cov: 26 / 9 },
    ],
  },
  {
    does: '$fill fills by value, last value and line',
    stages: [
      { $fill: { sortBy: { t: 1 }, output: { a: { value: 0 }, b: { method: 'locf' }, c: { method: 'linear' } } } },
    ],
    over: [{ t: 1, a: 1, b: 'x', c: 10 }, { t: 2 }, { t: 3, a: null, b: 'y', c: 20 }],
    gives: [
      { t: 1, a: 1, b: 'x', c: 10 },
      { t: 2, b: 'x', c: new Double(15), a: 0 },
      { t: 3, a: 0, b: 'y', c: 20 },
    ],
  },
  {
    does: '$densify adds the missing steps in each partition',
    stages: [{ $densify: { field: 'n', partitionByFields: ['k'], range: { step: 2, bounds: 'full' } } }],
    over: [{ k: 'a', n: 0, x: 1 }, { k: 'a', n: 3 }, { k: 'b', n: 6 }, { k: 'c' }],
    gives: [
      { k: 'c' },
      { k: 'a', n: 0, x: 1 },
      { k: 'a', n: 2 },
      { k: 'a', n: 3 },
      { k: 'a', n: 4 },
      { k: 'a', n: 6 },
      { k: 'b', n: 0 },
      { k: 'b', n: 2 },
      { k: 'b', n: 4 },
      { k: 'b', n: 6 },
    ],
  },
  {
    does: '$densify fills days between bounds',
    stages: [
      {
        $densify: {
          field: 'at',
          range: { step: 1, unit: 'day', bounds: [new Date('2024-02-28'), new Date('2024-03-02')] },
        },
      },
    ],
    over: [{ at: new Date('2024-02-29'), n: 1 }],
    gives: [{ at: new Date('2024-02-28') }, { at: new Date('2024-02-29'), n: 1 }, { at: new Date('2024-03-01') }],
  },
];

for (const row of rows) {
  test(row.does, async t => {
    const results = runPipeline(row.stages, row.over ?? calls, row.with);
    t.strictSame(written(results), written(row.gives));
  });
}

test('every stage has a test', async t => {
  const tested = new Set(rows.flatMap(row => JSON.stringify(row.stages).match(/\$[a-zA-Z]+/g) ?? []));
  const elsewhere = new Set(['$sample', '$collStats', '$indexStats']);
  t.same(
    stageNames().filter(name => !tested.has(name) && !elsewhere.has(name)),
    [],
  );
});

test('$sample draws the asked number, each document at most once', async t => {
  const results = runPipeline([{ $sample: { size: 3 } }], calls);
  t.equal(new Set(results).size, 3);
  t.equal(runPipeline([{ $sample: { size: 100 } }], calls).length, 4);
});

test('$indexStats and $collStats come from the store', async t => {
  const now = new Date('2024-05-01T00:00:00Z');
  const more = {
    indexStats: () => [{ name: '_id_' }],
    now,
    collStats: (scale: number) => ({ ns: 'shop.things', count: 3, size: 30 / scale }),
  };
  t.same(runPipeline([{ $indexStats: {} }, { $project: { name: 1 } }], [], {}, more), [{ name: '_id_' }]);
  t.same(runPipeline([{ $collStats: { count: {} } }], [], {}, more), [{ ns: 'shop.things', localTime: now, count: 3 }]);
  t.same(runPipeline([{ $collStats: { storageStats: { scale: 10 } } }], [], {}, more), [
    { ns: 'shop.things', localTime: now, storageStats: { ns: 'shop.things', count: 3, size: 3 } },
  ]);
  t.throws(() => runPipeline([{ $collStats: { latencyStats: {} } }], [], {}, more), { code: 238 });
  t.throws(() => runPipeline([{ $collStats: { nope: {} } }], [], {}, more), { code: 40415 });
});

test('a pipeline reads no more documents than it needs', async t => {
  let read = 0;
  function* source(): Generator<Document> {
    for (;;) {
      read += 1;
      yield { _id: read };
    }
  }
  t.equal(runPipeline([{ $match: { _id: { $gt: 2 } } }, { $set: { a: 1 } }, { $limit: 2 }], source()).length, 2);
  t.equal(read, 4);
});

test('the start that a find can do is told apart from the rest', async t => {
  const leading = (stages: Document[]): unknown => compilePipeline(stages, environmentOf({}).env).leading;
  t.same(
    leading([
      { $match: { a: 1 } },
      { $match: { b: 2 } },
      { $sort: { c: 1 } },
      { $skip: 2 },
      { $skip: 1 },
      { $limit: 5 },
      { $limit: 3 },
      { $match: { d: 1 } },
    ]),
    {
      filter: { $and: [{ a: 1 }, { b: 2 }] },
      sort: { c: 1 },
      skip: 3,
      limit: 3,
    },
  );
  t.same(leading([{ $limit: 5 }, { $sort: { a: 1 } }]), { limit: 5 });
  t.same(leading([{ $limit: 5 }, { $skip: 2 }]), { limit: 5 });
  t.same(leading([{ $group: { _id: 1 } }, { $match: { a: 1 } }]), {});
  const { run } = compilePipeline([{ $match: { a: 1 } }, { $count: 'n' }], environmentOf({}).env);
  t.same([...run([{ a: 5 }, { a: 6 }])], [{ n: 2 }], 'the filter is not applied twice');
});

test('$lookup hands the store conditions that indexes can serve', async t => {
  const id = new ObjectId();
  const { env, asked } = environmentOf({ orgs: [{ _id: id }] });
  const stages = [
    {
      $lookup: {
        from: 'orgs',
        let: { org: '$org' },
        pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$org'] } } }],
        as: 'org',
      },
    },
  ];
  const [result] = compilePipeline(stages, env).runAll([{ org: id }]);
  t.same(result, { org: [{ _id: id }] });
  t.match(JSON.stringify(asked[0]?.filter), JSON.stringify({ _id: { $eq: id } }));
});

test('a collation rules comparisons, groups and sets', async t => {
  const collation = compileCollation({ locale: 'en', strength: 2 });
  const documents = [{ s: 'Ana' }, { s: 'ana' }, { s: 'Bo' }];
  t.same(runPipeline([{ $group: { _id: '$s', n: { $sum: 1 } } }], documents, {}, { collation }), [
    { _id: 'Ana', n: 2 },
    { _id: 'Bo', n: 1 },
  ]);
  t.same(runPipeline([{ $project: { same: { $eq: ['$s', 'ANA'] } } }, { $limit: 1 }], documents, {}, { collation }), [
    { same: true },
  ]);
  t.equal(runPipeline([{ $match: { s: 'ANA' } }], documents, {}, { collation }).length, 2);
});

test('the text score of a document is found after other stages have changed it', async t => {
  const documents = [{ _id: 1 }, { _id: 2 }];
  const meta = (document: Document): unknown =>
    (document['_id'] as number) * 10 * (documents.includes(document as never) ? 1 : Number.NaN);
  const stages = [
    { $set: { a: 1 } },
    { $project: { a: 1 } },
    { $sort: { s: { $meta: 'textScore' } } },
    { $set: { score: { $meta: 'textScore' } } },
  ];
  t.same(runPipeline(stages, documents, {}, { meta }), [
    { _id: 2, a: 1, score: 20 },
    { _id: 1, a: 1, score: 10 },
  ]);
});

test('$$NOW is one moment for a whole pipeline, and variables of the command are seen everywhere', async t => {
  const now = new Date('2024-05-01T00:00:00Z');
  const results = runPipeline(
    [{ $match: { $expr: { $gt: ['$n', '$$least'] } } }, { $set: { at: '$$NOW', least: '$$least' } }],
    [{ n: 1 }, { n: 3 }],
    {},
    { now, let: { least: 2 } },
  );
  t.same(results, [{ n: 3, at: now, least: 2 }]);
});

test('field names of the prototype do not pollute', async t => {
  const hostile = JSON.parse('{"_id":1,"__proto__":{"polluted":true},"constructor":5}') as Document;
  const [result] = runPipeline(
    [{ $set: { 'a.__proto__.polluted': true } }, { $project: { __proto__: 1, constructor: 1, a: 1 } }],
    [hostile],
  );
  t.equal(({} as Document)['polluted'], undefined);
  t.equal(Object.getPrototypeOf(result), Object.prototype);
  t.equal(result?.['constructor'], 5);
});

const refusals: [string, Document[], number][] = [
  ['an unknown stage', [{ $nope: {} }], 40324],
  ['a stage with two names', [{ $match: {}, $limit: 1 }], 40323],
  ['a stage without a name', [{}], 40323],
  ['an unknown field of a stage', [{ $unwind: { path: '$a', deep: true } }], 40415],
  ['a missing field of a stage', [{ $bucket: { groupBy: '$a' } }], 40414],
  [
    'an unknown field of $lookup',
    [{ $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'c', depth: 1 } }],
    40415,
  ],
  ['half an equality in $lookup', [{ $lookup: { from: 'x', localField: 'a', as: 'c' } }], 9],
  ['a zero limit', [{ $limit: 0 }], 15958],
  ['a negative skip', [{ $skip: -1 }], 5107200],
  ['an empty sort', [{ $sort: {} }], 15976],
  ['a sort by 2', [{ $sort: { a: 2 } }], 15975],
  ['an empty projection', [{ $project: {} }], 51272],
  ['a mixed projection', [{ $project: { a: 1, b: 0 } }], 31254],
  ['colliding paths', [{ $project: { a: 1, 'a.b': 1 } }], 31249],
  ['a group without _id', [{ $group: { n: { $sum: 1 } } }], 15955],
  ['a group field that is no accumulator', [{ $group: { _id: 1, n: 5 } }], 40234],
  ['an unknown accumulator', [{ $group: { _id: 1, n: { $nope: 1 } } }], 15952],
  ['two accumulators in one field', [{ $group: { _id: 1, n: { $sum: 1, $avg: 1 } } }], 40238],
  ['$documents over a collection', [{ $match: {} }, { $documents: [] }], 40602],
  ['a join with nothing', [{ $lookup: { pipeline: [], as: 'x' } }], 9],
  ['$out before the end', [{ $out: 'x' }, { $match: {} }], 40601],
  ['$indexStats after the start', [{ $match: {} }, { $indexStats: {} }], 40602],
  ['$text after the start', [{ $limit: 1 }, { $match: { $text: { $search: 'x' } } }], 17313],
  ['$documents after the start', [{ $match: {} }, { $documents: [] }], 40602],
  ['$out inside $facet', [{ $facet: { a: [{ $out: 'x' }] } }], 40600],
  ['$merge inside $lookup', [{ $lookup: { from: 'x', pipeline: [{ $merge: 'y' }], as: 'z' } }], 51047],
  ['unsorted boundaries', [{ $bucket: { groupBy: '$a', boundaries: [2, 1] } }], 40194],
  ['a name for $count with a dot', [{ $count: 'a.b' }], 40160],
  ['a path without $ in $unwind', [{ $unwind: 'a' }], 28818],
  ['an unknown window function', [{ $setWindowFields: { output: { a: { $nope: 1 } } } }], 9],
  ['an endless $densify step', [{ $densify: { field: 'a', range: { step: 0, bounds: 'full' } } }], 5733401],
  ['$function', [{ $project: { a: { $function: {} } } }], 238],
  ['$accumulator', [{ $group: { _id: 1, a: { $accumulator: {} } } }], 238],
  ['$where', [{ $match: { $where: 'true' } }], 238],
  ['$geoNear', [{ $geoNear: {} }], 238],
  ['$search', [{ $search: {} }], 238],
  ['$vectorSearch', [{ $vectorSearch: {} }], 238],
  ['$changeStream', [{ $changeStream: {} }], 238],
  ['$currentOp', [{ $currentOp: {} }], 238],
];

for (const [name, stages, code] of refusals) {
  test(`${name} is refused before anything is read`, async t => {
    t.throws(() => compilePipeline(stages, environmentOf({}).env), { code });
  });
}
