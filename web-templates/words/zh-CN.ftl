### 身份服务各个页面上的全部文字（简体中文）。写法见 https://projectfluent.org/fluent/guide/
### 标点一律用全角；阿拉伯数字与中文单位之间空一格；网站和账号等名称用“”括起来。

## 语言本身

language-name = 简体中文
direction = ltr
language-switch = 语言

## 多个页面共用

two-sentences = { $first }{ $second }
list-separator = 、
signed-in-as = 当前账号
reference = 参考编号
footer-help = 帮助
footer-privacy = 隐私政策
footer-terms = 使用条款
client-home = 关于“{ $client }”
client-policy = “{ $client }”的隐私政策
client-terms = “{ $client }”的服务条款
page-failed = 此页面无法显示，请重试。

## 时间

seconds = { $count } 秒
minutes = { $count } 分钟
hours = { $count } 小时
just-now = 刚刚
minutes-ago = { $count } 分钟前
hours-ago = { $count } 小时前
days-ago = { $count } 天前
on-date = { $date }
date = { $year } 年 { $month } 月 { $day } 日 { $time }（UTC）

## 登录

login-title = 登录
login-title-with-error = 出错了：登录
login-heading = 登录后继续前往“{ $client }”
login-heading-alone = 登录
login-confirm-heading = 请确认是您本人
login-confirm-lead = 继续之前，“{ $client }”要求您再次确认身份。
login-confirm-lead-alone = 继续之前，请再次确认身份。
login-username = 用户名或电子邮箱
login-password = 密码
login-show = 显示
login-hide = 隐藏
login-show-label = 显示密码
login-hide-label = 隐藏密码
login-submit = 登录
login-forgot = 忘记密码？
login-register = 注册账号
login-password-set = 新密码已设置，您已在所有地方退出登录。请使用新密码登录。
login-confirm-submit = 继续
login-switch-account = 使用其他账号
login-cancel = 取消并返回
login-passkey = 使用通行密钥登录
login-passkey-refused = 无法用此通行密钥登录。请使用其他通行密钥，或输入密码登录。
login-missing-username = 请输入用户名或电子邮箱地址。
login-missing-password = 请输入密码。
login-missing-both = 请输入用户名（或电子邮箱地址）和密码。
login-check-password = 请核对用户名或电子邮箱地址，然后重新输入密码。
login-password-again = 请重新输入密码。
login-wrong-credentials = 用户名（或电子邮箱地址）与密码不匹配。
login-password-expired = 该临时密码已过期，请向为您提供密码的人索取新密码。
login-throttled = 尝试次数过多。为了您的安全，请等待 { $time }后再试。
login-work = 您不必等待那么久：请输入密码，浏览器会同时完成一项简短的计算，以证明这不是攻击。
login-work-waiting = 请稍候：浏览器仍在计算，完成后会自动提交。
login-work-done = 计算已完成，您现在可以直接登录，无需等待。
login-busy = 当前登录的人较多，尚未核对您的密码。请在 { $time }后重试。
login-expired = 此页面打开的时间过长。您的操作没有丢失，重新登录即可继续。
login-once-more = 请再登录一次。您的操作没有丢失。
login-no-cookies = 浏览器提交此表单时没有带上 Cookie，因此无法登录。请允许 { $address } 使用 Cookie，然后再登录一次。如果地址栏中显示的是其他地址，请前往正确的地址继续。
login-wrong-address = 您打开此页面所用的地址不是 { $address }，请前往该地址继续。
login-right-address = 前往 { $address } 继续
login-reason = { $reason }时间：{ $when }。

## 登录为何结束（显示在原来登录的浏览器中）

why-logged-out = 您已退出登录。
why-signed-in-again = 有人在此浏览器中重新登录，因此您已退出登录。
why-password-changed = 密码已更改，因此您已退出登录。
why-user-disabled = 账号已停用，因此您已退出登录。
why-account-deleted = 您申请了注销账号，因此已退出登录。
why-administrator = 管理员结束了您的登录。
why-reuse = 此次登录可能已被他人复制。为了您的安全，已将您退出登录。
why-revoked-by-client = 您正在使用的网站结束了您的登录。
why-client-removed = 该网站已不再接入此服务，因此您已退出登录。
why-device-policy = 您在另一台设备上登录，因此这里已退出登录。
why-too-many-sessions = 您登录的设备过多，而这台设备最久没有使用，因此已退出登录。
why-consent-withdrawn = 您断开了该网站与您账号的连接，因此已退出登录。
why-kicked = 您在另一台设备上结束了此次登录。
why-factor-removed = 管理员移除了您账号的第二步验证，因此您已退出登录。
why-expired = 此次登录长时间没有使用，或已达到最长期限，因此已退出登录。

## 登录为何结束（列表中）

past-logged-out = 您在该设备上退出了登录
past-signed-in-again = 已被该浏览器中的另一次登录取代
past-password-changed = 密码已更改
past-user-disabled = 账号已停用
past-account-deleted = 您申请了注销账号
past-administrator = 由管理员结束
past-reuse = 可能已被他人复制，为了您的安全而结束
past-revoked-by-client = 由网站结束
past-client-removed = 该网站已不再接入此服务
past-device-policy = 您在另一台设备上登录
past-too-many-sessions = 您登录的设备过多
past-consent-withdrawn = 您断开了该网站的连接
past-kicked = 您在另一台设备上结束了它
past-factor-removed = 第二步验证已被管理员移除
past-expired = 长时间没有使用，或已达到最长期限

## 已在其他设备上登录

elsewhere-title = 已在其他设备上登录
elsewhere-heading = 您已在“{ $device }”上登录
elsewhere-heading-many = 您已在其他设备上登录
elsewhere-lead = 以“{ $account }”在此登录后，您在那台设备上将退出登录。
elsewhere-lead-many = 以“{ $account }”在此登录后，您在以下每台设备上都将退出登录。
elsewhere-submit = 在此登录，退出那台设备
elsewhere-submit-many = 在此登录，退出那些设备
elsewhere-cancel = 取消

## 第二步验证

second-step-title = 第二步验证
second-step-title-with-error = 出错了：第二步验证
second-step-heading = 请输入验证码
second-step-heading-passkey = 请使用通行密钥
second-step-lead-passkey = 请使用此账号的通行密钥确认是您本人，例如设备的屏幕锁、密码管理器或安全密钥。
second-step-lead-either = 请输入身份验证器应用当前显示的验证码，或使用通行密钥。
second-step-passkey = 使用通行密钥
second-step-passkey-refused = 此通行密钥未通过验证。请重试，或使用此账号的其他通行密钥。
second-step-lead = 请打开身份验证器应用，输入当前显示的验证码。
second-step-account = 登录账号
second-step-submit = 继续
second-step-throttled = 验证码尝试次数过多。为了您的安全，请等待 { $time }后再试。如果不是您本人操作，说明有人知道您的密码，或正在使用您的设备，请更改密码。
passkey-missing = 浏览器没有提供通行密钥。使用通行密钥需要较新版本的浏览器，并允许运行脚本。
passkey-cancelled = 操作已取消或超时，未使用通行密钥。您可以重试。
passkey-exists = 此设备或密码管理器中已有您账号的通行密钥。
passkey-failed = 浏览器无法在此使用通行密钥。
code-label = 应用中的验证码
code-missing = 请输入验证码。
code-malformed = 验证码的位数与您的应用显示的一致，通常为六位数字。
code-wrong = 这不是应用当前显示的验证码。请确认手机时间准确，然后输入下一个验证码。
code-spent = 此验证码已使用过，请等待下一个。
second-step-busy = 当前登录的人较多，尚未核对您的验证码。请在 { $time }后重试。
second-step-unchecked = 暂时无法核对您的验证码。这是我们这边的故障，本次不计入尝试次数。如有恢复码，请改用恢复码；否则请联系“{ $provider }”的管理员。
second-step-use-recovery = 使用恢复码
second-step-use-app = 使用应用中的验证码
recovery-step-heading = 请输入恢复码
recovery-step-lead = 设置第二步验证时，您得到了十个恢复码，每个只能使用一次。
recovery-code-label = 恢复码
recovery-code-missing = 请输入恢复码。
recovery-code-malformed = 恢复码由十个字母和数字组成。
recovery-code-wrong = 这不是您的恢复码。重新生成后，旧的恢复码即告失效。
recovery-code-spent = 此恢复码已使用过。请将其划掉，改用下一个。

step-link-send = 向 { $address } 发送链接
step-link-send-again = 重新向 { $address } 发送邮件
step-link-sent-heading = 请查看邮箱
step-link-sent-lead = 含有链接的邮件已发送至 { $address }。在此浏览器中打开链接即可继续登录；在其他设备上打开时，会显示一个验证码，请在下方输入。
step-link-sent-lead-plain = 含有链接的邮件已发送。在此浏览器中打开链接即可继续登录；在其他设备上打开时，会显示一个验证码，请在下方输入。
link-code-label = 链接页面上的验证码
link-code-malformed = 验证码为八位数字，在其他设备上打开链接即可看到。
link-code-wrong = 这不是最新邮件中链接的验证码。
link-code-spent = 此链接已使用过，请重新发送邮件。
step-link-none = 本次登录无法使用邮件链接，请使用第二步验证或恢复码。
step-link-over = 此链接已失效，请重新发送邮件。
step-link-many = 已发送多封邮件。请查找最新的一封，或等待 { $time }后重新发送。
step-link-title = 继续登录
step-link-heading = 是您本人在登录吗？
step-link-lead = 点击“继续”，即在此浏览器中登录。
step-link-not-mine = 如果不是您在登录，请关闭此页面。说明有人知道您的密码，请尽快更改。
step-link-code-heading = 您的验证码
step-link-code-lead = 请在另一个浏览器中等待的登录页面上输入此验证码。
step-link-code-warning = 只在您自己打开的页面上输入。任何向您索要验证码的人，都是想登录您的账号。

## 引导尚未设置第二步验证的用户

enrol-title = 设置第二步验证
enrol-lead-client = “{ $client }”要求您登录时除密码外，再进行一次验证。只需设置一次。
enrol-lead = “{ $provider }”要求您登录时除密码外，再进行一次验证。只需设置一次。
enrol-totp = 设置身份验证器应用
enrol-wait = 您可以推迟到 { $date }之前再设置。
enrol-later = 以后再说

## 用自己的密码替换临时密码

choose-password-title = 设置您自己的密码
choose-password-title-with-error = 出错了：设置您自己的密码
choose-password-lead = 您拿到的是临时密码。请设置一个只有您自己知道的密码，然后继续。
choose-password-submit = 保存并继续

## 同意使用条款

terms-title = 使用条款
terms-lead = 请阅读并同意“{ $provider }”的使用条款（版本 { $version }），然后继续。
terms-lead-changed = “{ $provider }”的使用条款已更新。请阅读并同意新条款（版本 { $version }），然后继续。
terms-link = 阅读使用条款
terms-accept = 同意并继续
terms-without = 如不同意，您仍然可以：
terms-export = 获取数据副本

## 授权

access-denied-title = 您没有访问权限
access-denied-membership = 您的账号无权使用“{ $client }”。如需使用，请联系“{ $client }”的负责人或服务台为您开通。
access-denied-network = “{ $client }”只能在指定的网络中使用。请先连接到贵单位的网络（例如通过 VPN），然后重试。
access-denied-help = 获取帮助
access-denied-back = 返回“{ $client }”

consent-title = 授权访问
consent-overdue = 此页面打开的时间过长，没有做任何更改。请重新选择。
consent-heading = “{ $client }”请求使用您的账号
consent-switch = 切换
consent-switch-label = 切换账号
consent-intro = 如果您允许，“{ $client }”将可以：
consent-openid = 在您再次访问时识别您的账号
consent-profile = 查看您的姓名、头像和个人资料
consent-email = 查看您的电子邮箱地址
consent-address = 查看您的邮寄地址
consent-phone = 查看您的电话号码
consent-offline-access = 在您离开后继续保有这些访问权限
consent-other = 使用它自己的权限“{ $scope }”
consent-allow = 允许
consent-deny = 不允许

