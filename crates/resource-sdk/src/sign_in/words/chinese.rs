//! Simplified Chinese, in the manner of the provider's pages: full-width marks, and "您" for the person.

use super::{Direction, PageWords, Words};

pub(super) const WORDS: Words = Words {
    tag: "zh-CN",
    direction: Direction::LeftToRight,
    try_again: "重试",
    to_site: "前往网站",
    to_page: "前往该页面",
    sign_in: "登录",
    sign_in_after_all: "重新登录",
    sign_out: "退出登录",
    to_sign_out: "在此退出登录",
    confirm: "确认是您本人",
    go_on: "继续",
    no_cookies: PageWords {
        title: "此浏览器没有保存本网站的 Cookie",
        text: "登录需要使用 Cookie，但此浏览器没有为 {host} 保存任何 Cookie。请允许该地址使用 Cookie，然后重试。",
    },
    confirm_sign_out: PageWords { title: "要退出登录吗？", text: "您已登录。" },
    moving_on: PageWords { title: "请稍候", text: "正在为您打开页面。" },
    cancelled: PageWords { title: "您尚未登录", text: "登录已取消，没有共享任何信息。" },
    failed: PageWords {
        title: "登录未成功", text: "无法接受登录服务的应答，您尚未登录。"
    },
    provider_away: PageWords {
        title: "暂时无法登录", text: "登录服务目前没有响应，请稍后再试。"
    },
    try_again_later: PageWords {
        title: "请稍候",
        text: "目前无法核实您的登录状态。您仍处于登录状态，请稍后刷新页面。",
    },
    forbidden: PageWords {
        title: "无法接受此请求",
        text: "该请求不是由本网站当前打开的页面提交的，因此没有做任何更改。",
    },
    not_a_navigation: PageWords {
        title: "此页面不能嵌入其他页面", text: "请在单独的页面中登录。"
    },
    internal_error: PageWords {
        title: "出了点问题", text: "这是本网站的故障，已经记录下来。"
    },
    confirm_first: PageWords {
        title: "请先确认是您本人",
        text: "此操作需要先确认您的身份，目前尚未执行任何操作。请先确认，然后重新操作。",
    },
    not_confirmed: PageWords {
        title: "尚未确认是您本人", text: "确认已取消，没有执行任何操作。"
    },
    too_weak: PageWords {
        title: "需要更安全的登录方式",
        text: "您已登录，但登录方式达不到此页面的要求，没有执行任何操作。登录服务可能提供其他验证方式。",
    },
    too_old: PageWords {
        title: "请再次确认",
        text: "此页面要求您刚刚登录过，而您上次登录的时间较早，没有执行任何操作。",
    },
    send_form: PageWords { title: "已确认是您本人", text: "正在提交您填写的内容。" },
    form_sent: PageWords {
        title: "内容已经提交", text: "您填写的内容只会提交一次，请在页面上查看结果。"
    },
    form_gone: PageWords {
        title: "请重新填写",
        text: "您之前填写的内容已不在此处：内容最多保留一小时，网站重启后也不再保留。如果页面上没有显示这些内容，请重新填写。",
    },
    form_of_another: PageWords {
        title: "您已登录另一个账号",
        text: "该表单由其他人填写，没有提交，也没有执行任何操作。",
    },
    form_too_long: PageWords {
        title: "内容过长",
        text: "此表单最多可提交约六万个字节，没有执行任何操作。请返回并缩短内容。",
    },
};
