import { newPipeline, QueueClient } from '@azure/storage-queue';
import { keepLineEnds } from './message-xml.ts';
import { type HostTiming, toRetryOptions } from './timing.ts';

/** Only a derived class may read the credential, which a pipeline with a policy of its own needs. */
class ConnectedQueue extends QueueClient {
  toHostClient(timing: HostTiming): QueueClient {
    const pipeline = newPipeline(this.credential, { retryOptions: toRetryOptions(timing) });
    pipeline.factories.unshift(keepLineEnds);
    return new QueueClient(this.url, pipeline);
  }
}

/** A queue as the host calls it: with its tries, and with texts that keep their line ends. */
export const openQueue = (connectionString: string, name: string, timing: HostTiming): QueueClient =>
  new ConnectedQueue(connectionString, name).toHostClient(timing);