## 返回网站

form-post-title = 正在返回
form-post-heading = 正在返回“{ $client }”
form-post-lead = 如果几秒钟后仍没有反应，请按“继续”。
form-post-submit = 继续

## 退出登录

logout-title = 退出登录
logout-heading = 要退出登录吗？
logout-lead = “{ $client }”请求让您退出登录。您用此账号打开的其他网站也会一并退出。
logout-lead-alone = 您将在这里以及用此账号打开的各个网站退出登录。
logout-submit = 退出登录
logout-cancel = 保持登录
logout-devices = 查看您的所有设备
logged-out-title = 已退出登录
logged-out-heading = 您已退出登录
logged-out-lead = 您可以关闭此页面。
still-signed-in-title = 仍处于登录状态
still-signed-in-heading = 您仍处于登录状态
still-signed-in-lead = 没有任何变动，您可以关闭此页面。
still-signed-in-devices = 您的设备

receipt-devices = { $count ->
        [0] 没有需要退出的登录。
       *[other] 已在 { $count } 台设备上退出登录。
    }
receipt-no-site = 那里没有登录任何网站。
receipt-done = { $sites } 个网站中有 { $confirmed } 个已在 { $milliseconds } 毫秒内退出。
receipt-none-yet = { $sites } 个网站会在令牌过期时得知，最迟 { $time }。
receipt-rest = 其余 { $rest } 个网站会在令牌过期时得知，最迟 { $time }。

## 您的账号（首页）

home-title = 您的账号
home-signed-out-title = 登录后查看您的账号
home-signed-out-lead = 一个账号，即可登录所有使用“{ $provider }”的网站。
home-sign-in = 登录
home-sign-out = 退出登录
ways-label = 账号导航
skip-to-content = 跳到主要内容
home-profile-lead = 您的姓名、头像、语言，以及可以告诉网站的其他资料。
home-devices-lead = 查看您在哪些设备上登录。如有丢失或不认识的设备，可以从这里退出。
home-sites-lead = 查看哪些网站连接了此账号，以及它们能看到什么。
home-password-lead = 更改密码，并在所有其他地方退出登录。
home-methods-lead = 使用通行密钥登录，或在输入密码后再要求输入手机上的验证码。
passkey-offer = 如果浏览器保存了您的密码，它现在可能会为此账号保存一个通行密钥。有了它，无需密码即可登录；其他设置不变，您可以在“登录方式”中移除它。

## 通过邮件设置新密码

forgot-title = 忘记密码
forgot-title-with-error = 出错了：忘记密码
forgot-heading = 忘记密码？
forgot-lead = 请输入用户名或您账号的电子邮箱地址，我们会发送一封邮件，其中的链接可用来设置新密码。
forgot-submit = 发送邮件
forgot-back = 返回登录
forgot-once-more = 请再提交一次。如果再次回到此页面，请允许本网站使用 Cookie。
forgot-throttled = 这里请求发送的邮件过多，请等待 { $time }后再试。
forgot-busy = 目前非常繁忙，邮件没有发送。请在 { $time }后重试。
forgot-sent-title = 请查收邮件
forgot-sent-lead = 如果“{ $name }”属于某个账号，且该账号有已验证的电子邮箱，邮件将发送到该邮箱。
forgot-sent-hint = 邮件中的链接一小时内有效。如果几分钟后仍未收到，请查看垃圾邮件，并核对您输入的内容。
forgot-sent-again = 重新输入

reset-title = 设置新密码
reset-title-with-error = 出错了：设置新密码
reset-lead = 设置后，您将在所有地方退出登录，然后使用新密码登录。
reset-account = 账号
reset-submit = 设置新密码

## An account of one's own

register-title = 注册账号
register-title-with-error = 出错了：注册账号
register-heading = 注册账号，以继续访问“{ $client }”
register-lead = 请输入您的电子邮箱地址，我们会发送一封邮件，其中的链接可用来创建账号。
register-submit = 发送邮件
register-back = 我已有账号
register-sent-lead = 邮件正在发送到 { $name }。请打开邮件中的链接继续。
register-sent-hint = 链接一天内有效，可在任何设备上打开。如果几分钟后仍未收到，请查看垃圾邮件，并核对您输入的内容。
create-account-title = 创建您的账号
create-account-title-with-error = 出错了：创建您的账号
create-account-lead = 完成后您将自动登录，并继续访问“{ $client }”。
create-account-lead-alone = 完成后您将自动登录。
create-account-name = 您的姓名
create-account-name-missing = 请输入您的姓名或称呼。
create-account-username = 用户名（选填）
create-account-username-given = 用户名
create-account-username-hint = 您始终可以用电子邮箱登录。设置用户名后也可以用它登录，需要用户名的网站会看到用户名，而不是您的邮箱地址。
create-account-username-malformed = 用户名中不能有空格或不可见的字符。
create-account-username-address = 请去掉 @。您本来就可以用电子邮箱登录。
create-account-username-taken = 此用户名已被使用。请换一个，或者留空。
create-account-throttled = 尝试的用户名过多，请等待 { $time }后再试，或者留空。
create-account-terms = 接下来会请您阅读并同意使用条款。
create-account-submit = 创建账号
create-administrator-title = 创建管理员账号
create-administrator-title-with-error = 出错了：创建管理员账号
create-administrator-lead = 完成后您将自动登录，并拥有全部管理权限。
create-administrator-username-missing = 请设置用户名，登录时需要用到。
create-administrator-username-address = 请去掉 @。电子邮箱可以之后再添加。
create-administrator-username-taken = 此用户名已被使用，请换一个。
create-administrator-own = 已有账号？请先登录，再重新打开此链接。
become-administrator-title = 成为管理员
become-administrator-lead = 管理员可以查看和更改这里的一切：用户、网站、密钥和设置。
become-administrator-submit = 将 { $account } 设为管理员
become-administrator-other = 想使用其他账号？请先退出登录，再重新打开此链接。

## 邮件中的链接

verify-address-title = 验证电子邮箱
verify-address-lead = 验证后，可以使用 { $address } 登录下面的账号。请确认这是您的账号。
verify-address-submit = 验证
verify-address-done-title = 邮箱已验证
verify-address-done-lead = 从现在起，您可以使用 { $address } 登录，有关账号的邮件也会发送到这里。
verify-address-taken-title = 邮箱未能验证
verify-address-taken-lead = { $address } 现已属于另一个账号。请先在那个账号中将其移除，再到这里重新添加。
void-link-title = 此链接已失效
void-link-lead = 链接可能已使用过、已过期，或者之后又发送了新的邮件：只有最新的链接有效，且只能使用一次。如果链接不完整，请完整打开。
void-link-lead-second-step = 链接可能已使用过、已过期，或者之后又发送了新的邮件：只有最新的链接有效，十分钟内可使用一次。请回到等待中的登录页面，重新发送邮件。
void-link-ask-again = 重新获取链接
void-link-sign-in = 登录
void-link-not-me-lead = 链接已使用过或已过期。如果您担心仍有人在使用您的账号，请更换密码，然后登录查看还有哪些设备处于登录状态。
not-me-title = 不是您本人？
not-me-sign-in-lead = 点击按钮即可结束此次登录，以及通过它登录的所有网站。随后请更换密码。
not-me-change-lead = 点击按钮，您的账号将在所有设备和网站上退出登录。随后请更换密码。
not-me-past-lead = 此次登录已经结束。点击按钮后，若再有人在该设备上登录，您会收到邮件。随后请更换密码。
not-me-submit-sign-in = 结束此次登录
not-me-submit-change = 在所有地方退出登录
not-me-submit-past = 不是我本人
not-me-ended-title = 已退出登录
not-me-ended-lead = 登录已结束，通过它登录的网站也已退出。但对方可能知道您的密码，在您更换密码之前仍可再次登录。
not-me-over-title = 此次登录已经结束
not-me-over-lead = 已经没有人通过它保持登录。但对方可能知道您的密码，在您更换密码之前仍可再次登录。
not-me-password = 更换密码
not-me-secure = 登录并检查账号
void-link-invited-lead = 链接可能已使用过、已过期，或者之后又发送了新的邀请。请向邀请您的人索取新的邀请。
void-link-administrator-lead = 链接可能已使用过、已过期，或者已经有管理员了。在服务器控制台运行以下命令可以生成新的链接。
link-opened-title = 您的账号已创建
link-opened-lead = 此链接已使用过，您的账号已经创建。请登录以继续。
link-address-taken-title = 此邮箱已有账号
link-address-taken-lead = 请使用您的电子邮箱登录以继续。
link-elsewhere-title = 请重新打开邮件中的链接
link-elsewhere-lead = 此页面只能在打开链接的浏览器中使用。请在这个浏览器中重新打开邮件中的链接，并允许 { $address } 使用 Cookie。

## 电子邮箱

addresses-title = 电子邮箱
addresses-none = 还没有电子邮箱。
addresses-hint = 每个已验证的邮箱都可以用来登录，有关账号的邮件会发送到所有这些邮箱。需要您邮箱地址的网站会看到主邮箱。
addresses-primary = 主邮箱
addresses-confirmed = 验证时间：{ $when }
addresses-unconfirmed = 尚未验证
addresses-change = 更改
addresses-change-label = { $button }：{ $address }
addresses-add = 添加邮箱
addresses-back = 您的账号
addresses-sent = 邮件将发送到 { $address }。请打开其中的链接，完成验证。
addresses-made-primary = { $address } 已设为您的主邮箱。
addresses-removed = { $address } 已移除。
home-addresses-lead = 管理接收邮件的邮箱，以及网站能看到的邮箱地址。

add-address-title = 添加电子邮箱
add-address-title-with-error = 出错了：添加电子邮箱
add-address-lead = 我们会向该邮箱发送一封邮件，打开其中的链接即可证明邮箱属于您。
add-address-label = 电子邮箱地址
add-address-submit = 发送邮件
add-address-cancel = 取消
add-address-missing = 请输入电子邮箱地址。
add-address-malformed = 这不是有效的电子邮箱地址，请核对后重新输入。
add-address-known = 此邮箱已验证。
add-address-too-many = 您的邮箱数量已达上限，请先移除一个。
add-address-throttled = 发送的邮件过多，请等待 { $time }后再试。

address-title = 电子邮箱
address-unconfirmed-lead = 此邮箱尚未验证。请打开发送到该邮箱的邮件中的链接。
address-confirmed-lead = 您可以使用此邮箱登录，有关账号的邮件也会发送到这里。
address-primary-lead = 这是您的主邮箱，需要您邮箱地址的网站会看到它。
address-send = 重新发送邮件
address-make-primary = 设为主邮箱
address-remove = 移除此邮箱
address-keeps-primary = 如需移除，请先将另一个邮箱设为主邮箱。
address-keeps-last = 这是唯一已验证的邮箱，移除后您将收不到邮件，因此不能移除。
address-keeps-username = 它同时也是您的用户名，因此不能移除。

## 您的密码

password-title = 更改密码
password-title-with-error = 出错了：更改密码
password-lead = 更改后您在这里保持登录，在所有其他地方将退出登录。
password-old = 当前密码
password-submit = 更改密码
password-missing = 请输入当前密码。
password-missing-both = 请输入当前密码和新密码。
password-wrong = 这不是您的当前密码。
password-busy = 当前登录的人较多，没有做任何更改。请在 { $time }后重试。
password-changed = 密码已更改。
password-changed-alone = 您没有在其他地方登录。

## 新密码（所有需要设置密码的页面）

new-password = 新密码
new-password-hint = 至少 { $minimum } 个字符。例如使用四五个互不相关的词，既好记又难猜。
new-password-more = 还需要的字符数：
new-password-mix = 长度足够，但有规律，容易被猜到。
new-password-named = 长度足够，但包含您的用户名，容易被猜到。
new-password-enough = 长度足够。
new-password-missing = 请设置新密码。
new-password-too-long = 最多使用 256 个字符。
new-password-same = 这就是您的当前密码，请另选一个。
new-password-too-short = 至少使用 { $minimum } 个字符。
new-password-name = 请不要使用您自己的名字，也不要使用本服务及其所属机构的名称。
new-password-common = 这是最先被人尝试的密码之一，请选一个别人想不到的。
new-password-pattern = 这个密码有容易被猜到的规律，请使用互不相关的词。
new-password-leaked = 这个密码在其他网站被盗的密码名单上，请另选一个。

