import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../../errors.ts';
import { errors, Strict } from '../../ops/schemas.ts';
import { agentFaultSchema, faultProblem } from '../agent/agent-faults.ts';
import { completeFault, faultSchema } from '../carrier/fault-schema.ts';
import type { Twins } from './console-views.ts';

const carrierFaults = Strict({ faults: Type.Array(faultSchema) });
const agentFaults = Strict({ faults: Type.Array(agentFaultSchema) });

/** Faults on demand, and the complaints of both twins. Every answer says what waits to strike afterwards. */
export const faultRoutes: FastifyPluginAsyncTypebox<{ twins: Twins }> = async (app, { twins }) => {
  const { carrier, agent } = twins;
  const tags = ['sandbox'];
  const target = (side: 'carrier' | 'agent') => ({ type: 'sandbox', id: side });
  const refuse = (problem: string) => new AppError('VALIDATION_FAILED', `${problem}.`);

  if (carrier) {
    const listed = () => ({ faults: [...carrier.faults()] });
    app.get(
      '/api/sandbox/carrier/faults',
      {
        config: { access: 'sandbox:use' },
        schema: {
          tags,
          summary: 'Faults that wait at the carrier',
          response: { 200: carrierFaults, ...errors(401, 403) },
        },
      },
      async () => listed(),
    );
    app.post(
      '/api/sandbox/carrier/faults',
      {
        config: { access: 'sandbox:use', audit: 'sandbox.fault' },
        schema: {
          tags,
          summary: 'Let something go wrong at the carrier',
          body: faultSchema,
          response: { 201: carrierFaults, ...errors(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const fault = completeFault(request.body);
        if (typeof fault === 'string') throw refuse(fault);
        carrier.addFault(fault);
        request.trail({ target: target('carrier'), after: { kind: fault.kind } });
        return reply.code(201).send(listed());
      },
    );
    app.delete(
      '/api/sandbox/carrier/faults',
      {
        config: { access: 'sandbox:use', audit: 'sandbox.faults-cleared' },
        schema: {
          tags,
          summary: 'Take the carrier’s faults back',
          response: { 200: carrierFaults, ...errors(401, 403) },
        },
      },
      async request => {
        carrier.clearFaults();
        request.trail({ target: target('carrier') });
        return listed();
      },
    );
  }

  if (agent) {
    const listed = () => ({ faults: [...agent.faults()] });
    app.get(
      '/api/sandbox/agent/faults',
      {
        config: { access: 'sandbox:use' },
        schema: { tags, summary: 'Faults that wait at the agent', response: { 200: agentFaults, ...errors(401, 403) } },
      },
      async () => listed(),
    );
    app.post(
      '/api/sandbox/agent/faults',
      {
        config: { access: 'sandbox:use', audit: 'sandbox.fault' },
        schema: {
          tags,
          summary: 'Let something go wrong at the agent',
          body: agentFaultSchema,
          response: { 201: agentFaults, ...errors(400, 401, 403) },
        },
      },
      async (request, reply) => {
        const problem = faultProblem(request.body);
        if (problem) throw refuse(problem);
        agent.addFault(request.body);
        request.trail({ target: target('agent'), after: { kind: request.body.kind } });
        return reply.code(201).send(listed());
      },
    );
    app.delete(
      '/api/sandbox/agent/faults',
      {
        config: { access: 'sandbox:use', audit: 'sandbox.faults-cleared' },
        schema: { tags, summary: 'Take the agent’s faults back', response: { 200: agentFaults, ...errors(401, 403) } },
      },
      async request => {
        agent.clearFaults();
        request.trail({ target: target('agent') });
        return listed();
      },
    );
  }

  app.delete(
    '/api/sandbox/violations',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.violations-cleared' },
      schema: {
        tags,
        summary: 'Forget the violations of both sides',
        response: { 200: Strict({ forgotten: Type.Integer() }), ...errors(401, 403) },
      },
    },
    async request => {
      const forgotten = (carrier?.takeViolations().length ?? 0) + (agent?.takeViolations().length ?? 0);
      request.trail({ target: { type: 'sandbox', id: 'violations' }, after: { forgotten } });
      return { forgotten };
    },
  );
};
