### Every word that a person reads on a page of the provider, in Fluent (https://projectfluent.org/fluent/guide/).
### One file is one language, named by its BCP 47 tag. A file that has all these messages is all that another
### language needs; the tests say which are missing.

## The language itself

# By its own name, for the button that leads to it.
language-name = English
# ltr or rtl
direction = ltr
# The label of the buttons that change the language.
language-switch = Language

## On several pages

# Two sentences, one after the other.
two-sentences = { $first } { $second }
# Between the names of a list.
list-separator = { ", " }
# Above the name of an account.
signed-in-as = Signed in as
# Before the id of a request.
reference = Reference
# When a page cannot be made at all.
page-failed = This page could not be shown. Please try again.

## Time

# How long to wait.
seconds = { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }
minutes = { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
hours = { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
# When something was. These stand inside of sentences.
just-now = just now
minutes-ago = { $count ->
        [one] { $count } minute ago
       *[other] { $count } minutes ago
    }
hours-ago = { $count ->
        [one] { $count } hour ago
       *[other] { $count } hours ago
    }
days-ago = { $count ->
        [one] { $count } day ago
       *[other] { $count } days ago
    }
on-date = on { $date }
# $month is a number from 1 to 12, $time is such as 03:47.
date = { $day } { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    } { $year }, { $time } UTC

## Sign in

login-title = Sign in
login-title-with-error = Error: Sign in
login-heading = Sign in to continue to { $client }
login-heading-alone = Sign in
login-confirm-heading = Confirm it’s you
login-confirm-lead = { $client } asks you to enter your password again before you go on.
login-confirm-lead-alone = Please enter your password again before you go on.
login-username = Username or e-mail address
login-password = Password
login-show = Show
login-hide = Hide
# These two begin with the words of the button, which they stand for.
login-show-label = Show password
login-hide-label = Hide password
login-submit = Sign in
login-confirm-submit = Continue
login-switch-account = Use another account
login-cancel = Cancel and go back
login-missing-username = Enter your username or your e-mail address.
login-missing-password = Enter your password.
login-missing-both = Enter your username or e-mail address, and your password.
login-check-password = Check the name or address, then type the password again.
login-password-again = Type the password again.
login-wrong-credentials = This name and this password do not match.
login-throttled = There were too many attempts. For your safety, wait { $time } and try again.
# Said where script runs, under the sentence above: the browser computes, and the person need not wait.
login-work = You need not wait that long: type your password while your browser solves a short puzzle, which shows that this is no attack.
login-work-waiting = One moment: your browser is still solving the puzzle. The form is sent by itself.
login-work-done = The puzzle is solved. You can sign in now, without waiting.
login-busy = Many people are signing in right now. Your password was not checked; try again in { $time }.
login-expired = This page was open for a long time. Nothing is lost: sign in again to continue.
login-once-more = Please sign in once more. Nothing is lost.
# $address is the address of this service, such as https://login.example.com.
login-no-cookies = Your browser sent no cookie with this form, and without one nobody can be signed in. Allow cookies for { $address }, then sign in once more. If the address bar shows another address, continue at the right one.
login-wrong-address = You opened this page at another address than { $address }. Please continue there.
login-right-address = Continue at { $address }
# $reason is one of the sentences below, $when such as "5 minutes ago".
login-reason = { $reason } That was { $when }.

## Why a sign-in ended, said in the browser it was open in

why-logged-out = You signed out.
why-signed-in-again = You were signed out because somebody signed in again in this browser.
why-password-changed = You were signed out because the password was changed.
why-user-disabled = You were signed out because the account was switched off.
why-administrator = You were signed out by an administrator.
why-reuse = You were signed out for your safety: somebody may have copied this sign-in.
why-revoked-by-client = You were signed out by the site you were using.
why-client-removed = You were signed out because the site is not connected here any more.
why-device-policy = You were signed out because you signed in on another device.
why-too-many-sessions = You were signed out because you signed in on too many devices; this one was used the longest time ago.
why-consent-withdrawn = You were signed out because you disconnected the site from your account.
why-kicked = You were signed out because you ended this sign-in from another device.
why-factor-removed = You were signed out because an administrator removed the second step of signing in.
why-expired = You were signed out because this sign-in was not used for a while or reached its age.

## Why a sign-in ended, in a list of those that did

past-logged-out = You signed out there
past-signed-in-again = Another sign-in in that browser took its place
past-password-changed = The password was changed
past-user-disabled = The account was switched off
past-administrator = An administrator ended it
past-reuse = Ended for your safety: it may have been copied
past-revoked-by-client = The site ended it
past-client-removed = The site is not connected here any more
past-device-policy = You signed in on another device
past-too-many-sessions = You signed in on too many devices
past-consent-withdrawn = You disconnected the site
past-kicked = You ended it from another device
past-factor-removed = An administrator removed the second step of signing in
past-expired = It was not used for a while or reached its age

## Signed in elsewhere

elsewhere-title = Signed in elsewhere
elsewhere-heading = You are signed in on { $device }
elsewhere-heading-many = You are signed in on other devices
elsewhere-lead = Signing in here as { $account } signs you out there.
elsewhere-lead-many = Signing in here as { $account } signs you out on each of these.
elsewhere-submit = Sign in here, sign out there
elsewhere-submit-many = Sign in here, sign out on those
elsewhere-cancel = Cancel

## The second step

second-step-title = Second step
second-step-title-with-error = Error: Second step
second-step-heading = Enter your code
second-step-lead = Open your authenticator app and type the code it shows now.
# Above the name of the account.
second-step-account = Signing in as
second-step-submit = Continue
second-step-throttled = Too many codes were tried. For your safety, wait { $time } and try again. If it was not you, change your password: somebody knows it.
code-label = Code from the app
code-missing = Enter the code.
code-malformed = The code has six digits.
code-wrong = This is not the code the app shows now. Check that the clock of your phone is right, and try the next code.
code-spent = This code has been used already. Wait for the next one.

## Consent

consent-title = Allow access
consent-overdue = This page was open for a long time, and nothing was changed. Please answer again.
consent-heading = { $client } asks to use your account
consent-switch = Switch
# Begins with the words of the button, which it stands for.
consent-switch-label = Switch account
consent-intro = If you allow it, { $client } can:
consent-openid = Recognize you when you come back
consent-profile = See your name, picture and profile
consent-email = See your e-mail address
consent-address = See your postal address
consent-phone = See your phone number
consent-offline-access = Keep this access while you are away
consent-other = Use its own permission “{ $scope }”
consent-allow = Allow
consent-deny = Don’t allow

## On the way back to a site

form-post-title = Returning
form-post-heading = Returning to { $client }
form-post-lead = If nothing happens within a few seconds, press Continue.
form-post-submit = Continue

## Sign out

logout-title = Sign out
logout-heading = Sign out?
logout-lead = { $client } asks to sign you out. This also ends your sign-in at the other sites you opened with this account.
logout-lead-alone = This ends your sign-in here and at the sites you opened with this account.
logout-submit = Sign out
logout-cancel = Stay signed in
logout-devices = See all your devices
logged-out-title = Signed out
logged-out-heading = You are signed out
logged-out-lead = You can close this page.
still-signed-in-title = Still signed in
still-signed-in-heading = You are still signed in
still-signed-in-lead = Nothing was changed. You can close this page.
still-signed-in-devices = Your devices

# What a sign-out reached.
receipt-devices = { $count ->
        [0] Nothing was left to sign out.
        [one] { $count } device is signed out.
       *[other] { $count } devices are signed out.
    }
receipt-no-site = No site was in use there.
receipt-done = Signed out at { $confirmed } of { $sites ->
        [one] { $sites } site
       *[other] { $sites } sites
    } in { $milliseconds } ms.
# None of them has confirmed; $time is such as "30 minutes".
receipt-none-yet = { $sites ->
        [one] { $sites } site will notice when its tokens expire, within { $time }.
       *[other] { $sites } sites will notice when their tokens expire, within { $time }.
    }
# Some of them have confirmed; $rest have not.
receipt-rest = { $rest ->
        [one] The other will notice when its tokens expire, within { $time }.
       *[other] The others will notice when their tokens expire, within { $time }.
    }

## Your account, which is the front page

home-title = Your account
home-signed-out-title = Sign in to see your account
home-signed-out-lead = One account for every site that uses { $provider }.
home-sign-in = Sign in
home-sign-out = Sign out
home-devices-lead = Where you are signed in. Sign out of a device that you lost or do not know.
home-sites-lead = The sites that know you by this account, and what they can see.

home-password-lead = Choose another one, and sign out everywhere else.

## Your password

password-title = Change your password
password-title-with-error = Error: Change your password
password-lead = You stay signed in here, and are signed out everywhere else.
password-old = Password you have now
password-submit = Change password
password-missing = Enter the password you have now.
password-missing-both = Enter the password you have now, and a new one.
password-wrong = This is not the password you have now.
password-busy = Many people are signing in right now. Nothing was changed; try again in { $time }.
password-changed = Your password is changed.
password-changed-alone = You were signed in nowhere else.

## A new password, on any page that asks for one

new-password = New password
# $minimum is 8 to 64.
new-password-hint = At least { $minimum } characters. Four or five words that do not belong together are easy to keep in mind and hard to guess.
# Said while a person types; a number follows.
new-password-more = Characters still to go:
new-password-mix = Long enough, but easy to guess: it follows a pattern.
new-password-named = Long enough, but easy to guess: it has your username in it.
new-password-enough = Long enough.
# Why one is not taken.
new-password-missing = Choose a new password.
new-password-too-long = Use at most 256 characters.
new-password-same = This is the password you have now. Choose another one.
new-password-too-short = Use at least { $minimum } characters.
new-password-name = Leave out your own names, and the names of this service and of the organisation behind it.
new-password-common = This is one of the passwords that are guessed first. Choose one that nobody would think of.
new-password-pattern = This follows a pattern that is easy to guess. Use words that do not belong together.
new-password-leaked = This is on a list of passwords that were stolen from other sites. Choose another one.

home-methods-lead = Ask for a code from your phone besides your password.

## What a person signs in with

methods-title = Sign-in methods
methods-second-step = Second step
methods-none = Your password alone signs you in. With an authenticator app on your phone, nobody who learns your password can sign in without it.
methods-some = After your password you are asked for a code from one of these apps.
# What an app is called that the person gave no name.
methods-app = Authenticator app
methods-added = Added { $when }.
methods-last-used = Last used { $when }.
methods-add = Add an authenticator app
methods-remove = Remove
# Begins with the words of the button above, which it stands for.
methods-remove-label = { $button }: { $name }
methods-back = Your account

add-totp-title = Add an authenticator app
add-totp-title-with-error = Error: Add an authenticator app
add-totp-lead = Scan this picture with an authenticator app on your phone, then type the code the app shows.
# What the picture is, for a person who does not see it.
add-totp-qr = QR code with the secret below
add-totp-by-hand = Or type this secret into the app:
add-totp-name = Name (optional)
add-totp-name-hint = Such as the phone it is on.
add-totp-submit = Add
add-totp-cancel = Cancel
add-totp-wrong = This is not the code for this picture. Check that the clock of your phone is right, and try the code the app shows now.

remove-method-title = Remove a sign-in method
remove-method-heading = Remove { $name }?
remove-method-lead = You will still be asked for a code from your other apps.
remove-method-lead-last = Your password alone will then sign you in.
remove-method-submit = Remove
remove-method-cancel = Keep it

## Your devices

devices-title = Your devices
devices-lead = Signed in as { $account }
devices-here = This device
devices-others = Other devices
devices-no-others = You are signed in nowhere else.
devices-ended = Ended in the last 30 days
devices-ended-kept = At most ten are listed here. What happened before is under:
devices-last-used = Last used { $when }
devices-since = Signed in { $when }
devices-first-seen = First seen { $when }
devices-sites = In use at { $sites }
devices-no-sites = In use at no site
# $kind is phone, tablet, computer or other.
devices-sign-out = { $kind ->
        [phone] Sign out of that phone
        [tablet] Sign out of that tablet
        [computer] Sign out of that computer
       *[other] Sign out of that device
    }
# Begins with the words of the button above, which it stands for.
devices-sign-out-label = { $button }: { $device }
devices-sign-out-others = Sign out of all other devices
devices-sign-out-all = Sign out everywhere, also here
# Opens the field for a name.
devices-rename = Rename
devices-name = Name of this device
devices-name-hint = No site sees it. Leave it empty to show the browser and the system instead.
devices-name-submit = Save
devices-named = This device is now called { $name }.
devices-unnamed = This device has no name of its own any more.

# What a device is called: $browser is such as Firefox, $system such as Windows.
device-browser-on-system = { $browser } on { $system }
device-on-system = A browser on { $system }
device-unknown = An unknown device
place-local-network = Local network

## What happened with the account

activity-title = Activity
home-activity-lead = What happened with your account, when and from where.
activity-none = Nothing has happened with your account yet.
activity-kept = Events are kept for about 13 months.
activity-older = Older events
activity-newest = Back to the newest
activity-by-administrator = By an administrator
# What happened, in a list: who did it, where and when stands beside it.
activity-signed-in = Signed in
activity-sign-in-failed = Sign-in failed: wrong password
activity-sign-in-throttled = Sign-in refused: too many attempts
activity-second-step-failed = Sign-in failed: right password, wrong code
activity-signed-out = Signed out
activity-consent-given = Site connected
activity-consent-refused = Access for a site refused
activity-consent-withdrawn = Site disconnected
activity-copied = A site’s access ended for your safety: it may have been copied
activity-copied-refused = A used link to a site came again and was refused
activity-token-revoked = A site gave back its access
activity-user-added = Account opened
activity-password-set = New password set
activity-password-changed = Password changed
activity-method-added = Authenticator app added
activity-method-removed = Authenticator app removed
activity-methods-reset = Second step of signing in removed
activity-device-named = Device renamed
activity-user-disabled = Account switched off
activity-user-enabled = Account switched on again
activity-user-changed = Name or profile changed
activity-address-added = E-mail address added
activity-address-verified = E-mail address confirmed
activity-address-removed = E-mail address removed
activity-primary-changed = Main e-mail address changed
activity-user-signed-out = Signed out everywhere
activity-mail-sent = Letter about your account sent to you
activity-other = Something else

## When it was somebody else

# A link beside something that happened, and beside a device.
secure-not-me = This was not me
# Begins with the words of the link, which it stands for.
secure-not-me-label = { $link }: { $what }
secure-title = Secure your account
secure-lead = Did somebody else use your account? These three steps shut them out.
secure-sessions = Sign out everywhere else
secure-sessions-lead = Every other device, and every site in use there, loses its access at once. You stay signed in here.
secure-submit = Sign out everywhere else
secure-password = Choose another password
secure-password-lead = Whoever signed in as you may know the one you have now.
secure-methods = Look for what they left behind
secure-methods-lead = Remove sign-in methods that are not yours, and disconnect sites that you do not know.

## Your sites

sites-title = Your sites
sites-lead = These sites know you as { $account }
sites-none = No site knows you by this account yet.
sites-scopes = It can:
# A site of the same organisation, which asks nobody.
sites-first-party = It belongs to { $provider }, and signs you in when you open it.
sites-since = Connected { $when }
sites-signed-in = { $count ->
        [one] signed in on { $count } device
       *[other] signed in on { $count } devices
    }
sites-signed-out = not signed in there
sites-disconnect = Disconnect
# Begins with the words of the button, which it stands for.
sites-disconnect-label = Disconnect { $site }
sites-sign-out = Sign out there
sites-sign-out-label = Sign out there: { $site }
sites-hint = A site that you disconnect loses its access at once. When you open it again, it asks you first. What it has kept of your data, only the site itself can delete.
# What pressing a button reached.
sites-done-confirmed = { $site } has signed you out, { $milliseconds } ms after you pressed the button.
sites-done = { $site } has no access any more.
sites-done-later = { $site } will notice when its tokens expire, within { $time }.

## When something cannot go on: what happened, and what to do next

error-request-title = This sign-in request is not valid
error-request-happened = The site that sent you here made a request that cannot be accepted.
error-request-next = Go back to the site and try again. If it happens again, tell the people who run it, with the details below.
error-malformed-title = That request was not understood
error-malformed-happened = Something in the address or in the form was not as expected.
error-malformed-next = Go back to the site you came from and start again.
error-forbidden-title = This form could not be accepted
error-forbidden-happened = It did not come from a page that this browser has open, so nothing was changed.
error-forbidden-next = Go back, reload the page and try again. Cookies must be allowed for this site.
error-other-browser-title = This was started in another browser
error-other-browser-happened = For your safety a step can only be finished in the browser where it began.
error-other-browser-next = Return to the other browser, or continue in this one. You may have to sign in here first.
# A link, under the three lines above.
error-continue-here = Continue in this browser
error-home = Go to your account
error-client-gone-title = The way to this site has changed
error-client-gone-happened = The site that sent you here does not use this service any more, or has moved to another address.
error-client-gone-next = Open the site itself, and start again from there.
error-not-found-title = There is no such page
error-not-found-happened = The address may be mistyped, or the page has moved.
error-not-found-next = Check the address, or go back to the site you came from.
error-method-title = This page cannot be opened this way
error-method-happened = The address takes another kind of request.
error-method-next = Go back to the site you came from and start again.
error-too-large-title = That was too much
error-too-large-happened = The request is larger than this server accepts.
error-too-large-next = Go back and try again with less.
error-throttled-title = Too many attempts
error-throttled-happened = For your safety, further attempts are paused for a while.
error-throttled-next = Wait a few minutes, then try again.
error-busy-title = Very busy right now
error-busy-happened = There are more requests than can be answered at the moment. Nothing was changed.
error-busy-next = Wait a moment, then try again.
error-internal-title = Something went wrong
error-internal-happened = This is a fault on our side, and it has been recorded.
error-internal-next = Try again. If it happens again, tell the people who run this service the reference below.
error-wait = Wait { $time }, then try again.
# The names of the details.
error-code = Error
error-parameter = Parameter
error-reason = Reason

## Letters: those that people get by mail

letter-colon = {": "}
letter-account = Account
letter-time = Time
letter-name = Name of the device
letter-device = Device
letter-network = Network
letter-or-open = Or open this address:
letter-why = { $provider } sends this to keep your account safe. Nobody reads answers to it.
letter-new-sign-in-subject = New sign-in to your account
letter-new-sign-in-lead = Somebody signed in to your account on a device that has not been used for it before.
letter-new-sign-in-mine = If this was you, there is nothing to do.
letter-new-sign-in-not-mine = If it was not you, somebody knows your password: open the page below at once. There you sign everybody else out, and choose another password.
# Leads to the page that begins with secure-title.
letter-not-me-action = This was not me
letter-password-set-subject = Your password was changed
letter-password-set-lead = The password of your account was changed. Devices that were signed in with the old one are signed out.
letter-password-set-mine = If you changed it, or asked for it, there is nothing more to do.
letter-password-set-not-mine = If you did not, tell the people who run { $provider } at once.
letter-test-subject = Test of letters by mail
letter-test-lead = Letters from { $provider } arrive here.
letter-test-why = Somebody who runs { $provider } had this sent to try it. Nobody reads answers to it.

## The letters of the demonstration

inbox-title = Letters
inbox-lead = The demonstration sends no mail. What would have been sent is here until it stops.
inbox-none = There is no letter yet. Sign in with a second browser as a person who is signed in, and one will be here.
inbox-to = To { $address }, { $when }
inbox-open = Open as a mail program shows it