## 登录方式

methods-title = 登录方式
methods-passkeys = 通行密钥
methods-passkeys-lead = 有了通行密钥，用设备的屏幕锁即可登录，无需密码，也不会被钓鱼网站骗走。
methods-add-passkey = 添加通行密钥
methods-passkey = 通行密钥
methods-saved-by-browser = 由浏览器保存，输入密码后不会要求使用
methods-synced = 已同步。
methods-rename = 重命名
methods-demand = 设为必需
methods-second-step = 第二步验证
methods-none = 目前只凭密码即可登录。在手机上使用身份验证器应用后，别人即使知道您的密码，没有验证码也无法登录。
methods-none-but-passkey = 输入密码后，还需使用通行密钥。添加身份验证器应用后，也可以改为输入验证码。
methods-some-and-passkey = 输入密码后，还需输入以下任一应用中的验证码，或使用通行密钥。
methods-some = 输入密码后，还需输入以下任一应用中的验证码。
methods-app = 身份验证器应用
methods-added = 添加时间：{ $when }。
methods-last-used = 上次使用：{ $when }。
methods-add = 添加身份验证器应用
methods-remove = 移除
methods-button-label = { $button }：{ $name }
methods-back = 您的账号
sign-out-others-too = 同时退出我的其他设备

recovery-heading = 恢复码
recovery-lead = 手机不在身边时，输入密码后可用恢复码登录，每个只能使用一次。
recovery-left = { $count ->
        [0] 没有可用的恢复码
       *[other] 剩余 { $count } 个
    }
recovery-made = 生成时间：{ $when }。
recovery-few-left = 恢复码所剩不多，请在用完之前重新生成。
recovery-none-left = 您没有可用的恢复码。如果手机丢失，您将无法登录。请立即生成。
recovery-new = 重新生成

make-recovery-title = 生成恢复码
make-recovery-heading = 要生成新的恢复码吗？
make-recovery-lead = { $count ->
        [0] 您将得到十个恢复码，请抄写或打印保存。
       *[other] 您将得到十个新的恢复码，剩余的 { $count } 个旧码会立即失效。
    }
make-recovery-submit = 生成
make-recovery-cancel = 取消

new-recovery-title = 请保存恢复码
new-recovery-lead = 手机不在身边时，输入密码后可用恢复码登录，每个只能使用一次。请保存在没有手机也能找到的地方。恢复码不会再次显示。
new-recovery-owner = “{ $provider }”账号“{ $account }”的恢复码
new-recovery-made = 生成时间：{ $date }
new-recovery-download = 下载
new-recovery-print = 打印
new-recovery-done = 我已保存

add-totp-title = 添加身份验证器应用
add-totp-title-with-error = 出错了：添加身份验证器应用
add-totp-lead = 请用手机上的身份验证器应用扫描此图，然后输入应用显示的验证码。
add-totp-qr = 包含下方密钥的二维码
add-totp-by-hand = 或者在应用中手动输入此密钥：
add-totp-name = 名称（可不填）
add-totp-name-hint = 例如所在手机的名称。
add-totp-submit = 添加
add-totp-cancel = 取消
add-totp-wrong = 验证码与此图不符。请确认手机时间准确，然后输入应用当前显示的验证码。

add-passkey-title = 添加通行密钥
add-passkey-title-with-error = 出错了：添加通行密钥
add-passkey-lead = 浏览器会请您使用此设备的屏幕锁、密码管理器或安全密钥。添加后，即可用它代替密码登录。
add-passkey-first = 添加后，只凭密码将无法登录：输入密码后还需使用通行密钥。请将它保存在您所有设备都能使用的地方，或为每台设备各添加一个。
add-passkey-name-hint = 例如所在设备或密码管理器的名称。
add-passkey-submit = 创建通行密钥
add-passkey-refused = 未能添加此通行密钥，请重试。
add-passkey-taken = 此通行密钥已属于某个账号，请另外创建一个。

rename-method-title = 重命名通行密钥
rename-method-name = 名称
rename-method-submit = 保存

demand-passkey-title = 登录时要求使用通行密钥
demand-passkey-heading = 输入密码后，要求使用“{ $name }”吗？
demand-passkey-lead = 今后输入密码后，还需使用此通行密钥，或您已有的其他第二步验证方式。
demand-passkey-lead-first = 今后只凭密码将无法登录：输入密码后还需使用此通行密钥。您还会得到一组恢复码，供通行密钥不在手边时使用。
demand-passkey-unused = 此通行密钥由浏览器自动保存，尚未使用过。请先用它登录一次，确认它在您的设备上可用并能验证您的身份，然后再回到这里。
demand-passkey-submit = 设为必需

remove-method-title = 移除登录方式
remove-method-heading = 要移除“{ $name }”吗？
remove-method-passkey = 移除后将无法再用它登录。请同时在您的设备或密码管理器中将它删除。
remove-method-lead = 输入密码后，仍需进行第二步验证。
remove-method-lead-last = 移除后，只凭密码即可登录，恢复码也会一并失效。
remove-method-submit = 移除
remove-method-cancel = 保留

## 您的个人资料

home-export-lead = 获取这里保存的与您有关的全部数据的副本。
home-delete-lead = 永久关闭此账号。
home-admin-lead = 管理用户、网站和密钥，查看需要处理的事项。

