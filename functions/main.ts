/**
 * The entry of the bundle. Functions are registered first, by their imports: the host then reports a bad
 * setting as what it is, and not as an app without functions.
 */
import './health.ts';
import './health-dependencies.ts';
import './perform-license-request.ts';
import './publish-inventory.ts';
import './read-license-request.ts';
import './record-poison-message.ts';
import './submit-license-requests.ts';
import './sweep.ts';
import { seatline } from './seatline.ts';

seatline();
