import type { ProblemKind } from './problem.ts';

/** What each problem means, and what a caller can do. */
export const ADVICE: Readonly<Record<ProblemKind, string>> = {
  'policy-refused':
    'The text of the policy has mistakes. errors has a line for each. Correct them; seatline policy test checks a policy before it is sent.',
  'invalid-request':
    'A member of the body, path, query or header is wrong. errors and detail say which. Correct it: the same request is refused again.',
  'key-in-address':
    'Logs on the way keep addresses, and this one has a key in it. Send the key in the header x-functions-key.',
  'signature-refused':
    'The webhook has no signature or token of this source, or an old one. The log says which check failed. Compare the secret of the HR system with that in HR_SOURCES, and the clock of the sender.',
  'not-found':
    'No request or event has this id, or its retention is over. Compare the id with the answer that named it.',
  'unknown-source':
    'The setting HR_SOURCES has no source of this name. Correct the last part of the address, or add the source.',
  'no-policy': 'No policy has been good since the app was installed. Save one, and look at GET /api/policy.',
  'unknown-batch':
    'No request that is kept has this batch name. A batch is known once the first of its requests is accepted.',
  'unknown-cause':
    'Nothing waits for approval under this cause, or not any more. GET /api/approvals lists the causes.',
  'unknown-license':
    'The catalogue has no license of this id or name. detail has the nearest names; GET /api/licenses lists all.',
  'unknown-person':
    'Neither the latest people snapshot nor HR has a person of this address or id. An inventory run reads the people again.',
  'unknown-employee': 'Neither an event nor the directory has this employee. GET /api/employees lists them.',
  'unknown-override':
    'No direct request for this license stands against the policy. detail lists those that do.',
  'unknown-file':
    'The inventory has no file of this name, or no run is complete yet. Start one with POST /api/inventory/runs.',
  'unknown-plan': 'No plan has this id: it was removed, or is older than seven days. Start another one.',
  'unknown-undo':
    'No undo has this id, or it is older than seven days. What it put back is in the list of requests, under its batch name.',
  'unknown-adoption':
    'No adoption has this id: it was removed, or is older than seven days. What it adopted stays. Start another one.',
  'no-drift':
    'No inventory run has compared the people yet, the latest could not, or its lines are kept no longer. detail says which. Start a run with POST /api/inventory/runs, or begin the list again without next.',
  'unknown-run': 'No inventory run that is kept has this id. POST /api/inventory/runs starts one.',
  'unknown-schema': 'No published schema has this name. GET /api/schemas lists them.',
  'unknown-problem': 'No problem has this type. The OpenAPI document names all of them.',
  'nothing-managed':
    'The policy in force names no license in manages, so that there is nothing to adopt. Name them, and save the policy.',
  'no-people':
    'An adoption reads the latest people snapshot, and there is none yet. Start an inventory run with POST /api/inventory/runs, and adopt when it is complete.',
  'not-a-leaver':
    'Leaver rules are for people of whom HR said that they left. detail says what HR said of this person. To take a license all the same, submit a license request.',
  'ambiguous-license':
    'Several licenses have this name. Name one of them with its subscription or site, as detail does, or by its id.',
  'inventory-run-open':
    'One inventory run at a time. The header Location has the address of the one that is under way.',
  'not-redrivable':
    'Only a request that failed, wholly or in part, is tried again. If its message could not be read, correct and submit it again.',
  'not-cancellable':
    'A request that has ended cannot be cancelled, and one that is worked on is not cancelled meanwhile. Submit another one to reverse it.',
  'not-awaiting-approval':
    'The request has nothing that waits for approval, or moves at this moment. Look at its state first.',
  'decided-meanwhile': 'Others changed the same at this moment. Send the same request again.',
  'too-large': 'The body is longer than this route takes. Send it in several parts.',
  'unsupported-media-type':
    'The body is not JSON in UTF-8, or is compressed. Send content-type: application/json, without content-encoding.',
  'request-id-conflict':
    'An earlier request with another content has this requestId. Choose another id, or leave it out. The other requests of a batch are accepted.',
  'idempotency-key-conflict':
    'This caller sent another body with this Idempotency-Key. Use a new key for a new body.',
  'too-many-jobs': 'Ten jobs are open. Wait for the time in Retry-After, or stop one.',
  'too-many-plans': 'Ten plans are open. Wait for the time in Retry-After, or remove one.',
  'internal-error':
    'The app failed. detail names the invocation, by which the log says more. A request that was answered this way may be sent again.',
  'no-hr-sources':
    'The setting HR_SOURCES is empty. The sender should repeat its webhook; add the source meanwhile.',
  'not-decided':
    'The policy or the catalogue of licenses cannot be read now, and nothing can be decided without them. Wait for the time in Retry-After. detail says what is missing.',
  'webex-unavailable':
    'Webex does not answer, or refuses the token. detail has the condition. Wait for the time in Retry-After; GET /api/health/dependencies says more.',
  'organization-unknown':
    'The request names an organization or a license id, and Webex does not say now whose token the app has. Send it again after the time in Retry-After.',
  'storage-unavailable':
    'Storage cannot be reached. Nothing is lost that was answered 202. Send the same request again after the time in Retry-After.',
};