admin-title = 管理
admin-rooms = 管理页面
admin-overview-title = 概览
admin-overview-lead = 需要处理的事项。
admin-groups-title = 用户组
admin-groups-lead = 将用户归组，并为整组授予角色。
admin-roles-title = 角色
admin-roles-lead = 用户在各网站的身份，以及可以管理的内容。
admin-attention = 需要处理
admin-attention-none = 目前没有需要处理的事项。
admin-attention-factor = 您目前仅使用密码登录。一旦密码泄露，他人就能管理您可以管理的一切。
admin-attention-key = 没有可以接替当前签名密钥的备用密钥。
admin-attention-mails = 有 { $count } 封邮件未能送达。
admin-attention-clients = 有 { $count } 个网站在收到会话结束通知时没有响应。
admin-attention-followers = 有 { $count } 个网站未连接到撤销通知流。
admin-attention-rotation = { $count ->
    [0] 下一个签名密钥将在一小时内启用。
   *[other] 下一个签名密钥将在 { $count } 小时后启用。
}
admin-attention-given-up = { $count ->
   *[other] 有 { $count } 条会话结束通知已放弃发送。
}
admin-attention-stale = { $count ->
   *[other] 有 { $count } 个网站已连接撤销通知流，但没有确认收到。
}
admin-attention-webhook = 审计日志的推送自{ $time }起一直失败，未被接收任何记录。最近一次的原因：{ $reason }
admin-picture-sign-ins = 登录情况
admin-picture-day = 过去 24 小时：登录 { $accepted } 次，被拒绝 { $refused } 次。
admin-picture-month = 过去 30 天：登录 { $accepted } 次，被拒绝 { $refused } 次。
admin-picture-sides = 横线以上为登录，以下为被拒绝的尝试。来自同一来源的大量尝试每分钟只计入几次。
admin-picture-table = 以表格查看
admin-picture-when = 起始时间（世界协调时）
admin-picture-accepted = 登录
admin-picture-refused = 被拒绝
admin-picture-show-day = 查看过去 24 小时
admin-picture-show-month = 查看过去 30 天
admin-picture-sites = 各网站的登录数
admin-picture-counted = 统计于 { $time }。
admin-picture-sites-none = 尚未统计。
admin-picture-sites-zero = 没有网站持有登录。
admin-picture-deliveries = 网站尚未确认的内容
admin-picture-deliveries-none = 所有网站均已确认全部通知。
admin-picture-waiting = 待通知的退出登录（每个网站最多统计 200 个）
admin-picture-behind = 撤销通知流的记录
admin-prefix = 名称开头
admin-search = 搜索
admin-none = 暂无内容。
admin-none-found = 没有以此开头的名称。
admin-next = 下一页
admin-built-in = 内置
admin-built-in-hint = 这是产品内置的角色，权限无法更改；后续版本可能会为它增加权限。
admin-role-second-factor = 拥有此角色的人登录时必须完成两步验证
admin-role-asks-second-factor = 拥有此角色的人登录时必须完成两步验证。
admin-name = 名称
admin-description = 用途（选填）
admin-external-id = 外部系统中的 ID（选填）
admin-external-id-hint = 同步用户组的目录系统通过它识别此用户组。
admin-external-id-fact = 外部系统中的 ID：{ $id }
admin-save = 保存
admin-back = 返回
admin-title-with-error = 出错了：{ $title }
admin-stored = 当前名称：{ $name }。用途：{ $description }
admin-group-since = 创建于 { $time }
admin-group-roles = 成员由此获得以下角色。
admin-group-no-roles = 此用户组没有为成员授予角色。
admin-members = 成员
admin-no-members = 此用户组暂无成员。
admin-member-remove = 移出
admin-add-group-title = 添加用户组
admin-add-group-effect = 新用户组没有成员，也不授予任何权限。
admin-change-group-title = 修改用户组
admin-change-group-effect = 获取用户组信息的网站会在下次登录或续期时看到新名称。
admin-remove-group-title = 删除用户组
admin-remove-group-lead = { $name } 将被永久删除。
admin-remove-group-members = { $count ->
    [0] 组内没有成员。
   *[other] 组内有 { $count } 位成员，他们的账号会保留。
}
admin-remove-group-many = 组内有超过 { $count } 位成员，他们的账号会保留。
admin-remove-loses = 将一并失去的角色：{ $roles }
admin-add-member-title = 添加成员
admin-add-member-lead = 要将谁加入 { $name }？
admin-add-member-roles = 该用户将由此获得角色：{ $roles }
admin-person = 用户名或电子邮箱
admin-remove-member-title = 移出用户组
admin-remove-member-lead = { $person } 将不再属于 { $name }。
admin-give-group-role-effect = 角色的权限立即对全体成员生效。您只能授予自己拥有的权限。
admin-take-group-role-lead = { $name } 的成员将不再由此拥有角色“{ $role }”。
admin-take-group-role-members = { $count ->
    [0] 组内没有成员。
   *[other] 组内有 { $count } 位成员，他们将失去此角色。
}
admin-take-group-role-many = 组内有超过 { $count } 位成员，他们将失去此角色。
admin-take-group-role-effect = 角色的权限立即失效，得知此角色的网站会收到更新。被直接授予此角色或通过其他用户组获得此角色的成员不受影响。
admin-permissions = 权限
admin-permissions-hint = 您只能授予自己拥有的权限。
admin-no-permissions = 此角色在这里没有任何权限，但网站可以据此识别用户。
admin-add-role-title = 添加角色
admin-add-role-effect = 新角色暂未授予任何人。
admin-change-role-title = 修改角色
admin-change-role-effect = 拥有此角色的用户将立即获得或失去相应权限。
admin-remove-role-title = 删除角色
admin-remove-role-lead = { $name } 将被永久删除。
admin-remove-role-people = { $count ->
    [0] 没有用户被直接授予此角色。
   *[other] { $count } 位用户将立即失去此角色及其权限。
}
admin-remove-role-many = 超过 { $count } 位用户将立即失去此角色及其权限。
admin-remove-role-groups = { $count ->
    [0] 没有用户组拥有此角色。
   *[other] { $count } 个用户组拥有此角色，其成员也将失去它。
}
admin-done-added = 已添加 { $name }。
admin-done-changed = 已修改 { $name }。
admin-done-same = { $name } 没有变化。
admin-done-removed = 已删除 { $name }。
admin-done-member-added = { $person } 已加入 { $name }。
admin-done-member-removed = { $person } 已移出 { $name }。
admin-done-group-role-given = 此用户组的成员现已拥有角色“{ $name }”。
admin-done-group-role-taken = 此用户组的成员不再由此拥有角色“{ $name }”。
admin-problem-name = 请输入名称，最长 128 个字节，不能包含不可见的字符。
admin-problem-taken = 已有同名的项目，请换一个名称。
admin-problem-description = 用途说明过长，最多 500 个字节。
admin-problem-person = 没有使用此名称登录的用户。
admin-problem-changed = 在此期间有人修改了这里的内容。您输入的内容没有丢失：请再次核对，然后点击按钮按您的内容保存。
admin-problem-permission = 您没有执行此操作所需的权限。
admin-problem-no-second-factor = 此服务未启用任何第二步验证方式，请先在配置中启用。
admin-problem-last = 这样将没有人能够管理此服务。请先将其他人设为管理员。
admin-people-title = 用户
admin-people-lead = 查看谁有账号、如何登录以及在哪里登录。
people-search = 姓名、用户名、电子邮箱或 ID
people-search-unreadable = 请至少输入一个文字或数字，最多 200 个字符。
people-state = 账号状态
people-state-any = 不限
people-state-active = 正常
people-state-disabled = 已停用
people-state-deleting = 注销中
people-without-second-factor = 仅显示未设置第二步验证的用户
people-in-group = 用户组“{ $name }”的成员。
people-with-role = 拥有角色“{ $name }”的用户。
people-everybody = 显示所有用户
people-none-found = 未找到用户。
people-none-so-far = 已查找的部分中没有符合条件的用户，请到下一页继续查找。
people-not-permitted = 您的角色无权查看此内容。
people-out-of-reach = 此用户拥有您没有的权限。您可以查看信息或让其退出登录，其他操作需要由权限相同的管理员完成。
people-disabled = 此账号已停用，无法登录。
people-deleting = 此用户已申请注销账号。除非在 { $time } 之前重新登录，否则届时账号将被删除。
people-since = 账号创建于 { $time }
people-last-sign-in = 上次登录：{ $time }
people-no-sign-in = 近期没有登录
people-id = ID：
people-password = 密码
people-password-none = 未设置
people-password-set = 已设置
people-password-temporary = 临时密码，有效期至 { $time }，下次登录时须更换。
people-one-factor = 此用户仅凭密码即可登录。
people-saved-by-browser = 由浏览器自动保存，输入密码后不会要求使用
people-duty-own = 此用户登录时必须完成两步验证。
people-duty-role = 此用户的某个角色要求完成两步验证。
people-roles-by-groups = 通过用户组获得：{ $roles }
people-no-roles = 没有角色
people-no-groups = 不属于任何用户组
people-take-role = 撤销
people-leave-group = 移出
people-codes = 剩余 { $count } 个恢复码。
people-sessions = 登录状态
people-no-sessions = 目前未在任何地方登录
people-open = { $count } 个登录会话
people-sites = { $count ->
    [0] 没有网站可以访问此账号
   *[other] { $count } 个网站可以访问此账号
}
people-sessions-title = 登录会话和网站
people-more-sessions = 另有 { $count } 个更早使用过的登录会话。
people-end-session = 退出此设备
people-sites-title = 可访问此账号的网站
people-no-sites = 没有网站可以访问此账号。
people-site-sessions = { $count ->
    [0] 未在使用
   *[other] 正在 { $count } 个登录会话中使用
}
people-site-scope = 已授权：{ $scope }
people-activity-title = 全部动态
people-audit = 此用户的审计日志
people-no-activity = 此账号还没有任何动态。
people-event-copied = 网站的访问权限可能已被他人复制，已终止
people-event-exported = 导出了个人数据副本
people-event-registration = 有人想用此用户的邮箱注册另一个账号
people-event-mail = 发送了有关账号的邮件
people-event-mail-given-up = 有关账号的邮件未能送达
people-event-removed = 账号已删除
people-event-by = 操作人：{ $name }
people-event-by-client = 操作程序：{ $name }
people-event-by-console = 在控制台操作，系统用户：{ $name }
people-account = 账号
people-ends-sessions = { $count ->
    [0] 目前没有登录会话。
   *[other] { $count } 个登录会话将立即结束。
}
people-ends-sites = 将通知 { $count } 个网站结束登录。
people-told = 如果此用户有已验证的邮箱，将会收到邮件通知。
people-disable-title = 停用账号
people-disable-lead = { $person } 将无法登录。
people-disable-effect = 所有资料都会保留，账号可以重新启用。
people-enable-title = 启用账号
people-enable-lead = { $person } 将可以重新登录。
people-enable-effect = 停用时已结束的登录不会恢复。
people-sign-out-title = 让其在所有设备退出登录
people-sign-out-lead = { $person } 将在所有设备上退出登录。
people-sign-out-effect = 此用户可以立即重新登录。如果密码已被他人得知，请同时设置新密码。
people-everybody-out-title = 让所有人退出登录
people-everybody-out-lead = 所有用户都将在所有设备上退出登录，包括您自己。适用于登录可能被盗用，或恢复了旧的数据库备份之后。
people-everybody-out-open = { $count ->
    [0] 目前没有登录会话。
   *[other] { $count } 个登录会话将立即结束，各网站上的登录也会结束。
}
people-everybody-out-many = 超过 { $count } 个登录会话将立即结束，各网站上的登录也会结束。
people-everybody-out-again = 所有人都可以立即重新登录，得知密码的他人也可以。
people-everybody-out-trace = 审计日志会记录由您执行了此操作。
people-remove-title = 删除账号
people-remove-lead = { $person } 的账号将被永久删除。
people-remove-effect = 个人资料、邮箱、登录方式以及对网站的授权将立即删除，无法恢复。
people-remove-name = 用户名和邮箱可供他人使用，审计日志会保留 ID。
people-reset-title = 移除所有第二步验证
people-reset-lead = { $person } 设置了 { $count } 种第二步验证方式，它们将与所有恢复码一并移除。
people-reset-effect = 此后仅凭密码即可登录。请务必确认对方就是本人。
people-remove-method-title = 移除验证方式
people-remove-method-lead = 将移除 { $person } 的“{ $name }”。
people-remove-method-last = 这是最后一种验证方式：恢复码将一并移除，此后仅凭密码即可登录。
people-remove-method-effect = 其他验证方式会保留。
people-end-session-title = 在此设备上退出登录
people-end-session-lead = { $person } 将在 { $name } 上退出登录。
people-disconnect-title = 断开网站连接
people-disconnect-lead = { $name } 将无法再访问 { $person } 的账号。
people-disconnect-effect = 需要授权的网站会在下次打开时重新请求授权。
people-take-role-title = 撤销角色
people-take-role-lead = { $person } 将不再拥有角色“{ $name }”。
people-take-role-effect = 角色的权限立即失效，得知此角色的网站会收到更新。通过用户组获得的角色不受影响。
people-leave-group-lead = { $person } 将不再属于“{ $name }”。
people-leave-group-effect = 得知此信息的网站会收到更新。
people-give-role-title = 授予角色
people-give-role-lead = 要授予 { $name } 哪个角色？
people-give-role-effect = 角色的权限立即生效。您只能授予自己拥有的权限。
people-role-name = 角色名称
people-join-group-title = 加入用户组
people-join-group-lead = 要将 { $name } 加入哪个用户组？
people-join-group-effect = 此用户将立即获得用户组的角色。
people-group-name = 用户组名称
people-add-holder-title = 授予用户
people-add-holder-lead = 要将角色“{ $name }”授予谁？
people-holders = 拥有此角色的用户
people-no-holders = 此角色未直接授予任何用户。
people-holder-groups = 另有 { $count } 个用户组拥有此角色。
people-all-with-role = 查找拥有此角色的用户
people-all-in-group = 在此用户组中查找
people-address = 电子邮箱
people-add-address-lead = 为 { $person } 添加邮箱。已验证的邮箱会收到通知。
people-vouch = 我确认此邮箱属于该用户
people-vouch-hint = 此后该用户可用它登录，有关账号的邮件也会发送到此邮箱。
people-address-lead = { $person } 的邮箱
people-verify-effect = 此后该用户可用它登录，有关账号的邮件也会发送到此邮箱。
people-verify = 代为验证
people-make-primary-effect = 需要邮箱的网站会获得此邮箱。
people-remove-address-effect = 此后无法再用它登录，也不会再向它发送邮件。
people-address-keeps-username = 此邮箱同时是用户名，无法移除。请先修改用户名。
people-password-title = 新密码
people-password-lead = 为 { $person } 设置
people-link-heading = 通过邮件
people-link-to = 链接将发送到 { $addresses }，一小时内有效，仅可使用一次。
people-link-effect = 在用户设置新密码之前，旧密码仍然有效。设置之后，使用旧密码的登录将全部结束。
people-send-link = 发送链接
people-make-heading = 由您告知
people-make-effect = 系统会生成一个密码，由您告知用户。用户下次登录时须设置自己的密码。
people-make = 生成临时密码
people-new-password-title = 临时密码
people-new-password-lead = { $person } 的旧密码已失效。
people-new-password-added = 已添加 { $person }。
people-new-password-username = 登录名：{ $name }
people-new-password-until = 有效期至 { $time }，下次登录时须更换。
people-new-password-once = 密码仅显示这一次。请以他人无法看到的方式告知用户。
people-new-password-done = 已告知用户
people-add-title = 添加用户
people-add-lead = 系统会生成一个临时密码，由您告知用户。用户首次登录时须设置自己的密码。
people-add-or = 如果知道对方的邮箱，更方便的做法是：
people-username = 用户名
people-username-hint = 用于登录，不能包含空格。
people-username-optional = 用户名（选填）
people-username-invited = 如不填写，由对方自行选择。
people-name-optional = 姓名（选填）
people-invite-title = 邀请用户
people-invite-lead = 对方会收到一封带有链接的邮件，通过链接注册账号并设置密码。
people-letter-language = 邮件语言
people-invitations-title = 已发出的邀请
people-invitations-lead = 已发送、尚未使用的邀请。
people-no-invitations = 没有待使用的邀请。
people-invitation-sent = 发送于 { $time }
people-invitation-until = 有效期至 { $time }
people-withdraw = 撤回
people-withdraw-title = 撤回邀请
people-withdraw-lead = 邮件中的链接将失效。
people-change-title = 修改名称和资料
people-change-lead = { $person } 的登录名，以及网站可以获知的资料。
people-group-about = 关于该用户
people-duty-tick = 登录时必须完成两步验证
people-duty-stored-on = 当前设置：必须完成两步验证
people-duty-stored-off = 当前设置：不要求
people-done-invited = 邀请邮件正在发往 { $person }。
people-done-withdrawn = 已撤回对 { $person } 的邀请。
people-done-changed = 已修改 { $person }。
people-done-same = 没有变化。
people-done-disabled = 已停用 { $person } 的账号，所有登录已结束。
people-done-enabled = 已重新启用 { $person } 的账号。
people-done-signed-out = { $person } 已在所有地方退出登录。
people-done-disconnected = { $name } 已无法访问 { $person } 的账号。
people-done-method-removed = 已移除“{ $name }”，{ $person } 已在所有地方退出登录。
people-done-methods-reset = 已移除 { $person } 的所有第二步验证，并已在所有地方退出登录。
people-done-link-sent = 设置新密码的链接正在发往 { $person }。
people-done-role-given = 已授予 { $person } 角色“{ $name }”。
people-done-role-taken = 已撤销 { $person } 的角色“{ $name }”。
people-done-address-added = 已为 { $person } 添加 { $name }。
people-done-address-verified = 已验证 { $name }，{ $person } 可用它登录。
people-done-address-primary = { $name } 已设为 { $person } 的主邮箱。
people-done-address-removed = 已移除 { $person } 的 { $name }。
people-done-removed = 已删除 { $person } 的账号。
people-problem-role = 没有此名称的角色。
people-problem-group = 没有此名称的用户组。
people-problem-username = 用户名为 1 至 256 个字符，不能包含空格或不可见的字符。
people-problem-username-taken = 已有其他用户使用此用户名登录，请换一个。
people-problem-address = 这不是有效的电子邮箱，请核对后重新输入。
people-problem-address-taken = 已有其他用户使用此邮箱登录。
people-problem-addresses = 每位用户最多有 20 个邮箱，请先移除一个。
people-problem-address-stays = 用户名也需要随之更改。请先修改用户名，或先验证另一个邮箱。
people-problem-name = 请输入姓名，最长 1000 个字符，不能包含换行或不可见的字符。
people-problem-letter = 无法向此用户发送邮件：未启用邮件、没有已验证的邮箱，或账号已停用。
people-problem-over = 在您点击按钮之前，此操作已经完成。
admin-problem-next-key = 下一个密钥暂时不能签名：密钥尚不存在，或部分网站可能还没有获取到。密钥列表中会显示最早可用的时间。
admin-problem-key = 此密钥目前不用于签名，或已不存在。请重新查看密钥列表。
admin-problem-delivery = 已经送达，或已无必要重试。
admin-problem-secret = 密钥未删除：这是唯一的密钥，或其他人刚刚修改过。
admin-problem-field = 部分内容无法保存，原因显示在对应的输入框旁。
admin-done-logo-set = { $name } 的徽标已更新。
admin-done-logo-removed = { $name } 的徽标已移除。
admin-problem-logo-large = 文件过大，请选择不超过 32 KiB 的文件。
admin-problem-logo-pixels = 图片的宽度和高度必须在 1 到 1024 像素之间。
admin-problem-logo-format = 无法将此文件作为图片读取。请选择 PNG、WebP 或 SVG 文件。
admin-problem-logo-active = 此 SVG 文件包含脚本或文档类型声明，请导出为纯 SVG。
admin-done-secret-removed = { $name } 的一个密钥已失效。
admin-done-rotated = 已改用下一个密钥签名。
admin-done-key-retired = 密钥 { $name } 不再用于签名。
admin-done-key-given-up = 已将密钥 { $name } 标记为泄露，由它签名的内容均已失效。
admin-done-retried = 已立即重试。
admin-done-given-up = 已放弃。
admin-clients-title = 网站
admin-clients-lead = 在此注册的网站、应用和程序。
admin-keys-title = 签名密钥
admin-keys-lead = 用于签发令牌的密钥。
admin-audit-title = 审计日志
admin-audit-lead = 谁在何时何地做了什么。
admin-deliveries-title = 发送记录
admin-deliveries-lead = 发往网站和用户的通知。
admin-settings-title = 设置
admin-settings-lead = 此服务器的配置。如需更改，请修改配置后重新启动。
admin-settings-notes = 注意事项
admin-settings-own = 已修改的设置
admin-settings-none = 没有，全部为默认值。
admin-settings-usual = 默认设置
admin-setting-file = 来自 { $file }
admin-setting-environment = 来自环境变量
admin-setting-flag = 来自命令行
admin-not-set = 未设置
admin-keys-picture = 每张图从一端到另一端表示时间，竖线表示现在。空心条表示等待启用，实心条表示正在签名，细条表示已停用。
admin-key-next = 等待启用
admin-key-active = 正在签名
admin-key-retired = 已停用
admin-key-next-facts = 发布于 { $time }，最早可在 { $until } 启用。
admin-key-active-facts = 启用于 { $time }，将在 { $until } 由下一个密钥接替。
admin-key-retired-facts = 停用于 { $time }，由它签名的内容在 { $until } 之前仍然有效。
admin-key-retire = 停用
admin-key-give-up = 标记为泄露
admin-rotate-title = 立即轮换
admin-rotate-lead = 此后将使用以下密钥签名：
admin-rotate-no-next = 没有可以启用的密钥。
admin-rotate-old = 当前密钥将停用，由它签名的内容在到期前仍然有效。
admin-rotate-nobody = 不会有人退出登录，网站也无需任何操作。
admin-retire-key-title = 停用密钥
admin-retire-key-lead = 以下密钥将不再用于签名：
admin-retire-key-next = 此后将使用下一个密钥签名。
admin-retire-key-unused = 由它签名的内容在到期前仍然有效。
admin-give-up-key-title = 将密钥标记为泄露
admin-give-up-key-lead = 如果以下密钥可能已泄露：
admin-give-up-key-void = 由它签名的内容将立即失效。
admin-give-up-key-next = 此后将使用下一个密钥签名，并生成新的备用密钥。
admin-give-up-key-sites = 用户仍保持登录，网站会自动获取新的令牌。
admin-deliveries-logout = 退出通知
admin-deliveries-mails = 邮件
admin-deliveries-feed = 撤销通知流
admin-deliveries-none = 暂无记录。
admin-deliveries-logout-effect = 点击“重试”会立即通知网站会话已结束；放弃后，网站要等令牌到期才会得知。
admin-deliveries-mails-effect = 点击“重试”会立即将邮件交给邮件服务器；放弃后，邮件将不再发送。
admin-delivery-client = 网站 ID
admin-delivery-state = 状态
admin-delivery-any = 全部
admin-delivery-pending = 等待中
admin-delivery-done = 已送达
admin-delivery-given-up = 已放弃
admin-delivery-facts = { $count ->
    [0] { $time }，尚未尝试
   *[other] { $time }，已尝试 { $count } 次
}
admin-delivery-person = 用户
admin-delivery-error = 上次失败原因：
admin-delivery-retry = 重试
admin-delivery-give-up = 放弃
admin-feed-lead = 各网站的进程对撤销记录的同步进度。
admin-feed-none = 没有网站连接到撤销通知流。
admin-feed-connected = 已连接
admin-feed-away = 未连接
admin-feed-up-to-date = 已同步
admin-feed-behind = { $count ->
   *[other] 落后 { $count } 条
}
admin-feed-confirmed = 上次确认于 { $time }
admin-yes = 是
admin-no = 否
admin-add-client-title = 添加网站
admin-add-client-effect = 网站配置好此 ID 后，用户即可登录。能够保密的网站会获得一个密钥，且只显示一次。
admin-change-client-title = 修改网站
admin-change-client-effect = 修改立即生效。网站不再拥有的权限所对应的授权将随之结束。
admin-client-id = ID
admin-client-id-short = ID
admin-client-id-hint = 留空则自动生成，之后无法更改。
admin-client-is-public = 无法保密：应用，或没有服务器的网页
admin-client-since = 注册于 { $time }。
admin-client-public = 它无法保密，没有密钥。
admin-client-confidential = 它通过密钥证明身份。
admin-client-no-feed = 它没有进程连接到撤销通知流。
admin-client-deliveries = 发给此网站的退出通知
admin-client-events = 此网站的审计日志
admin-client-seen = 用户看到的内容
admin-client-name = 名称
admin-client-color = 颜色
admin-client-color-hint = # 加六位十六进制数，例如 #0b6e80。
admin-client-uri = 主页
admin-client-policy = 隐私政策
admin-client-tos = 服务条款
admin-client-first-party = 这是我们自己的网站，无需征得用户同意
admin-client-flow = 用户如何返回网站
admin-client-redirects = 返回地址
admin-client-redirects-hint = 每行一个，须与请求中的地址完全一致：
admin-client-after-logout = 退出登录后的返回地址
admin-client-code = 用户可以登录此网站
admin-client-refresh = 在用户登录期间可以续期令牌
admin-client-own-name = 可以用自己的身份获取令牌
admin-client-pkce = 登录必须使用 PKCE 保护
admin-client-told = 网站获得的信息
admin-client-scope = 权限范围
admin-client-scope-hint = 最多可以请求的范围，以空格分隔。
admin-client-scope-unknown = 本服务器不识别这些权限范围：{ $scope }。从令牌中读取它们的网站可以自行使用。
admin-client-audience = 令牌的受众
admin-client-audience-hint = 留空则为网站自身。
admin-client-lifetime = 访问令牌有效期（秒）
admin-client-lifetime-hint = 60 到 86400。留空则与所有网站相同。
admin-client-claims = 角色、用户组和属性声明
admin-client-claims-hint = 每行一个。示例依次为：全部角色；名称以指定文字开头的用户组（去掉该开头）；一个属性，且只放入 ID 令牌：
admin-client-encryption = 用于加密 ID 令牌的公钥
admin-client-encryption-hint = JWK 格式。留空则 ID 令牌只签名、不加密。
admin-client-access = 谁可以登录
admin-client-roles = 仅限拥有以下角色的用户
admin-client-roles-hint = 每行一个。未填写角色和用户组时，所有人都可以登录。
admin-client-groups = 或属于以下用户组
admin-client-networks = 仅限来自以下网络
admin-client-networks-hint = 每行一个。不填则不限制：
admin-client-acr = 仅限以下级别的登录
admin-client-ends = 如何得知会话已结束
admin-client-logout = 接收退出通知的地址
admin-client-logout-session = 退出通知中必须包含会话 ID
admin-client-feed = 可以连接撤销通知流
admin-field-stored = 当前为：
admin-client-fits-id = ID 为 1 到 64 个字符，只能包含 A-Z a-z 0-9 . _ ~ -
admin-client-id-taken = 已有网站使用此 ID，请换一个。
admin-client-fits-name = 名称为 1 到 100 个字符，不能包含不可见的字符。
admin-client-fits-color = 颜色为 # 加六位十六进制数，例如 #0b6e80。
admin-client-fits-link = 请输入以 https:// 开头的完整网址。
admin-client-fits-redirects = 请输入完整的地址：网站使用 https://，本机可使用 http://，应用可使用自有的、含点号的协议名。不能包含 *、#、用户名或内网主机，查询参数中不能有用于应答的参数。
admin-client-redirects-none = 登录后必须有地址可以返回。请输入一个地址，或取消勾选“用户可以登录此网站”。
admin-client-fits-grants = 请至少勾选一种获取令牌的方式。
admin-client-own-name-public = 无法保密的网站不能用自己的身份获取令牌。
admin-client-fits-pkce = 无法保密的网站必须使用 PKCE。
admin-client-fits-scope = 权限范围最长 2048 个字符：各词之间只用一个空格分隔，不能包含引号、反斜杠和非英文字符。
admin-client-fits-audience = 受众为 1 到 256 个字节，不能包含不可见的字符。
admin-client-audience-permissions = { $scope } 是管理 API 的权限，此时受众必须为 { $audience }。
admin-client-fits-lifetime = 请输入 60 到 86400 之间的整数（秒）。
admin-client-fits-claims = 格式不正确，请参照示例。已有其他含义的声明名称不能使用。
admin-client-claims-many = 最多 16 个声明，名称不能重复，且每个至少有一个去向。
admin-client-claims-unknown = 没有属性 { $name }。
admin-client-claims-rights = 用户可以自行修改 { $name }，而网站会把声明 { $claim } 当作用户的权限。
admin-client-fits-encryption = 请输入 2048 到 4096 位的 RSA 公钥（JWK 格式，用于加密 ID 令牌）。如果在此输入过私钥，请不要再使用它。
admin-client-fits-names = 名称为 1 到 128 个字节，首尾不能有空格，也不能包含不可见的字符。
admin-client-roles-unknown = 没有可用于限制登录的角色 { $name }。
admin-client-groups-unknown = 没有可用于限制登录的用户组 { $name }。
admin-client-fits-networks = 请参照示例，每行输入一个网络。
admin-client-access-many = 最多可用 100 个角色、100 个用户组和 100 个网络限制登录。
admin-client-fits-acr = 级别是一个不含引号和反斜杠的词。
admin-client-acr-unknown = 这里没有名为 { $name } 的级别。可用的有：{ $known }
admin-client-fits-logout = 请输入以 https:// 开头的地址，不能包含 # 和用户名。http:// 仅限本机。
admin-client-logout-private = 此地址指向 { $address }，不是公网地址。请先在配置中允许该网络。
admin-client-fits-logout-session = 没有接收退出通知的地址。请输入一个，或取消勾选此项。
admin-client-fits-feed = 只有能够保密的网站才能连接撤销通知流。
admin-client-budget = 访问令牌将有 { $size } 个字节，超过上限 { $budget }。请减少声明。
admin-client-fits-not = 无法按现在的内容保存。
admin-logo-title = 徽标
admin-logo-lead = 用户在登录、授权以及查看已连接的网站时，通过徽标识别 { $name }。
admin-logo-none = 目前没有徽标，用户看到的是名称的首字。
admin-logo-file = 徽标文件
admin-logo-hint = 支持 PNG、WebP 或纯 SVG 格式，最大 32 KiB，不超过 1024 × 1024 像素。在浅色和深色背景上都应清晰可见。
admin-logo-save = 使用此徽标
admin-logo-remove = 移除徽标
admin-secrets-title = 密钥
admin-secrets-lead = { $name } 用以下密钥证明身份。所有密钥同时有效，因此可以在不中断服务的情况下更换。
admin-secrets-added = 已添加 { $name }。
admin-secrets-hint = 以指纹表示，最早的在最前。
admin-secret-once = 请立即复制此密钥，它不会再次显示。
admin-secret-add = 添加密钥
admin-secret-remove = 删除
admin-secret-remove-effect = 仍在使用已删除密钥的网站将无法续期令牌。
admin-secret-remove-older = 只保留最新的密钥
admin-remove-client-title = 删除网站
admin-remove-client-lead = { $name } 将被永久删除。
admin-remove-client-grants = { $count ->
    [0] 目前没有人登录此网站。
   *[other] 将有 { $count } 个登录结束。
}
admin-remove-client-many = 将有超过 { $count } 个登录结束。
admin-remove-client-tokens = 它的令牌和密钥将全部失效。
admin-remove-client-sessions = 用户在这里和其他网站仍保持登录。
admin-audit-event = 事件
admin-audit-any = 全部
admin-audit-person = 用户
admin-audit-actor = 操作者
admin-audit-address = 来源 IP 地址
admin-audit-since = 起始日期
admin-audit-until = 截止日期（含当天）
admin-audit-day-hint = 日期为世界协调时，例如 2026-11-30。
admin-audit-unread = 有一项筛选条件无法使用，已在下方标出。
admin-audit-unfit = 没有这样的用户，请检查后重试。
admin-audit-unfit-session = 没有使用此 ID 的登录会话。
admin-audit-session = 登录会话 ID
admin-audit-same-session = 同一登录会话
admin-audit-unfit-address = 请输入 IP 地址，例如 203.0.113.7。
admin-audit-unfit-day = 请输入日期，例如 2026-11-30。
admin-audit-none = 没有此类记录。
admin-audit-more = 暂未找到，日志还有更早的记录。
admin-audit-older = 更早的记录
admin-audit-from = 来自 { $address }
admin-audit-copy = 导出所有符合条件的记录
admin-audit-lines = 按行排列的 JSON
admin-audit-csv = CSV
admin-audit-filter = 筛选
admin-audit-filtered = 仅显示符合筛选条件的记录。
admin-audit-all = 显示全部
audit-signed-in = 登录
audit-sign-in-failed = 登录被拒绝
audit-sign-in-throttled = 因失败次数过多，登录被拦截
audit-second-step-failed = 第二步验证错误
audit-passkey-counter-stood = 通行密钥可能已被复制
audit-signed-out = 退出登录
audit-consent-given = 已授权网站
audit-consent-refused = 已拒绝授权网站
audit-access-denied = 未获准进入网站
audit-consent-withdrawn = 已断开网站
audit-code-reused = 登录代码被重复使用
audit-code-replayed = 登录代码来自其他地方
audit-refresh-token-reused = 已失效的续期令牌被使用
audit-token-revoked = 网站撤销了令牌
audit-client-refused = 网站身份验证失败
audit-user-added = 已添加用户
audit-password-set = 管理员设置了密码
audit-password-changed-by-user = 已修改密码
audit-password-reset-requested = 请求了重置密码的链接
audit-password-link-sent = 管理员发送了重置密码的链接
audit-password-reset = 通过链接重置了密码
audit-not-me-reported = 用户表示并非本人操作
audit-registration-requested = 请求了注册链接
audit-registered = 已注册账号
audit-invited = 已邀请用户
audit-invitation-withdrawn = 已撤回邀请
audit-method-added = 已添加登录方式
audit-method-removed = 已移除登录方式
audit-passkey-demanded = 已要求使用通行密钥
audit-recovery-code-used = 使用了恢复码
audit-second-step-link-sent = 发送了代替第二步验证的链接
audit-second-step-link-used = 使用了代替第二步验证的链接
audit-recovery-codes-made = 已生成恢复码
audit-methods-reset = 管理员移除了第二步验证
audit-device-named = 已为设备命名
audit-user-disabled = 已停用账号
audit-user-enabled = 已启用账号
audit-user-changed = 已修改用户
audit-address-added = 已添加邮箱
audit-address-verified = 已验证邮箱
audit-address-removed = 已移除邮箱
audit-primary-changed = 已更换主邮箱
audit-profile-changed-by-user = 已修改个人资料
audit-picture-changed-by-user = 已更换头像
audit-data-exported = 已导出数据
audit-terms-accepted = 已接受使用条款
audit-deletion-requested = 已申请删除账号
audit-deletion-taken-back = 已撤销删除申请
audit-account-deleted = 账号已按申请删除
audit-user-removed = 已删除用户
audit-user-signed-out = 已强制用户退出登录
audit-everybody-signed-out = 已强制所有人退出登录
audit-client-added = 已注册网站
audit-client-changed = 已修改网站
audit-client-removed = 已删除网站
audit-client-secret-added = 已添加网站密钥
audit-client-secrets-removed = 已删除网站密钥
audit-group-added = 已添加用户组
audit-group-changed = 已修改用户组
audit-group-removed = 已删除用户组
audit-member-added = 已加入用户组
audit-member-removed = 已移出用户组
audit-role-added = 已添加角色
audit-role-changed = 已修改角色
audit-role-removed = 已删除角色
audit-role-given = 已授予角色
audit-role-taken = 已撤销角色
audit-attribute-added = 已定义属性
audit-attribute-changed = 已修改属性
audit-attribute-removed = 已删除属性
audit-administrator-link-made = 已生成管理员链接
audit-administrator-by-link = 通过链接成为管理员
audit-keys-rotated = 签名密钥已轮换
audit-key-compromised = 已将签名密钥标记为泄露
audit-keys-reset = 已更换所有签名密钥
audit-master-key-rotated = 已轮换主密钥
audit-backup-made = 已备份
audit-restored = 已从备份恢复
audit-mail-sent = 邮件已发送
audit-mail-given-up = 已放弃发送邮件
audit-mail-retried = 已重新发送邮件
audit-logout-retried = 已重新发送退出通知
audit-logout-given-up = 已放弃发送退出通知
permission-users-read = 查看用户：个人资料、邮箱、登录方式、设备
permission-users-manage = 添加、邀请、修改、停用和删除用户
permission-credentials-manage = 设置密码，移除验证方式和通行密钥
permission-attributes-manage = 定义用户的属性，以及删除属性和所有人的值
permission-sessions-manage = 强制用户退出登录，断开网站连接
permission-groups-read = 查看用户组及其成员
permission-groups-manage = 创建、修改和删除用户组，管理其成员
permission-roles-read = 查看角色以及拥有角色的用户
permission-roles-manage = 创建、修改和删除角色，并授予用户和用户组
permission-clients-read = 查看网站的注册信息
permission-clients-manage = 注册、修改和删除网站，更换其密钥
permission-keys-read = 查看签名密钥
permission-keys-manage = 轮换签名密钥，将其标记为泄露
permission-audit-read = 查看审计日志
permission-settings-read = 查看设置
permission-deliveries-read = 查看发送中的邮件和通知
permission-deliveries-manage = 重新发送或放弃邮件和通知

