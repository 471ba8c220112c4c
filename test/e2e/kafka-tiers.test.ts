import { test } from 'node:test';
import { skipWithoutKafka } from '../support/kafka-jars.ts';
import { outliveKills } from '../support/kafka-tiers.ts';

test(
  'two tiers with Kafka between them lose no acknowledged span, whichever is killed',
  { skip: skipWithoutKafka() },
  (t) => outliveKills(t, 2),
);
