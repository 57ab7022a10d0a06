//! What the pages say, in each language: a field a sentence, so that none can be missing. `{name}` stands for a name, which
//! has a direction of its own. What the scripts say is in `assets/words.js` and `assets/causes.js`.

use askama::Template;

use crate::language::Language;

/// Stands for a name in a sentence.
const NAME: &str = "{name}";

/// The sentences of one language.
pub(crate) struct Words {
    pub(crate) skip: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) language: &'static str,
    pub(crate) home: &'static str,
    pub(crate) members: &'static str,
    pub(crate) app: &'static str,
    pub(crate) signing_in_through: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) to_members: &'static str,
    pub(crate) guest: &'static str,
    pub(crate) state_in: &'static str,
    pub(crate) state_out: &'static str,
    pub(crate) state_unknown: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) members_heading: &'static str,
    pub(crate) members_lead: &'static str,
    pub(crate) signed_out_now: &'static str,
    pub(crate) happenings: &'static str,
    pub(crate) happenings_lead: &'static str,
    pub(crate) happened_signed_in: &'static str,
    pub(crate) happened_verified: &'static str,
    pub(crate) happened_refreshed: &'static str,
    pub(crate) facts: &'static str,
    pub(crate) facts_lead: &'static str,
    pub(crate) signed_by: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) audience: &'static str,
    pub(crate) list_separator: &'static str,
    pub(crate) person: &'static str,
    pub(crate) good_for: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) seconds: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) app_heading: &'static str,
    pub(crate) app_lead: &'static str,
    pub(crate) needs_script: &'static str,
    pub(crate) without_script: &'static str,
    pub(crate) one_moment: &'static str,
    pub(crate) call_api: &'static str,
    pub(crate) call_profile: &'static str,
    pub(crate) call_slow: &'static str,
    pub(crate) api_answer: &'static str,
    pub(crate) nothing_asked: &'static str,
    pub(crate) token_here: &'static str,
    pub(crate) refreshed: &'static str,
    pub(crate) not_refreshed: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) not_found_heading: &'static str,
    pub(crate) not_found_lead: &'static str,
    pub(crate) start_again: &'static str,
    pub(crate) payout: &'static str,
    pub(crate) payout_heading: &'static str,
    pub(crate) payout_lead: &'static str,
    pub(crate) payout_saved: &'static str,
    pub(crate) payout_deleted: &'static str,
    pub(crate) payout_holder: &'static str,
    pub(crate) payout_account: &'static str,
    pub(crate) payout_note: &'static str,
    pub(crate) payout_save: &'static str,
    pub(crate) delete_everything: &'static str,
    pub(crate) delete_lead: &'static str,
}

impl Language {
    /// Its sentences.
    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

impl Words {
    /// How long something is good for.
    pub(crate) fn time_left(&self, seconds: i64) -> String {
        let counted = |sentence: &str, count: i64| sentence.replace("{count}", &count.to_string());
        match seconds {
            ..=0 => self.expired.to_owned(),
            1..=90 => counted(self.seconds, seconds),
            _ => counted(self.minutes, seconds / 60),
        }
    }
}

/// A sentence with a name in it, as HTML.
#[derive(Template)]
#[template(source = "{{ before }}<bdi>{{ name }}</bdi>{{ after }}", ext = "html")]
pub(crate) struct Named<'a> {
    before: &'a str,
    name: &'a str,
    after: &'a str,
}

impl<'a> Named<'a> {
    /// `sentence` about `name`.
    pub(crate) fn new(sentence: &'a str, name: &'a str) -> Self {
        let (before, after) = sentence.split_once(NAME).unwrap_or((sentence, ""));
        Self { before, name, after }
    }
}

/// It escapes what it holds.
impl askama::filters::HtmlSafe for Named<'_> {}