profile-title = 您的个人资料
profile-title-with-error = 出错了：您的个人资料
profile-lead = 您填写的内容会告诉可以查看您个人资料的网站。每一项都可以不填。
profile-kept = 无法编辑的项目由“{ $provider }”的管理员维护。如有错误，请告知他们。
profile-save = 保存
profile-saved = 个人资料已保存。
profile-same = 内容没有变化，无需保存。
profile-unfit = 尚未保存。请检查有标记的项目。
profile-stale = 您打开此页面之后，个人资料已在其他标签页中或被他人更改。您填写的内容尚未保存：有差异的项目下方显示了当前已保存的内容。再次保存即可替换。
profile-stored = 当前已保存：{ $value }
profile-stored-none = 当前已保存：无
profile-group-name = 姓名
profile-group-about = 关于您
profile-group-language = 语言和时间
profile-group-phone = 电话
profile-phone-audience = 告诉可以查看您电话号码的网站。
profile-group-address = 邮寄地址
profile-address-audience = 告诉可以查看您邮寄地址的网站。
claim-name = 全名
claim-given-name = 名
claim-middle-name = 中间名
claim-family-name = 姓
claim-nickname = 昵称
claim-gender = 性别
claim-birthdate = 出生日期
claim-birthdate-hint = 例如 1990-04-12。也可以只填年份；不想填年份时可写成 0000-04-12。
claim-birthdate-form = 请按年、月、日填写，例如 1990-04-12。
claim-profile = 个人主页
claim-website = 网站
claim-web-hint = 以“https://”开头
claim-web-form = 请输入以“https://”或“http://”开头的网址。
claim-locale = 语言
claim-locale-none = 跟随浏览器
claim-locale-hint = 用于这些页面、发给您的邮件以及各个网站。
claim-locale-form = 请从列表中选择语言。
claim-zoneinfo = 时区
claim-zoneinfo-hint = 例如“Asia/Shanghai”。
claim-zoneinfo-form = 请输入时区，例如“Asia/Shanghai”。
claim-phone-number = 电话号码
claim-phone-number-hint = 这里不会核实号码是否属于您，网站也会得知这一点。
claim-street-address = 街道和门牌号
claim-locality = 城市
claim-region = 省、自治区或直辖市
claim-postal-code = 邮政编码
claim-country = 国家或地区
claim-too-long = 内容过长。
claim-characters = 请去掉换行和不可见的字符。

