/**
 * Why a sign-in ended. `ended`: the site does not know, or the provider gave a cause that is newer
 * than this module.
 */
export type EndCause =
  | "ended"
  | "logged_out"
  | "signed_in_again"
  | "password_changed"
  | "user_disabled"
  | "account_deleted"
  | "administrator"
  | "code_reuse"
  | "refresh_reuse"
  | "revoked_by_client"
  | "client_removed"
  | "device_policy"
  | "too_many_sessions"
  | "consent_withdrawn"
  | "kicked"
  | "factor_removed"
  | "expired";

export interface WatchOptions {
  /** `<mount>/events`. */
  eventsUrl: string;
  /** The sign-in behind this page (`SignedIn::session_tag`): the end of any other is not told. */
  session?: string | null | (() => string | null);
  /** Called once, when the sign-in ended. What is on the page is then out of date: reload, or say so. */
  onEnded(cause: EndCause): void;
  /** Called when the site knows of no sign-in in this browser; by default that is an end as well. */
  onNoSession?(): void;
  /** Name shared by the tabs; by default it follows from `eventsUrl`. */
  channel?: string;
}

/** Listens until the sign-in ends or `close` is called. All tabs of a browser share one stream. */
export function watch(options: WatchOptions): {
  close(): void;
  /** Listens again, if the site had known of no sign-in before. */
  listen(): void;
};
