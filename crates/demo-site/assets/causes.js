// Why a sign-in ended, in words for the person who finds the page so.
const words = {
  logged_out: "You signed out.",
  signed_in_again: "Somebody signed in again in this browser.",
  password_changed: "Your password was changed.",
  user_disabled: "Your account was closed for now.",
  administrator: "An administrator ended it.",
  code_reuse: "Something about the sign-in was not safe.",
  refresh_reuse: "Something about the sign-in was not safe.",
  device_policy: "You signed in on another device.",
  too_many_sessions: "You are signed in on too many devices.",
  kicked: "You signed this device out from another one.",
  expired: "You were away for too long.",
};

/** A sentence about `cause`, one of the fixed words. */
export function because(cause) {
  return words[cause] ?? "Your sign-in has ended.";
}
