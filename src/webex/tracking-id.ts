const TRACKING_ID = /^[\w.:-]{1,128}$/;

/** A tracking id of Webex as it is kept and shown; undefined for a text that is none. Live servers echo it twice, with a comma between. */
export function toTrackingId(text: string | undefined): string | undefined {
  const id = text?.slice(0, 300).split(',')[0]?.trim();
  return id !== undefined && TRACKING_ID.test(id) ? id : undefined;
}
