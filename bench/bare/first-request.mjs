/** What the idle daemon is measured against: both SDK clients loaded, one request, and then nothing. */
import { AppConfigClient, ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';

const appconfig = new AppConfigClient({});
export const cloudwatch = new CloudWatchClient({});
await appconfig.send(new ListApplicationsCommand({}));
setInterval(() => {}, 60_000);
