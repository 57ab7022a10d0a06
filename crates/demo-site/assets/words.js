// What the scripts say, in the language of the page. A test holds that each sentence is there in each language.
const languages = {
  "en": {
    oneMoment: "One moment",
    signedInAs: "Hello,",
    guest: "Welcome",
    signedOut: "You are signed out",
    stateUnknown: "Looking whether you are signed in.",
    stateIn: "You are signed in.",
    stateOut: "You are not signed in.",
    nothingAsked: "Nothing asked yet.",
    asking: "Asking …",
    isSignedOut: "You are signed out.",
    unavailable: "The site cannot be reached just now. You stay signed in.",
    failed: "That did not work.",
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    times: (count) => (count === 1 ? "1 time" : `${count} times`),
  },
  "zh-CN": {
    oneMoment: "请稍候",
    signedInAs: "您好，",
    guest: "欢迎光临",
    signedOut: "您已退出登录",
    stateUnknown: "正在确认登录状态。",
    stateIn: "您已登录。",
    stateOut: "您尚未登录。",
    nothingAsked: "尚未发出请求。",
    asking: "正在请求…",
    isSignedOut: "您已退出登录。",
    unavailable: "暂时无法连接本网站。您仍处于登录状态。",
    failed: "操作未成功。",
    seconds: (count) => `${count} 秒`,
    minutes: (count) => `${count} 分钟`,
    times: (count) => `${count} 次`,
  },
};

export const words = languages[document.documentElement.lang] ?? languages.en;