const ENGLISH: Words = Words {
    skip: "Skip to content",
    pages: "Pages",
    language: "Language",
    home: "Home",
    members: "Members",
    app: "App",
    signing_in_through: "Signing in through {name}",
    welcome: "Welcome to {name}",
    to_members: "Go to the members' page",
    guest: "Welcome",
    state_in: "You are signed in.",
    state_out: "You are not signed in.",
    state_unknown: "Looking whether you are signed in.",
    sign_in: "Sign in",
    sign_out: "Sign out",
    signed_in_as: "Hello,",
    members_heading: "Members of {name}",
    members_lead: "Nobody sees this page without having signed in. The server made it; it works without script.",
    signed_out_now: "You have signed out, here and at the provider.",
    happenings: "What happened",
    happenings_lead: "The newest first. Each check was made here, without asking the provider.",
    happened_signed_in: "You signed in through the provider",
    happened_verified: "Your sign-in was verified offline in {count} µs",
    happened_refreshed: "Your access token was renewed in the background",
    facts: "Verified here, offline",
    facts_lead: "{name} checked this request by itself, against the provider's published key. Nobody was asked.",
    signed_by: "Signed by",
    issuer: "Issuer",
    audience: "For",
    list_separator: ", ",
    person: "Person",
    good_for: "Good for",
    expired: "now",
    seconds: "{count} s",
    minutes: "{count} min",
    app_heading: "The app of {name}",
    app_lead: "This page calls the site's own API by script. Its access token is in the memory of this page and nowhere else.",
    needs_script: "This page needs script",
    without_script: "The members' page does without",
    one_moment: "One moment",
    call_api: "Call the API",
    call_profile: "Profile",
    call_slow: "A slow answer",
    api_answer: "Answer of the API",
    nothing_asked: "Nothing asked yet.",
    token_here: "The token in this page",
    refreshed: "Refreshed",
    not_refreshed: "0 times",
    not_found: "Not found",
    not_found_heading: "There is no such page",
    not_found_lead: "It may have moved. ",
    start_again: "Start at the beginning",
    payout: "Payout details",
    payout_heading: "Where {name} pays you",
    payout_lead: "What you earn here goes to this account. To change it you must have signed in within the last minute; if you have not, you confirm that it is you, and what you typed comes along.",
    payout_saved: "Saved.",
    payout_deleted: "Everything is deleted.",
    payout_holder: "Account holder",
    payout_account: "Account number",
    payout_note: "Note",
    payout_save: "Save",
    delete_everything: "Delete everything",
    delete_lead: "Account holder, account number and note are gone for good then.",
};

