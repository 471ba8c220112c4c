import { test } from 'node:test';
import { skipWithoutKafka } from '../support/kafka-jars.ts';
import { outliveKills } from '../support/kafka-tiers.ts';

test(
  'two tiers with Kafka between them lose no acknowledged span in 20 kills of each tier',
  { skip: skipWithoutKafka(), timeout: 900_000 },
  (t) => outliveKills(t, 20),
);
