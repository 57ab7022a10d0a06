// Why a sign-in ended, in words for the person who finds the page so. A test holds that each is there in each language.
const languages = {
  "en": {
    logged_out: "You signed out.",
    signed_in_again: "Somebody signed in again in this browser.",
    password_changed: "Your password was changed.",
    user_disabled: "Your account was closed for now.",
    account_deleted: "You asked for your account to be deleted.",
    administrator: "An administrator ended it.",
    code_reuse: "Something about the sign-in was not safe.",
    refresh_reuse: "Something about the sign-in was not safe.",
    revoked_by_client: "This site ended it.",
    client_removed: "This site no longer takes part in the sign-in.",
    device_policy: "You signed in on another device.",
    too_many_sessions: "You are signed in on too many devices.",
    consent_withdrawn: "You disconnected this site from your account.",
    kicked: "You signed this device out from another one.",
    factor_removed: "An administrator removed the second step of your sign-in.",
    expired: "You were away for too long.",
    ended: "Your sign-in has ended.",
  },
  "zh-CN": {
    logged_out: "您已退出登录。",
    signed_in_again: "有人在此浏览器中重新登录。",
    password_changed: "您的密码已更改。",
    user_disabled: "您的账号已停用。",
    account_deleted: "您申请了注销账号。",
    administrator: "管理员结束了您的登录。",
    code_reuse: "此次登录可能不安全。",
    refresh_reuse: "此次登录可能不安全。",
    revoked_by_client: "本网站结束了您的登录。",
    client_removed: "本网站已不再接入登录服务。",
    device_policy: "您在另一台设备上登录了。",
    too_many_sessions: "您登录的设备过多。",
    consent_withdrawn: "您已断开此网站与您账号的连接。",
    kicked: "您在另一台设备上结束了此次登录。",
    factor_removed: "管理员移除了您账号的第二步验证。",
    expired: "您离开的时间过长。",
    ended: "您的登录已结束。",
  },
};
const words = languages[document.documentElement.lang] ?? languages.en;

/** A sentence about `cause`, one of the fixed words. */
export function because(cause) {
  return words[cause] ?? words.ended;
}
