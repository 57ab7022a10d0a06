import type { EndCause } from "./watch.js";

/** Where the site's sign-in half is mounted, and what the page may talk to. */
export interface SessionOptions {
  /** `<mount>/token`: gives fresh access tokens. All routes are of the page's own origin, even with a `<base>`. */
  tokenUrl: string;
  /** `<mount>/login`: where `signIn` goes. */
  loginUrl: string;
  /** `<mount>/logout`: ends the session. */
  logoutUrl: string;
  /** `<mount>/events`, by default beside `tokenUrl`; `null` listens for nothing. */
  eventsUrl?: string | null;
  /** Name shared by the tabs of one session; by default it follows from `tokenUrl`. */
  channel?: string;
  /** Origins that may see the access token; by default this page's own alone. */
  origins?: Iterable<string>;
}

/**
 * - `unknown`: nothing was asked yet, or nothing could be learnt yet
 * - `signed-in`: there is, or lately was, an access token
 * - `signed-out`: the session ended, here, in another tab or elsewhere; reload or `signIn` to begin another
 */
export type SessionState = "unknown" | "signed-in" | "signed-out";

export interface Session {
  /**
   * `fetch` with the access token. Refreshes it when it is about to end. A request that is refused
   * with `invalid_token` waits for one refresh and is sent again once, unless its body is a stream,
   * a file or a form. Rejects with a `SessionError` when no user is signed in, when the address is of
   * another origin, and when the answer is a redirect. The address counts as the browser resolves it,
   * with a `<base>`. So the token goes nowhere but to the address that was checked. With
   * `redirect: "manual"` the redirect is answered instead.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * An access token that is good for a while, or `null` when no user is signed in. Rejects with
   * `unavailable` when that cannot be found out now.
   */
  accessToken(): Promise<string | null>;
  readonly state: SessionState;
  /** What the user is called, if the provider told; only for showing it. `null` while no user is signed in. */
  readonly displayName: string | null;
  /** Why the session ended; `null` while it has not. */
  readonly endedBecause: EndCause | null;
  /** Calls back whenever `state` changes; answers the function that stops it. */
  onChange(listener: (state: SessionState, endedBecause: EndCause | null) => void): () => void;
  /** Goes to sign in and comes back to this page, or to the local path `returnTo`. */
  signIn(returnTo?: string): void;
  /**
   * If `response` demands a more recent or a stronger sign-in (401 `insufficient_user_authentication`, RFC 9470): goes to
   * sign in like that, comes back as `signIn` does, and answers `true`. Keep what was typed first. Another origin's API must
   * expose `WWW-Authenticate` (CORS).
   */
  stepUp(response: Response, returnTo?: string): boolean;
  /** Ends the session in all tabs and at the provider. Rejects, changing nothing, when offline. */
  signOut(): Promise<void>;
  /** Stops listening to other tabs and to the site. */
  close(): void;
}

export class SessionError extends Error {
  /**
   * `signed_out`: sign in. `unavailable`: try again later. `foreign_origin`, `redirected`: the page asked
   * for an address that must not see the token.
   */
  readonly code: "signed_out" | "unavailable" | "foreign_origin" | "redirected";
}

export function createSession(options: SessionOptions): Session;
