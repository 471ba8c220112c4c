import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClickHouseError } from '@clickhouse/client';
import { isSchemaError, toOutcome } from './outcome.ts';

const error = (
  code: string,
  type: string,
  message = 'said with a secret prompt',
): ClickHouseError => new ClickHouseError({ code, type, message });

describe('what an error of ClickHouse comes to', () => {
  it('is told by its code', () => {
    const table = [
      ['241', 'MEMORY_LIMIT_EXCEEDED', 'retryable busy'],
      ['252', 'TOO_MANY_PARTS', 'retryable busy'],
      ['202', 'TOO_MANY_SIMULTANEOUS_QUERIES', 'retryable busy'],
      ['243', 'NOT_ENOUGH_SPACE', 'retryable busy'],
      ['516', 'AUTHENTICATION_FAILED', 'retryable auth'],
      ['497', 'ACCESS_DENIED', 'retryable auth'],
      ['60', 'UNKNOWN_TABLE', 'retryable server'],
      ['16', 'NO_SUCH_COLUMN_IN_TABLE', 'retryable server'],
      ['159', 'TIMEOUT_EXCEEDED', 'retryable timeout'],
      ['117', 'INCORRECT_DATA', 'rejected'],
      ['33', 'CANNOT_READ_ALL_DATA', 'rejected'],
      ['999', 'KEEPER_EXCEPTION', 'retryable busy'],
      ['1002', 'UNKNOWN_EXCEPTION', 'retryable internal'],
    ] as const;
    for (const [code, type, expected] of table) {
      const outcome = toOutcome(error(code, type));
      const told = outcome.kind === 'retryable' ? `retryable ${outcome.cause}` : outcome.kind;
      assert.equal(told, expected, type);
    }
  });

  it('never passes on what a message quotes of the rows', () => {
    for (const code of ['27', '117', '241', '1002', '516']) {
      assert.doesNotMatch(JSON.stringify(toOutcome(error(code, 'X'))), /secret/);
    }
    const missing = toOutcome(error('60', 'UNKNOWN_TABLE', 'Table otel.spans does not exist'));
    assert.match(JSON.stringify(missing), /Table otel\.spans does not exist/);
  });

  it('is a matter of the network where ClickHouse said nothing', () => {
    const cause = (message: string): unknown => {
      const outcome = toOutcome(new Error(message));
      return outcome.kind === 'retryable' && outcome.cause;
    };
    assert.equal(cause('connect ECONNREFUSED 127.0.0.1:8123'), 'network');
    assert.equal(cause('read ECONNRESET'), 'reset');
    assert.equal(cause('socket hang up'), 'reset');
    assert.equal(cause('Timeout error.'), 'timeout');
    assert.equal(cause('The user aborted a request.'), 'timeout');
  });

  it('may be mended by creating the tables where one is missing', () => {
    assert.equal(isSchemaError(error('60', 'UNKNOWN_TABLE')), true);
    assert.equal(isSchemaError(error('516', 'AUTHENTICATION_FAILED')), false);
    assert.equal(isSchemaError(new Error('connect ECONNREFUSED')), false);
  });
});
