import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery, Exporter } from '../component/exporter.ts';
import { delivered } from '../component/outcome.ts';
import type { Outcome } from '../component/outcome.ts';
import { systemClock } from '../telemetry/clock.ts';
import { createAttempts } from './attempt.ts';

const payload = { body: new Uint8Array(1), items: 1 };
const sending = { id: '1', signal: 'traces', attempt: 1 } as const;
const clock = systemClock;
const untilAborted = (abort: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => {
    abort.addEventListener('abort', () => {
      resolve(delivered);
    });
  });
const hang: Exporter['send'] = () => new Promise(() => undefined);

/** Attempts through a made-up exporter; a timer that the process waits for stands for its sockets. */
function attemptsOf(send: Exporter['send'], timeoutMs = 0): Attempting {
  const stop = new AbortController();
  const socket = setInterval(() => undefined, 1000);
  const attempts = createAttempts({ exporter: { send }, timeoutMs, clock, stop: stop.signal });
  return {
    stop,
    send: () => attempts.send(payload, sending),
    close: () => {
      clearInterval(socket);
    },
  };
}

interface Attempting {
  readonly stop: AbortController;
  readonly send: () => Promise<Outcome>;
  readonly close: () => void;
}

describe('attempts', () => {
  it('come to what the exporter says', async () => {
    const { send, close } = attemptsOf(() => Promise.resolve(delivered), 1000);
    assert.deepEqual(await send(), delivered);
    close();
  });

  it('end at their time, each at its own', async () => {
    const { send, close } = attemptsOf(hang, 20);
    const first = send();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const outcomes = await Promise.all([first, send(), send()]);
    const message = 'no answer within 20 ms';
    for (const outcome of outcomes) {
      assert.deepEqual(outcome, { kind: 'retryable', cause: 'timeout', message });
    }
    close();
  });

  it('are retryable where the exporter throws, at once or later', async () => {
    const thrower = attemptsOf(() => {
      throw new Error('at once');
    });
    const rejecter = attemptsOf(() => Promise.reject(new Error('later')));
    const bug = { kind: 'retryable', cause: 'bug' };
    assert.deepEqual(await thrower.send(), { ...bug, message: 'at once' });
    assert.deepEqual(await rejecter.send(), { ...bug, message: 'later' });
    thrower.close();
    rejecter.close();
  });

  it('tell the exporter when they are cut off, also where it asks afterwards', async () => {
    const given: Delivery[] = [];
    let hears = 0;
    const { send, close } = attemptsOf(async (_payload, delivery) => {
      given.push(delivery);
      if (given.length === 1) return hang(payload, delivery);
      await untilAborted(delivery.abort);
      hears += 1;
      return delivered;
    }, 5);
    const outcomes = await Promise.all([send(), send()]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['retryable', 'retryable'],
    );
    assert.equal(hears, 1);
    assert.equal(given[0]?.abort.aborted, true);
    assert.match(String(given[0].abort.reason), /no answer within 5 ms/);
    close();
  });

  it('end when shutdown runs out of time, and none begins after', async () => {
    let began = 0;
    const { send, stop, close } = attemptsOf((_payload, { abort }) => {
      began += 1;
      return untilAborted(abort);
    });
    const under = send();
    stop.abort();
    const cutOff = { kind: 'retryable', cause: 'timeout', message: 'shutdown ran out of time' };
    assert.deepEqual(await under, cutOff);
    assert.deepEqual(await send(), cutOff);
    assert.equal(began, 1);
    close();
  });
});
