import type { Detector } from '../detector.ts';
import { assignedAt } from './assignment.ts';
import { isSecretText, leastSecret } from './randomness.ts';

/** Services whose keys have no prefix of their own: the service's name in that of the setting tells them. */
const vendors =
  'adafruit adobe airtable algolia alibaba aliyun artifactory asana atlassian beamer bintray bitbucket bittrex cloudant ' +
  'cloudflare codecov cohere coinbase confluence confluent contentful datadog deepgram discord droneci dropbox elevenlabs ' +
  'facebook fastly finicity finnhub flickr freshbooks gitter gocardless heroku hubspot intercom jfrog kucoin launchdarkly ' +
  'linkedin linked_in linked-in mailchimp mailgun mapbox mattermost meraki message_bird message-bird messagebird netlify ' +
  'new-relic new_relic newrelic nytimes opsgenie pagerduty plaid postmark private_ai privateai rapidapi sendbird softlayer ' +
  'sentry jira okta kraken etsy_ linear_ lob_ cisco sonar sourcegraph squarespace sumo telegram travis twitch twitter yandex ' +
  'zendesk snyk';

const uuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
/** Of these the keys are UUIDs. */
const uuidVendors = /heroku|hubspot|sendbird|snyk|squarespace|message|kucoin|postmark/i;
/** Some services have shorter keys than can be told elsewhere. */
const minLength = 14;
const pair = /^[\da-f]{8}:[\da-f]{8}$/;

/** A key or token by the name of the service that gave it out: `HEROKU_API_KEY=…`, `sumo_access_id: …`. */
export const vendorSecret: Detector = {
  gate: { kind: 'literal', literals: [...vendors.split(' '), 'contribsys__com'], ignoreCase: true },
  find(subject, at, report) {
    const found = assignedAt(subject, at, leastSecret);
    if (found === undefined) return;
    const { name, value, start, end } = found;
    const isSecret = uuid.test(value)
      ? uuidVendors.test(name)
      : isSecretText(value, minLength) || (/contribsys/i.test(name) && pair.test(value));
    if (isSecret && !found.isSaid) report('credential', start, end);
  },
};