## 您的头像

picture-title = 您的头像
picture-title-with-error = 出错了：您的头像
picture-lead = 可以查看您个人资料的网站能够显示头像，从这些网站得到头像地址的人也能看到。
picture-alt = 您当前的头像
picture-elsewhere = 您现有的头像保存在别处。在您更换或移除之前，它会一直使用。
picture-file = 图片文件
picture-hint = 支持 JPEG、PNG 或 WebP 格式，最大 10 MB。保留中间的正方形部分。文件中的其他信息（例如拍摄地点）不会保留。
picture-save = 使用此图片
picture-remove = 移除头像
picture-set = 头像已更新。
picture-removed = 头像已移除。网站可能还会继续显示它，最长一天；如果网站自己保存了副本，则可能更久。
picture-missing = 请先选择文件。
picture-unreadable = 无法将此文件作为图片读取。请选择 JPEG、PNG 或 WebP 文件。
picture-too-large = 图片过大。请选择不超过 10 MB 且不超过 2500 万像素的图片。
picture-throttled = 您尝试的图片过多，请等待 { $time }后再试。
picture-busy = 目前正在处理的图片较多，请在几秒钟后重试。

## 您的数据

export-title = 您的数据
export-lead = 将这里保存的与您有关的全部数据放进一个文件，供您下载。
export-contents = 其中包括您的个人资料、地址和头像，登录方式（不含任何密钥），登录过的设备和网站，账号的活动记录，以及邮件的发送时间。文件为 JSON 格式。请妥善保管，不要让他人得到。
export-download = 下载

## 注销账号