const CHINESE: Words = Words {
    skip: "跳到正文",
    pages: "页面",
    language: "语言",
    home: "首页",
    members: "会员",
    app: "应用",
    signing_in_through: "通过 {name} 登录",
    welcome: "欢迎来到“{name}”",
    to_members: "前往会员页面",
    guest: "欢迎光临",
    state_in: "您已登录。",
    state_out: "您尚未登录。",
    state_unknown: "正在确认登录状态。",
    sign_in: "登录",
    sign_out: "退出登录",
    signed_in_as: "您好，",
    members_heading: "“{name}”会员专区",
    members_lead: "只有登录后才能查看此页面。页面由服务器生成，不需要脚本。",
    signed_out_now: "您已退出登录，身份服务的登录也已结束。",
    happenings: "最近动态",
    happenings_lead: "最新的在最前。每次验证都在本站完成，无需询问身份服务。",
    happened_signed_in: "您已通过身份服务登录",
    happened_verified: "本站已离线验证您的登录，用时 {count} 微秒",
    happened_refreshed: "您的访问令牌已在后台更新",
    facts: "已在本站离线验证",
    facts_lead: "“{name}”使用身份服务公开的密钥自行验证了此次请求，没有询问任何一方。",
    signed_by: "签名密钥",
    issuer: "签发方",
    audience: "适用于",
    list_separator: "、",
    person: "用户",
    good_for: "剩余有效期",
    expired: "已到期",
    seconds: "{count} 秒",
    minutes: "{count} 分钟",
    app_heading: "“{name}”的应用",
    app_lead: "此页面通过脚本调用本站的 API。访问令牌只保存在此页面的内存中。",
    needs_script: "此页面需要脚本",
    without_script: "会员页面不需要脚本，前往查看",
    one_moment: "请稍候",
    call_api: "调用 API",
    call_profile: "个人资料",
    call_slow: "较慢的应答",
    api_answer: "API 的应答",
    nothing_asked: "尚未发出请求。",
    token_here: "此页面中的令牌",
    refreshed: "已刷新",
    not_refreshed: "0 次",
    not_found: "没有这个页面",
    not_found_heading: "没有这个页面",
    not_found_lead: "页面可能已经移走。",
    start_again: "返回首页",
    payout: "收款信息",
    payout_heading: "“{name}”向您付款的账户",
    payout_lead: "您在此获得的款项会汇入这个账户。更改时，您须在最近一分钟内登录过；否则请先确认是您本人，您填写的内容会一并保留。",
    payout_saved: "已保存。",
    payout_deleted: "已全部删除。",
    payout_holder: "户名",
    payout_account: "账号",
    payout_note: "备注",
    payout_save: "保存",
    delete_everything: "全部删除",
    delete_lead: "户名、账号和备注将永久删除。",
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn time_is_told_in_each_language() {
        let said = |language: Language| [-1, 0, 1, 90, 91, 1799].map(|left| language.words().time_left(left));
        assert_eq!(said(Language::English), ["now", "now", "1 s", "90 s", "1 min", "29 min"]);
        assert_eq!(said(Language::Chinese), ["已到期", "已到期", "1 秒", "90 秒", "1 分钟", "29 分钟"]);
    }

    #[test]
    fn s66_a_name_in_a_sentence_is_inert_and_isolated() {
        let sentence = Named::new("Welcome to {name}!", "<b>{name}").render().unwrap();
        assert_eq!(sentence, "Welcome to <bdi>&#60;b&#62;{name}</bdi>!");
    }

    /// The sentences of a table in this file, by the name of the field.
    fn table(name: &str) -> BTreeMap<&'static str, &'static str> {
        let source = include_str!("words.rs");
        let table = source.split(&format!("\nconst {name}: Words = Words {{\n")).nth(1).unwrap();
        let lines = table.split("\n};").next().unwrap().split(",\n").map(str::trim);
        let pairs = lines.filter(|line| !line.is_empty()).map(|line| line.split_once(':').unwrap());
        pairs.map(|(name, said)| (name, said.trim().trim_end_matches(','))).collect()
    }

    #[test]
    fn every_sentence_is_there_in_every_language_with_the_same_names() {
        let (english, chinese) = (table("ENGLISH"), table("CHINESE"));
        assert!(english.len() > 40 && english.keys().eq(chinese.keys()));
        for (name, said) in &chinese {
            assert!(
                said.len() > 2 && said.chars().any(|c| c >= '\u{3000}'),
                "{name} is not in Chinese: {said}"
            );
            for placeholder in [NAME, "{count}"] {
                assert_eq!(said.contains(placeholder), english[name].contains(placeholder), "{name}");
            }
        }
    }

    /// The names in each language's part of a script: `  "en": {` begins one, and each line is one name.
    fn names(script: &'static str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let parts = script.split("\n  \"").skip(1).map(|part| part.split_once("\": {\n").unwrap());
        parts
            .map(|(tag, part)| {
                let lines = part.split("\n  },").next().unwrap().lines();
                (tag, lines.map(|line| line.trim().split_once(": ").unwrap().0).collect())
            })
            .collect()
    }

    #[test]
    fn every_sentence_of_the_scripts_is_there_in_every_language() {
        for script in [include_str!("../assets/words.js"), include_str!("../assets/causes.js")] {
            let names = names(script);
            assert_eq!(names.keys().copied().collect::<Vec<_>>(), Language::ALL.map(Language::tag));
            let english = &names["en"];
            assert!(english.len() > 10);
            for (tag, found) in &names {
                assert_eq!(found, english, "{tag}");
            }
        }
    }

    #[test]
    fn the_scripts_say_what_the_pages_said_before() {
        let script = include_str!("../assets/words.js");
        for language in Language::ALL {
            let words = language.words();
            for said in [
                words.signed_in_as,
                words.one_moment,
                words.guest,
                words.nothing_asked,
                words.state_in,
                words.state_out,
                words.state_unknown,
            ] {
                assert!(script.contains(&format!("\"{said}\"")), "{said}");
            }
        }
    }
}
