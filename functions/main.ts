/**
 * The entry of the bundle. The imports register the functions first: otherwise the host would report an invalid
 * setting as an app without functions.
 */
import './apply-hr-event.ts';
import './cancel-license-request.ts';
import './clear-overrides.ts';
import './decide-approval.ts';
import './decide-license-request.ts';
import './forget-employee.ts';
import './health.ts';
import './health-dependencies.ts';
import './import-employees.ts';
import './list-approvals.ts';
import './list-employees.ts';
import './list-hr-events.ts';
import './list-license-requests.ts';
import './list-license-users.ts';
import './list-licenses.ts';
import './list-overrides.ts';
import './list-schemas.ts';
import './perform-license-request.ts';
import './publish-inventory.ts';
import './read-batch.ts';
import './read-employee.ts';
import './read-hr-event.ts';
import './read-inventory-file.ts';
import './read-inventory-run.ts';
import './read-license.ts';
import './read-license-request.ts';
import './read-openapi.ts';
import './read-pause.ts';
import './read-person.ts';
import './read-policy.ts';
import './read-policy-plan.ts';
import './read-policy-plan-people.ts';
import './read-problem-type.ts';
import './read-schema.ts';
import './read-undo.ts';
import './read-undo-changes.ts';
import './receive-hr-event.ts';
import './redrive-license-request.ts';
import './redrive-license-requests.ts';
import './remove-policy-plan.ts';
import './set-pause.ts';
import './set-policy-reevaluation.ts';
import './start-inventory-run.ts';
import './start-policy-plan.ts';
import './start-undo.ts';
import './stop-undo.ts';
import './submit-license-requests.ts';
import './sweep.ts';
import './verify-audit.ts';
import './work-on-inventory-run.ts';
import './work-on-job.ts';
import { seatline } from './seatline.ts';

seatline();