delete-title = 注销账号
delete-title-with-error = 出错了：注销账号
delete-later = 您的账号将于 { $date } 注销。
delete-at-once = 您的账号将立即注销，且无法恢复。
delete-signed-out = 您会立即在所有地方退出登录。
delete-what-goes = 您的个人资料、登录方式以及与各网站的连接将永久删除。
delete-sites = 各网站已保存的您的数据仍会留在那里，只有它们自己能够删除。
delete-take-back = 在此之前，您可以照常登录来撤销注销。
delete-export-first = 需要先保存一份副本吗？
delete-understood = 我已了解，并确定要注销我的账号。
delete-unticked = 如果要注销账号，请勾选此项。
delete-submit = 注销账号
delete-cancel = 保留我的账号
delete-last-administrator = 您是唯一的管理员。如果注销您的账号，将没有人能够管理此服务。请先将其他人设为管理员。
deleted-title = 您的账号已注销
deleted-title-later = 您的账号将被注销
deleted-lead = 账号的数据已全部删除。您可以关闭此页面。
deleted-lead-later = 账号将于 { $date } 注销。您已在所有地方退出登录。如果在此之前改变主意，登录即可。
keep-title = 要保留您的账号吗？
keep-lead = 您申请了注销账号。账号将于 { $date } 注销。
keep-submit = 保留账号并登录
keep-cancel = 继续注销

## 您的设备

devices-title = 您的设备
devices-lead = 当前账号：{ $account }
devices-here = 这台设备
devices-others = 其他设备
devices-no-others = 您没有在其他地方登录。
devices-ended = 最近 30 天内结束的登录
devices-ended-kept = 这里最多列出十条。更早的记录请查看：
devices-last-used = 上次使用：{ $when }
devices-since = 登录时间：{ $when }
devices-first-seen = 首次使用：{ $when }
devices-sites = 正在使用的网站：{ $sites }
devices-no-sites = 没有正在使用的网站
devices-sign-out = { $kind ->
        [phone] 退出该手机
        [tablet] 退出该平板电脑
        [computer] 退出该电脑
       *[other] 退出该设备
    }
devices-sign-out-label = { $button }：{ $device }
devices-sign-out-others = 退出所有其他设备
devices-sign-out-all = 全部退出，包括这里
devices-rename = 重命名
devices-name = 设备名称
devices-name-hint = 网站看不到此名称。留空则显示浏览器和系统名称。
devices-name-submit = 保存
devices-named = 此设备现在名为“{ $name }”。
devices-unnamed = 已清除此设备的名称。

device-browser-on-system = { $system } 上的 { $browser }
device-on-system = { $system } 上的浏览器
device-unknown = 未知设备
place-local-network = 本地网络

## 账号动态

activity-title = 账号动态
home-activity-lead = 查看您的账号在何时何地发生过什么。
activity-none = 您的账号还没有任何动态。
activity-kept = 记录保留约 13 个月。
activity-older = 更早的记录
activity-newest = 返回最新记录
activity-by-administrator = 由管理员操作
activity-signed-in = 登录
activity-sign-in-failed = 登录失败：密码错误
activity-sign-in-throttled = 登录被拒绝：尝试次数过多
activity-passkey-counter-stood = 使用的通行密钥可能已被复制
activity-second-step-failed = 登录失败：密码正确，第二步验证未通过
activity-signed-out = 退出登录
activity-consent-given = 连接了网站
activity-consent-refused = 拒绝了网站的访问请求
activity-access-denied = 无权访问网站
activity-consent-withdrawn = 断开了网站的连接
activity-copied = 网站的访问权限可能已被他人复制，为了您的安全已终止
activity-copied-refused = 已使用过的网站登录链接再次出现，已拒绝
activity-user-added = 开通账号
activity-password-set = 设置了新密码
activity-password-changed = 更改了密码
activity-password-reset-requested = 请求了重置密码的链接
activity-password-link-sent = 发送了设置新密码的链接
activity-password-reset = 通过链接设置了新密码
activity-not-me = 通过邮件中的“不是我本人”退出登录
activity-registration-requested = 有人想用您的邮箱注册另一个账号
activity-registered = 注册了账号
activity-recovery-code-used = 使用了恢复码
activity-second-step-link-sent = 登录时发送了代替第二步验证的邮件链接
activity-second-step-link-used = 使用邮件链接代替第二步验证登录
activity-recovery-codes-made = 生成了新的恢复码
activity-method-added = 添加了登录方式
activity-method-removed = 移除了登录方式
activity-passkey-demanded = 设置了输入密码后需使用通行密钥
activity-methods-reset = 移除了第二步验证
activity-device-named = 重命名了设备
activity-user-disabled = 账号已停用
activity-user-enabled = 账号已重新启用
activity-user-changed = 更改了名称或个人资料
activity-address-added = 添加了电子邮箱
activity-address-verified = 验证了电子邮箱
activity-address-removed = 移除了电子邮箱
activity-primary-changed = 更改了主邮箱
activity-profile-changed = 更改了个人资料
activity-picture-changed = 更改了头像
activity-data-exported = 导出了数据副本
activity-terms-accepted = 同意了使用条款
activity-deletion-requested = 申请注销账号
activity-deletion-taken-back = 保留了账号，取消注销
activity-user-signed-out = 在所有地方退出登录
activity-member-added = 已加入用户组
activity-member-removed = 已移出用户组
activity-role-given = 已授予角色
activity-role-taken = 已撤销角色
activity-administrator-by-link = 成为管理员
activity-mail-sent = 向您发送了有关账号的邮件
activity-other = 其他操作

## 不是本人操作

secure-not-me = 不是我本人
secure-not-me-label = { $link }：{ $what }
secure-title = 保护您的账号
secure-lead = 有他人使用了您的账号吗？完成以下三步，将其拒之门外。
secure-sessions = 退出所有其他登录
secure-sessions-lead = 所有其他设备以及那里正在使用的网站会立即失去访问权限。您在这里保持登录。
secure-submit = 退出所有其他登录
secure-password = 更换密码
secure-password-lead = 以您的身份登录的人可能知道您的当前密码。
secure-methods = 检查对方留下了什么
secure-methods-lead = 移除不属于您的登录方式，并断开您不认识的网站。

## 您的网站

sites-title = 您的网站
sites-lead = 已连接账号 { $account } 的网站
sites-none = 还没有网站连接此账号。
sites-scopes = 它可以：
sites-first-party = 它属于“{ $provider }”，您打开它时会自动登录。
sites-since = 连接时间：{ $when }
sites-signed-in = { $count ->
       *[other] 在 { $count } 台设备上登录
    }
sites-signed-out = 未在该网站登录
sites-disconnect = 断开连接
sites-disconnect-label = 断开连接：{ $site }
sites-sign-out = 在该网站退出登录
sites-sign-out-label = 在该网站退出登录：{ $site }
sites-hint = 断开连接后，网站立即失去访问权限。您再次打开它时，它会先征得您的同意。它已保存的您的数据，只有该网站自己能够删除。
sites-done-confirmed = “{ $site }”已让您退出登录，用时 { $milliseconds } 毫秒。
sites-done = “{ $site }”已不再有访问权限。
sites-done-later = “{ $site }”会在其令牌过期时得知，最长 { $time }。

## 无法继续时：发生了什么，接下来怎么办

error-request-title = 此登录请求无效
error-request-happened = 您刚才访问的网站发来的请求无法接受。
error-request-next = 请返回该网站重试。如果问题再次出现，请把下面的详细信息告诉该网站的管理员。
error-malformed-title = 无法理解该请求
error-malformed-happened = 地址或表单中有不符合预期的内容。
error-malformed-next = 请返回原来的网站，重新开始。
error-forbidden-title = 无法接受此表单
error-forbidden-happened = 它不是由这个浏览器中打开的页面提交的，因此没有做任何更改。
error-forbidden-next = 请返回并刷新页面后重试。本网站需要使用 Cookie。
error-other-browser-title = 此操作是在另一个浏览器中开始的
error-other-browser-happened = 为了您的安全，操作只能在开始时所用的浏览器中完成。
error-other-browser-next = 请回到那个浏览器，或者在这个浏览器中继续。您可能需要先在这里登录。
error-continue-here = 在这个浏览器中继续
error-home = 前往您的账号
error-client-gone-title = 前往该网站的方式已变更
error-client-gone-happened = 带您来到这里的网站已不再使用本服务，或者更换了地址。
error-client-gone-next = 请直接打开该网站，从那里重新开始。
error-not-found-title = 没有这个页面
error-not-found-happened = 地址可能输入有误，或者页面已不在这里。
error-not-found-next = 请核对地址，或返回原来的网站。
error-method-title = 不能以这种方式打开此页面
error-method-happened = 该地址只接受另一种请求。
error-method-next = 请返回原来的网站，重新开始。
error-too-large-title = 内容过多
error-too-large-happened = 该请求超出了服务器能接受的大小。
error-too-large-next = 请返回，减少内容后重试。
error-throttled-title = 尝试次数过多
error-throttled-happened = 为了您的安全，暂时不能继续尝试。
error-throttled-next = 请等待几分钟后再试。
error-busy-title = 当前非常繁忙
error-busy-happened = 目前的请求过多，暂时无法处理。没有做任何更改。
error-busy-next = 请稍等片刻后再试。
error-internal-title = 出了点问题
error-internal-happened = 这是我们这边的故障，已经记录下来。
error-internal-next = 请重试。如果问题再次出现，请把下面的参考编号告诉本服务的管理员。
error-wait = 请等待 { $time }后再试。
error-code = 错误
error-parameter = 参数
error-reason = 原因

## 发给用户的邮件

letter-colon = ：
letter-account = 账号
letter-time = 时间
letter-name = 设备名称
letter-device = 设备
letter-network = 网络
letter-or-open = 或打开此网址：
letter-why = 这封邮件由“{ $provider }”发送，用于保护您的账号安全。请勿回复，回复的内容无人阅读。
letter-new-sign-in-subject = 您的账号有新的登录
letter-new-sign-in-lead = 有人在一台从未用过的设备上登录了您的账号。
letter-new-sign-in-mine = 如果是您本人，无需进行任何操作。
letter-new-sign-in-not-mine = 如果不是您本人，说明有人知道您的密码：请立即打开下面的链接，结束此次登录，并更换密码。
letter-not-me-action = 不是我本人
letter-not-me-good-for = 此链接无需登录即可使用，14 天内有效。持有此链接的人只能让您退出登录，不能进行其他操作。
letter-password-set-subject = 您的密码已更改
letter-password-set-lead = 您账号的密码已更改。用旧密码登录的设备已退出登录。
letter-password-set-mine = 如果是您更改的，或是您要求更改的，则无需再做什么。
letter-password-set-not-mine = 如果不是，说明有人进入了您的账号：请立即打开下面的链接，并告知“{ $provider }”的管理员。
letter-account-action = 前往您的账号
letter-methods-action = 查看登录方式
letter-method-added-subject = 您的账号添加了身份验证器应用
letter-method-added-lead = 今后登录时，输入密码后还需输入应用中的验证码。
letter-method-added-mine = 如果是您添加的，则无需再做什么。
letter-method-added-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码，并移除该应用。
letter-method-removed-subject = 您的账号移除了身份验证器应用
letter-method-removed-lead = 该应用的验证码已不能用于登录。输入密码后，仍需进行第二步验证。
letter-method-removed-lead-last = 您的账号已没有第二步验证：现在只凭密码即可登录，恢复码也已失效。
letter-method-removed-mine = 如果是您移除的，则无需再做什么。
letter-method-removed-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码。
letter-passkey-added-subject = 您的账号添加了通行密钥
letter-passkey-added-lead = 今后可以用此通行密钥登录您的账号，无需密码，也可用于第二步验证。
letter-passkey-added-mine = 如果是您添加的，则无需再做什么。
letter-passkey-added-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码，并移除该通行密钥。
letter-passkey-saved-subject = 浏览器为您的账号保存了通行密钥
letter-passkey-saved-lead = 您登录后，浏览器在已保存的密码之外又保存了一个通行密钥。有了它，无需密码即可登录。输入密码后的验证要求保持不变。
letter-passkey-saved-mine = 如果是您本人登录，则无需再做什么。您可以随时移除该通行密钥。
letter-passkey-demanded-subject = 您的账号登录时将要求使用通行密钥
letter-passkey-demanded-lead = 今后登录时，输入密码后还需使用此通行密钥，或您已有的其他第二步验证方式。
letter-passkey-demanded-mine = 如果是您设置的，则无需再做什么。
letter-passkey-demanded-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码，并检查您的登录方式。
letter-passkey-removed-subject = 您的账号移除了通行密钥
letter-passkey-removed-lead = 此通行密钥已不能用于登录。输入密码后，仍需进行第二步验证。
letter-passkey-removed-lead-last = 此通行密钥已不能用于登录。您的账号已没有第二步验证：现在只凭密码即可登录，恢复码也已失效。
letter-passkey-removed-mine = 如果是您移除的，则无需再做什么。
letter-passkey-removed-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码。
letter-methods-reset-subject = 您账号的第二步验证已被移除
letter-methods-reset-lead = “{ $provider }”的管理员移除了您账号的第二步验证。您在所有地方均已退出登录，现在只凭密码即可登录。
letter-methods-reset-mine = 如果是您要求的，请登录后重新添加通行密钥或身份验证器应用。
letter-methods-reset-not-mine = 如果不是，请立即告知“{ $provider }”的管理员。
letter-wrong-codes-subject = 有人为您的账号输入了错误的验证码
letter-wrong-codes-lead = 有人正确输入了您的密码，随后多次输入错误的验证码。这些验证码都没有通过。
letter-wrong-codes-mine = 如果是您本人，无需进行任何操作。
letter-wrong-codes-not-mine = 如果不是您本人，说明有人知道您的密码，请立即更改。
letter-wrong-codes-action = 更改密码
letter-recovery-used-subject = 有人使用恢复码登录了您的账号
letter-recovery-used-lead = { $count ->
        [0] 有人使用恢复码登录了您的账号。这是最后一个恢复码，请重新生成。
       *[other] 有人使用恢复码登录了您的账号。还剩 { $count } 个恢复码。
    }
