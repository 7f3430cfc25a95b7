import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from './principal.ts';

/** What a handler adds to its entry: on what, and ids or settings before and after; never secrets or people's data. */
export interface Trail {
  readonly target?: { readonly type: string; readonly id: string };
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
  /** Who did it, where no credential came with the request: whoever signed in, or a link that somebody made. */
  readonly actor?: Pick<Principal, 'id' | 'label'> & { readonly kind: Principal['kind'] | 'link' };
  /** The request only showed what it would do: there is nothing to write down. */
  readonly nothingChanged?: true;
}

export interface AuditEntry {
  readonly at: Date;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly label: string };
  readonly target?: { readonly type: string; readonly id: string };
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
  readonly ip: string;
  readonly requestId: string;
}

export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** For what is done by no request of its own, such as a command over a live connection. */
    auditLog: AuditLog;
  }
  interface FastifyRequest {
    /** Adds to this request's audit entry, which is written once the change succeeded. */
    trail(trail: Trail): void;
    auditTrail: Trail | null;
  }
}

/** Writes one entry for every successful request to a route that names an audit action, before the client hears of the success. */
export function installAuditTrail(app: FastifyInstance, log: AuditLog, now: () => Date): void {
  app.decorateRequest('auditTrail', null);
  app.decorateRequest('trail', function addToTrail(this: FastifyRequest, trail: Trail) {
    this.auditTrail = { ...this.auditTrail, ...trail };
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const action = request.routeOptions.config.audit;
    if (!action || reply.statusCode >= 400) return payload;
    const { actor, nothingChanged, ...trail } = request.auditTrail ?? {};
    if (nothingChanged) return payload;
    const who = actor ?? request.principal;
    // A sign-out without a session: nobody did nothing.
    if (!who) return payload;
    await log.append({
      at: now(),
      action,
      actor: { kind: who.kind, id: who.id, label: who.label },
      ...trail,
      ip: request.ip,
      requestId: request.id,
    });
    return payload;
  });
}
