import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { AgentCore, HostedAgent } from './agent-core.ts';
import { runConversation } from './conversation.ts';
import type { ConversationRecord } from './conversation-record.ts';
import { isKey } from './rest-server.ts';

type Session = { hosted: HostedAgent } & Pick<ConversationRecord, 'id' | 'authorization'>;
type Verdict = { ok: true; session: Session } | { ok: false; status: number; message: string };

const path = '/v1/convai/conversation';
const largestFrame = 16 * 1024 * 1024;
const phrases: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
};

/** Takes WebSocket upgrades: who may talk to which agent is decided before the handshake is answered. */
export function acceptConversations(server: Server, core: AgentCore): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestFrame,
    perMessageDeflate: false,
    // A browser gives up when none of the protocols that it offers is chosen.
    handleProtocols: offered => (offered.has('convai') ? 'convai' : false),
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://twin');
    const agentId = url.searchParams.get('agent_id') ?? '';
    const fault = core.faults.strike(['refuse-upgrade'], agentId);
    if (fault) {
      if (fault.status === undefined) return void socket.destroy();
      return refuse(socket, fault.status, 'refused on purpose');
    }
    const verdict = url.pathname === path ? judge(core, url, request) : no(404, 'there is no such socket');
    if (!verdict.ok) return refuse(socket, verdict.status, verdict.message);
    const { hosted, ...session } = verdict.session;
    sockets.handleUpgrade(request, socket, head, ws => {
      core.book.live.get(session.id)?.drop();
      runConversation(core, hosted, ws, session);
    });
  });
  return { close: () => sockets.close() };
}

const no = (status: number, message: string): Verdict => ({ ok: false, status, message });

function judge(core: AgentCore, url: URL, request: IncomingMessage): Verdict {
  const agentId = url.searchParams.get('agent_id');
  const hosted = agentId === null ? undefined : core.agents.get(agentId);
  const refuseWith = (status: number, message: string): Verdict => {
    core.ledger.violation('ws-unauthorised', message);
    return no(status, message);
  };
  if (!hosted) return refuseWith(404, `no agent has the id ${agentId}`);
  const { enable_auth: isPrivate, allowlist } = hosted.document.platform_settings.auth;
  const session = (id: string | undefined, authorization: Session['authorization']): Verdict => ({
    ok: true,
    session: { hosted, id: id ?? core.newId('conv'), authorization },
  });
  const signature = url.searchParams.get('conversation_signature');
  if (signature !== null) {
    const check = core.signedUrls.redeem(signature, hosted.document.agent_id);
    if (check.ok) return session(check.use.conversationId, 'signed_url');
    if (check.problem === 'unknown') return refuseWith(403, 'the signature is not one of this agent');
    const reused = check.problem === 'used';
    core.ledger.violation(
      reused ? 'signed-url-reused' : 'signed-url-expired',
      reused ? 'a signature with a reserved conversation works once' : 'a signature lives 15 minutes',
    );
    return no(403, `the signature is ${check.problem}`);
  }
  const key = request.headers['xi-api-key'];
  if (key !== undefined) {
    return isKey(core, String(key)) ? session(undefined, 'authorization_header') : refuseWith(401, 'invalid key');
  }
  if (isPrivate) return refuseWith(401, 'the agent is private: use a signed URL or the xi-api-key header');
  if (allowlist.length) {
    const origin = request.headers.origin;
    const host = origin && URL.canParse(origin) ? new URL(origin).host : undefined;
    if (!allowlist.some(each => each.hostname === host)) return refuseWith(403, `${origin} is not on the allowlist`);
  }
  return session(undefined, 'public');
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = JSON.stringify({ detail: { status: 'refused', message } });
  socket.end(
    `HTTP/1.1 ${status} ${phrases[status] ?? 'Error'}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