letter-recovery-used-mine = 如果是您本人，请将用过的恢复码划掉。
letter-recovery-used-not-mine = 如果不是您本人，说明有人知道您的密码，并拿到了恢复码：请立即更改密码，并重新生成恢复码。
letter-recovery-made-subject = 您的恢复码已重新生成
letter-recovery-made-lead = 您的账号生成了新的恢复码，旧的恢复码已失效。
letter-recovery-made-mine = 如果是您生成的，则无需再做什么。
letter-recovery-made-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码，并重新生成恢复码。
letter-step-link-subject = 继续登录
letter-step-link-lead = 有人在“{ $provider }”输入了您的密码，但手边没有第二步验证方式。是您本人吗？
letter-step-link-mine = 如果是您本人，请在正在登录的浏览器中打开链接。在其他设备上打开时，会显示一个验证码，请在登录页面输入。链接十分钟内有效，且只能使用一次。
letter-step-link-not-mine = 如果不是您本人，说明有人知道您的密码：请不要打开链接，也不要转发给任何人，并立即更改密码。
letter-step-link-action = 继续登录
letter-step-link-used-subject = 有人使用邮件链接登录了您的账号
letter-step-link-used-lead = 有人使用您的密码和邮件中的链接登录了您的账号，没有使用第二步验证。
letter-step-link-used-mine = 如果是您本人，无需进行任何操作。
letter-step-link-used-not-mine = 如果不是您本人，说明有人知道您的密码，并能查看您的邮件：请立即打开下方页面，并更改邮箱密码。
letter-address = 邮箱
letter-register-subject = 创建您的账号
letter-register-lead = 您正在使用此邮箱在“{ $provider }”创建账号。
letter-register-good-for = 请打开链接继续。链接一天内有效，且只能使用一次。
letter-register-not-mine = 如果不是您本人的请求，无需进行任何操作：未经您确认，不会创建账号。
letter-register-action = 创建账号
letter-invitation-subject = 邀请您创建账号
letter-invitation-lead = “{ $provider }”的管理员邀请您使用此邮箱创建账号。
letter-invitation-name = 受邀人
letter-invitation-until = 有效期至
letter-invitation-good-for = 请打开链接继续。链接只能使用一次。
letter-invitation-not-mine = 如果您不清楚这是怎么回事，无需进行任何操作：未经您确认，不会创建账号。
letter-invitation-why = “{ $provider }”的管理员输入了此邮箱地址。请勿回复，回复的内容无人阅读。
letter-account-exists-subject = 您已有账号
letter-account-exists-lead = 有人想使用此邮箱在“{ $provider }”注册，但此邮箱已有账号。
letter-account-exists-mine = 如果是您本人，请直接使用此邮箱登录。如果忘记了密码，请在登录页面选择“忘记密码？”。
letter-account-exists-not-mine = 如果不是您本人，无需进行任何操作，您的账号没有任何更改。
letter-account-exists-action = 登录
letter-reset-subject = 设置新密码
letter-reset-lead = 有人请求为您在“{ $provider }”的账号设置新密码。
letter-reset-good-for = 如果是您本人，请打开链接设置新密码。链接一小时内有效，且只能使用一次。
letter-reset-not-mine = 如果不是您本人，无需进行任何操作，您的密码不会改变。请勿将链接转发给任何人。
letter-reset-action = 设置新密码
letter-verify-address-subject = 验证您的电子邮箱
letter-verify-address-lead = 此邮箱被添加到“{ $provider }”的一个账号中。
letter-verify-address-good-for = 如果是您本人，请打开链接进行验证。链接一天内有效，且只能使用一次。
letter-verify-address-not-mine = 如果您不认识这个账号，请忽略此邮件。未经您验证，邮箱不会成为该账号的一部分。
letter-verify-address-action = 验证邮箱
letter-verify-address-why = 有人在“{ $provider }”输入了此邮箱地址。请勿回复，回复的内容无人阅读。
letter-address-in-use-subject = 您的电子邮箱已在使用中
letter-address-in-use-lead = 有人想把此邮箱添加到另一个账号。它已用于登录您的账号，因此没有做任何更改。
letter-address-in-use-mine = 如果是您本人，请先从此账号中移除该邮箱。
letter-address-in-use-not-mine = 如果不是您本人，无需进行任何操作。
letter-addresses-action = 查看您的邮箱
letter-address-added-subject = 您的账号添加了邮箱
letter-address-added-lead = 从现在起，可以使用此邮箱登录您的账号，有关账号的邮件也会发送到这里。
letter-address-removed-subject = 您的账号移除了邮箱
letter-address-removed-lead = 此邮箱不能再用来登录您的账号，也不会再收到有关账号的邮件。
letter-primary-address-subject = 您的主邮箱已更改
letter-primary-address-lead = 从现在起，需要您邮箱地址的网站会看到此邮箱。
letter-address-mine = 如果是您本人操作，或是您要求的，则无需再做什么。
letter-address-not-mine = 如果不是，说明有人进入了您的账号：请立即更改密码，并告知“{ $provider }”的管理员。
letter-deleted-at = 注销时间
letter-deletion-requested-subject = 您的账号将被注销
letter-deletion-requested-lead = 您申请了注销账号，已在所有地方退出登录。
letter-deletion-requested-mine = 如果这是您的意愿，无需再做什么。
letter-deletion-requested-not-mine = 如果不是，请在注销之前登录并保留账号。如果不是您本人申请的，请同时更改密码，因为有人知道您的密码。
letter-deletion-requested-action = 登录并保留账号
letter-deletion-taken-back-subject = 您的账号已保留
letter-deletion-taken-back-lead = 有人登录了您的账号并选择保留，账号不会被注销。
letter-deletion-taken-back-not-mine = 如果不是您本人，请立即更改密码，因为有人知道您的密码。
letter-account-deleted-subject = 您的账号已注销
letter-account-deleted-lead = 您的账号已按您的申请注销。这是与该账号有关的最后一封邮件。
letter-account-deleted-sites = 各网站已保存的您的数据仍会留在那里，只有它们自己能够删除。
letter-account-deleted-why = 这封邮件由“{ $provider }”发送，用于确认账号已注销。请勿回复，回复的内容无人阅读。
letter-test-subject = 邮件测试
letter-test-lead = “{ $provider }”的邮件可以送达此地址。
letter-test-why = “{ $provider }”的管理员发送了这封邮件进行测试。请勿回复，回复的内容无人阅读。

## 演示中的邮件

inbox-title = 邮件
inbox-lead = 演示不会真正发送邮件。本应发送的邮件会显示在这里，直到演示结束。
inbox-none = 还没有邮件。请用另一个浏览器登录一个已登录的账号，这里就会出现一封。
inbox-to = 收件人：{ $address }，{ $when }
inbox-open = 按邮件程序的样式打开

## Attributes

admin-attributes-title = 属性
admin-attributes-lead = 除姓名和邮箱之外保存的用户信息。
admin-add-attribute-title = 添加属性
admin-add-attribute-effect = 目前还没有用户拥有此属性的值。
admin-change-attribute-title = 修改属性
admin-change-attribute-effect = 修改会立即对所有人生效。现有的值必须仍然符合要求。
admin-remove-attribute-title = 删除属性
admin-remove-attribute-lead = { $name } 将被永久删除。
admin-remove-attribute-people = { $count ->
    [0] 没有用户拥有此属性的值。
   *[other] { $count } 位用户将失去此属性的值。
}
admin-remove-attribute-many = 超过 { $count } 位用户将失去此属性的值。
admin-remove-attribute-sites = { $count ->
    [0] 没有网站会获知此属性。
   *[other] { $count } 个网站将不再获知此属性，并会得到不含它的新令牌。
}
admin-problem-attribute-name = 请换一个名称：由小写字母 a 到 z、数字和 _ 组成，以字母开头，且不能是用户已有的名称。
admin-problem-label = 标签最多 100 个字符，且只能有一行。
admin-problem-attribute-bounds = 限制与值的类型不符：文本为 1 到 255 个字符；选项为 1 到 100 行互不相同的内容，每行最多 100 个字符；其他类型没有这些限制。
admin-problem-attributes = 属性数量已达上限。请先删除一个。
admin-problem-attribute-in-use = 有用户的值将不再符合要求。请先修改或删除这些值。
admin-problem-attribute-rights = 某个网站会把它当作用户的权限，因此不能让用户自行修改。请先修改该网站的声明。
admin-problem-attribute-large = 获知此属性的某个网站的令牌会变得过大。请选择更小的限制，或先修改该网站的声明。
attribute-name = 网站和程序使用的名称：
attribute-name-hint = 小写字母、数字和 _。之后不能更改。
attribute-label = 标签
attribute-label-hint = 页面上显示的文字。不填则显示名称。
attribute-kind = 值的类型
attribute-kind-string = 文本
attribute-kind-choice = 选项
attribute-kind-integer = 整数
attribute-kind-boolean = 是或否
attribute-kind-date = 日期
attribute-several = 每人可以有多个值
attribute-length = 最多 { $count } 个字符
attribute-choices = 可选的值：{ $choices }
attribute-max-length = 文本最大长度
attribute-max-length-hint = 文本的字符数：1 到 255。
attribute-choice-list = 选项
attribute-choice-list-hint = 每行一个，用于选项类型。
attribute-multiple = 每人可以有多个值
attribute-multiple-hint = 适用于文本和选项。
attribute-access = 谁可以查看和修改值
attribute-access-hint = 管理用户的管理员可以查看和修改所有值。
attribute-access-administrators = 仅管理员
attribute-access-person-sees = 用户可以查看自己的值
attribute-access-person-changes = 用户可以查看和修改自己的值
attribute-people = { $count ->
    [0] 没有用户拥有此属性的值。
   *[other] { $count } 位用户拥有此属性的值。
}
attribute-people-many = 超过 { $count } 位用户拥有此属性的值。
attribute-stored = 目前它是 { $label }：{ $kind }。{ $access }。
attributes-group = 更多信息
attribute-none = 无
attribute-true = 是
attribute-false = 否
attribute-lines-hint = 每行一个值。
attribute-too-long = 最多 { $count } 个字符。
attribute-no-choice = 请从现有的值中选择。
attribute-no-integer = 请输入整数，例如 42。
attribute-no-date = 请输入日期，例如 2026-11-30。
attribute-too-many = 值太多。
attribute-together = 与其他值加在一起太长。
