import { Type } from 'typebox';
import { Nullable, OneOf, Strict, Timestamp } from '../ops/schemas.ts';
import { findingLevels } from './preflight.types.ts';

export const PreflightSchema = Strict(
  {
    at: Timestamp,
    ready: Type.Boolean({ description: 'Nothing blocks.' }),
    blocking: Type.Integer(),
    warnings: Type.Integer(),
    findings: Type.Array(
      Strict({
        check: Type.String(),
        level: OneOf(findingLevels, {
          description: '`block`: every call would fail or be unlawful. `warn`: look at it, or it could not be checked.',
        }),
        message: Type.String(),
        remedy: Nullable(Type.String()),
      }),
    ),
  },
  {
    examples: [
      {
        at: '2026-11-21T14:00:00.000Z',
        ready: false,
        blocking: 1,
        warnings: 0,
        findings: [
          {
            check: 'recording',
            level: 'block',
            message: 'Nobody has decided whether the calls are recorded.',
            remedy: 'Set record to true or false.',
          },
        ],
      },
    ],
  },
);
