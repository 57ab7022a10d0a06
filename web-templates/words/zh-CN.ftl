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
login-confirm-lead = 继续之前，“{ $client }”要求您再输入一次密码。
login-confirm-lead-alone = 继续之前，请再输入一次密码。
login-username = 用户名或电子邮箱
login-password = 密码
login-show = 显示
login-hide = 隐藏
login-show-label = 显示密码
login-hide-label = 隐藏密码
login-submit = 登录
login-confirm-submit = 继续
login-switch-account = 使用其他账号
login-cancel = 取消并返回
login-missing-username = 请输入用户名或电子邮箱地址。
login-missing-password = 请输入密码。
login-missing-both = 请输入用户名（或电子邮箱地址）和密码。
login-check-password = 请核对用户名或电子邮箱地址，然后重新输入密码。
login-password-again = 请重新输入密码。
login-wrong-credentials = 用户名（或电子邮箱地址）与密码不匹配。
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
past-administrator = 由管理员结束
past-reuse = 可能已被他人复制，为了您的安全而结束
past-revoked-by-client = 由网站结束
past-client-removed = 该网站已不再接入此服务
past-device-policy = 您在另一台设备上登录
past-too-many-sessions = 您登录的设备过多
past-consent-withdrawn = 您断开了该网站的连接
past-kicked = 您在另一台设备上将其结束
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
second-step-lead = 请打开身份验证器应用，输入当前显示的验证码。
second-step-account = 登录账号
second-step-submit = 继续
second-step-throttled = 验证码尝试次数过多。为了您的安全，请等待 { $time }后再试。如果不是您本人操作，说明有人知道您的密码，请更改密码。
code-label = 应用中的验证码
code-missing = 请输入验证码。
code-malformed = 验证码为六位数字。
code-wrong = 这不是应用当前显示的验证码。请确认手机时间准确，然后输入下一个验证码。
code-spent = 此验证码已使用过，请等待下一个。

## 授权

consent-title = 授权访问
consent-overdue = 此页面打开的时间过长，没有做任何更改。请重新选择。
consent-heading = “{ $client }”请求使用您的账号
consent-switch = 切换
consent-switch-label = 切换账号
consent-intro = 如果您允许，“{ $client }”将可以：
consent-openid = 在您再次访问时认出您
consent-profile = 查看您的姓名、头像和个人资料
consent-email = 查看您的电子邮件地址
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
receipt-no-site = 那里没有正在使用的网站。
receipt-done = { $sites } 个网站中有 { $confirmed } 个已在 { $milliseconds } 毫秒内退出。
receipt-none-yet = { $sites } 个网站会在令牌过期时得知，最迟 { $time }。
receipt-rest = 其余 { $rest } 个网站会在令牌过期时得知，最迟 { $time }。

## 您的账号（首页）

home-title = 您的账号
home-signed-out-title = 登录后查看您的账号
home-signed-out-lead = 一个账号，即可登录所有使用 { $provider } 的网站。
home-sign-in = 登录
home-sign-out = 退出登录
home-devices-lead = 查看您在哪些设备上登录。如有丢失或不认识的设备，可将其退出。
home-sites-lead = 查看哪些网站通过此账号认识您，以及它们能看到什么。
home-password-lead = 更换密码，并在所有其他地方退出登录。
home-methods-lead = 除密码外，登录时再要求输入手机上的验证码。

## 您的密码

password-title = 更改密码
password-title-with-error = 出错了：更改密码
password-lead = 更改后您在这里保持登录，在所有其他地方将退出登录。
password-old = 当前密码
password-submit = 更改密码
password-missing = 请输入当前密码。
password-missing-both = 请输入当前密码和新密码。
password-wrong = 这不是您的当前密码。
password-busy = 目前登录的人很多，没有做任何更改。请在 { $time }后重试。
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
methods-second-step = 第二步验证
methods-none = 目前只凭密码即可登录。在手机上使用身份验证器应用后，别人即使知道您的密码，没有验证码也无法登录。
methods-some = 输入密码后，还需输入以下任一应用中的验证码。
methods-app = 身份验证器应用
methods-added = 添加时间：{ $when }。
methods-last-used = 上次使用：{ $when }。
methods-add = 添加身份验证器应用
methods-remove = 移除
methods-remove-label = { $button }：{ $name }
methods-back = 您的账号

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

remove-method-title = 移除登录方式
remove-method-heading = 要移除“{ $name }”吗？
remove-method-lead = 登录时仍会要求输入其他应用中的验证码。
remove-method-lead-last = 移除后，只凭密码即可登录。
remove-method-submit = 移除
remove-method-cancel = 保留

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
activity-second-step-failed = 登录失败：密码正确，验证码错误
activity-signed-out = 退出登录
activity-consent-given = 连接了网站
activity-consent-refused = 拒绝了网站的访问请求
activity-consent-withdrawn = 断开了网站的连接
activity-copied = 网站的访问权限可能已被他人复制，为了您的安全已终止
activity-copied-refused = 已使用过的网站登录链接再次出现，已拒绝
activity-token-revoked = 网站交还了访问权限
activity-user-added = 开通账号
activity-password-set = 设置了新密码
activity-password-changed = 更改了密码
activity-method-added = 添加了身份验证器应用
activity-method-removed = 移除了身份验证器应用
activity-methods-reset = 移除了第二步验证
activity-device-named = 重命名了设备
activity-user-disabled = 账号已停用
activity-user-enabled = 账号已重新启用
activity-user-changed = 更改了名称或个人资料
activity-address-added = 添加了电子邮箱
activity-address-verified = 确认了电子邮箱
activity-address-removed = 移除了电子邮箱
activity-primary-changed = 更改了主要电子邮箱
activity-user-signed-out = 在所有地方退出登录
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
sites-lead = 这些网站通过账号 { $account } 认识您
sites-none = 还没有网站通过此账号认识您。
sites-scopes = 它可以：
sites-first-party = 它属于 { $provider }，您打开它时会自动登录。
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
error-request-next = 请返回该网站重试。如果问题再次出现，请把下面的详细信息告诉该网站的管理者。
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
error-not-found-happened = 地址可能输入有误，或者页面已经移走。
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
error-internal-next = 请重试。如果问题再次出现，请把下面的参考编号告诉本服务的管理者。
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
letter-new-sign-in-not-mine = 如果不是您本人，说明有人知道您的密码：请立即打开下面的页面，让其他人全部退出登录，并更换密码。
letter-not-me-action = 不是我本人
letter-password-set-subject = 您的密码已更改
letter-password-set-lead = 您账号的密码已更改。用旧密码登录的设备已退出登录。
letter-password-set-mine = 如果是您更改的，或是您要求更改的，则无需再做什么。
letter-password-set-not-mine = 如果不是，请立即告知“{ $provider }”的管理人员。
letter-test-subject = 邮件测试
letter-test-lead = “{ $provider }”的邮件可以送达此地址。
letter-test-why = “{ $provider }”的管理人员发送了这封邮件进行测试。请勿回复，回复的内容无人阅读。

## 演示中的邮件

inbox-title = 邮件
inbox-lead = 演示不会真正发送邮件。本应发送的邮件会显示在这里，直到演示结束。
inbox-none = 还没有邮件。请用另一个浏览器登录一个已登录的账号，这里就会出现一封。
inbox-to = 收件人：{ $address }，{ $when }
inbox-open = 按邮件程序的样式打开
