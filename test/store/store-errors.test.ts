import { mongo } from 'mongoose';
import { test } from 'tap';
import { storeError } from '../../src/store/store-errors.ts';

test('a store that has no room says so, and what helps', t => {
  const refused = (code: number) => new mongo.MongoServerError({ code, message: 'refused' });
  t.match(storeError(refused(146), 'calls'), { code: 'STORE_UNAVAILABLE', message: /EMBEDDED_STORE_MB/ });
  t.match(storeError(refused(14_031), 'calls'), { code: 'STORE_UNAVAILABLE', message: /disk .* full/ });
  t.match(storeError(refused(59), 'calls'), { code: 'INTERNAL', cause: { code: 59 } });
  t.end();
});
