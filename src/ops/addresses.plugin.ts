import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { createPublicAddress, originOf } from '../public-address.ts';

/** Tells where the process listens and how the world reaches it; with `PORT=0` both are known only once it listens. */
export const addresses = fp(
  async app => {
    const { HOST, PORT, SERVER_URL } = app.operations.config;
    const localOrigin = () => {
      const bound = app.server.address();
      if (bound && typeof bound === 'object') return originOf(bound);
      if (PORT !== 0) return originOf({ address: HOST, port: PORT });
      throw new AppError('INTERNAL', 'the server does not listen yet, and with PORT=0 its address is not known before');
    };
    app.decorate('localOrigin', localOrigin);
    app.decorate('publicAddress', createPublicAddress(SERVER_URL === undefined ? localOrigin : () => SERVER_URL));
  },
  { name: 'addresses' },
);
