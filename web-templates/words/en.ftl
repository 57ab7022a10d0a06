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
# Below each page, where the operator has set them: where people find help, the privacy policy, the terms of use.
footer-help = Help
footer-privacy = Privacy
footer-terms = Terms
# Where a person goes on to a site, links to its home page, its privacy policy and its terms of service.
client-home = About { $client }
client-policy = Privacy policy of { $client }
client-terms = Terms of { $client }
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
login-confirm-lead = { $client } asks you to show that it’s you before you go on.
login-confirm-lead-alone = Please show that it’s you before you go on.
login-username = Username or email address
login-password = Password
login-show = Show
login-hide = Hide
# These two begin with the words of the button, which they stand for.
login-show-label = Show password
login-hide-label = Hide password
login-submit = Sign in
login-forgot = Forgot your password?
login-register = Create an account
# After a new one was chosen.
login-password-set = Your new password is set, and you are signed out everywhere. Sign in with it now.
login-confirm-submit = Continue
login-switch-account = Use another account
login-cancel = Cancel and go back
login-passkey = Sign in with a passkey
login-passkey-refused = This passkey does not sign in here. Use another one, or your password.
login-missing-username = Enter your username or your email address.
login-missing-password = Enter your password.
login-missing-both = Enter your username or email address, and your password.
login-check-password = Check the name or address, then enter the password again.
login-password-again = Enter the password again.
login-wrong-credentials = This name and this password do not match.
# The right password, of those that an operator makes for a first sign-in.
login-password-expired = This password was temporary and has expired. Ask the person who gave it to you for a new one.
login-throttled = There were too many attempts. For your safety, wait { $time } and try again.
# Said where script runs, under the sentence above: the browser computes, and the person need not wait.
login-work = You need not wait that long: enter your password while your browser solves a short puzzle, which shows that this is not an attack.
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
why-account-deleted = You were signed out because you asked for your account to be deleted.
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
past-account-deleted = You asked for your account to be deleted
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
second-step-heading-passkey = Use your passkey
second-step-lead-passkey = Show that it’s you with a passkey of this account: the screen lock of your device, your password manager or a security key.
second-step-lead-either = Enter the code that your authenticator app shows, or use your passkey.
second-step-passkey = Use a passkey
second-step-passkey-refused = This passkey was not accepted. Try again, or use another passkey of this account.
second-step-lead = Open your authenticator app and enter the code that it shows.
# Above the name of the account.
second-step-account = Signing in as
second-step-submit = Continue
second-step-throttled = Too many codes were tried. For your safety, wait { $time } and try again. If it was not you, change your password: somebody knows it, or uses one of your devices.
passkey-missing = Your browser brought no passkey. Passkeys need a current browser that is allowed to run scripts.
passkey-cancelled = No passkey was used: it was cancelled, or it took too long. You can try again.
passkey-exists = This device or password manager already has a passkey of your account.
passkey-failed = Your browser could not use a passkey here.
code-label = Code from the app
code-missing = Enter the code.
code-malformed = The code has as many digits as your app shows, which is mostly six.
code-wrong = This is not the code the app shows now. Check that the clock of your phone is right, and try the next code.
code-spent = This code has been used already. Wait for the next one.
second-step-busy = Many people are signing in right now, and your code has not been checked. Try again in { $time }.
# What the provider keeps of the app cannot be read.
second-step-unchecked = Your code could not be checked. This is a fault on our side, and nothing counts against you. Use a recovery code if you have one, or tell the people who run { $provider }.
second-step-use-recovery = Use a recovery code
second-step-use-app = Use a code from the app
recovery-step-heading = Enter a recovery code
recovery-step-lead = You got ten of them when you set up the second step. Each one works once.
recovery-code-label = Recovery code
recovery-code-missing = Enter a recovery code.
recovery-code-malformed = A recovery code has ten letters and digits, such as 7K2MX-Q94TB.
recovery-code-wrong = This is not one of your recovery codes. Codes from an older list do not work any more.
recovery-code-spent = This recovery code has been used already. Cross it out, and use the next one.

step-link-send = Send a link to { $address }
step-link-send-again = Send another email to { $address }
step-link-sent-heading = Check your email
step-link-sent-lead = An email with a link is on its way to { $address }. Open the link in this browser to continue. On another device it shows a code to enter below.
step-link-sent-lead-plain = An email with a link is on its way. Open the link in this browser to continue. On another device it shows a code to enter below.
link-code-label = Code from the link
link-code-malformed = The code has eight digits. You see it when you open the link on another device.
link-code-wrong = This is not the code of the newest email.
link-code-spent = This link has been used already. Ask for another email.
step-link-none = No link can be sent for this sign-in. Use your second factor or a recovery code.
step-link-over = This link does not work any more. Ask for another email.
step-link-many = Several emails have been sent to you. Look for the newest one, or wait { $time } for another.
step-link-title = Continue signing in
step-link-heading = Is this you?
step-link-lead = Continue, and this browser is signed in.
step-link-not-mine = If you are not signing in, close this page. Somebody knows your password: change it.
step-link-code-heading = Your code
step-link-code-lead = Enter it on the sign-in page that is waiting in your other browser.
step-link-code-warning = Enter it only on a page that you opened yourself. Do not give it to anybody: a person who asks for it wants to get into your account.

## Who has no second step is led to one

enrol-title = Add a second step
enrol-lead-client = { $client } asks for more than a password. You set it up once.
enrol-lead = { $provider } asks you for more than a password. You set it up once.
enrol-totp = Set up an authenticator app
# $date is such as "3 May 2027, 14:05 UTC".
enrol-wait = You can put this off until { $date }.
enrol-later = Not now

## A temporary password gives way to one that its person chooses

choose-password-title = Choose your password
choose-password-title-with-error = Error: Choose your password
choose-password-lead = The password you were given is temporary. To continue, choose one that only you know.
choose-password-submit = Save and continue

## Terms of use are accepted

terms-title = Terms of use
# $version is a short name that the operator chose, such as 2026-11.
terms-lead = To continue, please read and accept the terms of use of { $provider }. This is version { $version }.
terms-lead-changed = The terms of use of { $provider } have changed. To continue, please read and accept version { $version }.
terms-link = Read the terms of use
terms-accept = Accept and continue
# Two links follow: this one, and to the deletion of the account.
terms-without = Without accepting them you can still:
terms-export = Get a copy of your data

## Consent

access-denied-title = You do not have access
# $client: the name of the site.
access-denied-membership = Your account may not be used for { $client }. If you need it, ask the people who look after { $client } or your help desk for access.
access-denied-network = { $client } can only be used from certain networks. Connect to the network of your organization, for example by VPN, then try again.
access-denied-help = Get help
access-denied-back = Back to { $client }

consent-title = Allow access
consent-overdue = This page was open for a long time, and nothing was changed. Please answer again.
consent-heading = { $client } asks to use your account
consent-switch = Switch
# Begins with the words of the button, which it stands for.
consent-switch-label = Switch account
consent-intro = If you allow it, { $client } can:
consent-openid = Recognize you when you come back
consent-profile = See your name, picture and profile
consent-email = See your email address
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
# The name of the two ways at the top of each of these pages: to "Your account", and out. Read aloud only.
ways-label = Account
# On the pages of administrators, for people who go by keyboard: past the list of rooms.
skip-to-content = Skip to content
home-profile-lead = Your name, your picture, your language, and what else sites may be told.
home-devices-lead = Where you are signed in. Sign out of a device that you lost or do not know.
home-sites-lead = The sites that know you by this account, and what they can see.

home-password-lead = Choose another one, and sign out everywhere else.

## A new password by mail

forgot-title = Forgot your password
forgot-title-with-error = Error: Forgot your password
forgot-heading = Forgot your password?
forgot-lead = Enter your username or an email address of your account. You will get an email with a link to choose a new password.
forgot-submit = Send email
forgot-back = Back to sign-in
forgot-once-more = Please send this once more. If you come back here again, allow cookies for this site.
forgot-throttled = Many emails were asked for from here. Wait { $time } and try again.
forgot-busy = There is a lot to do right now, and nothing was sent. Try again in { $time }.
forgot-sent-title = Check your email
# $name is what the person typed.
forgot-sent-lead = If { $name } belongs to an account with a confirmed email address, an email is on its way there.
forgot-sent-hint = The link in it is good for one hour. If nothing arrives within a few minutes, check your spam folder, and what you entered.
forgot-sent-again = Enter it again

reset-title = Choose a new password
reset-title-with-error = Error: Choose a new password
reset-lead = You will be signed out everywhere, and sign in with the new password.
# Above the name of an account.
reset-account = For the account
reset-submit = Set new password

## An account of one's own

register-title = Create an account
register-title-with-error = Error: Create an account
# $client is the name of a site.
register-heading = Create an account to continue to { $client }
register-lead = Enter your email address. You will get an email with a link to create your account.
register-submit = Send email
register-back = I have an account already
# $name is the address that the person typed.
register-sent-lead = An email is on its way to { $name }. Open the link in it to continue.
register-sent-hint = The link is good for one day, on any device. If nothing arrives within a few minutes, check your spam folder, and what you entered.
create-account-title = Create your account
create-account-title-with-error = Error: Create your account
create-account-lead = You will then be signed in, and continue to { $client }.
create-account-lead-alone = After this you are signed in.
create-account-name = Your name
create-account-name-missing = Enter your name.
create-account-username = Username (optional)
create-account-username-given = Username
create-account-username-hint = You always sign in with your email address. A username is another way, and sites that ask for your username see it instead of the address.
create-account-username-malformed = Use a username without spaces and characters that cannot be seen.
create-account-username-address = Leave the @ out. You sign in with your email address anyway.
create-account-username-taken = Somebody has this username already. Choose another one, or leave the field empty.
create-account-throttled = Many usernames were tried. Wait { $time } and try again, or leave the field empty.
# Before a link: terms-link.
create-account-terms = Next, you will be asked to accept the terms of use.
create-account-submit = Create account
create-administrator-title = Create the administrator’s account
create-administrator-title-with-error = Error: Create the administrator’s account
create-administrator-lead = After this you are signed in, and may administer everything.
create-administrator-username-missing = Choose a username. You sign in with it.
create-administrator-username-address = Leave the @ out. You can add your email address afterwards.
create-administrator-username-taken = Somebody has this username already. Choose another one.
create-administrator-own = Do you have an account? Sign in first, and then open the link again.
become-administrator-title = Become an administrator
become-administrator-lead = An administrator may see and change everything here: people, sites, keys and settings.
become-administrator-submit = Make { $account } an administrator
become-administrator-other = Should it be another account? Sign out first, and then open the link again.

## Links in letters

verify-address-title = Confirm your email address
verify-address-lead = You can then sign in to the account below with { $address }. Confirm it only if that account is yours.
verify-address-submit = Confirm
verify-address-done-title = Address confirmed
verify-address-done-lead = You can now sign in with { $address }, and emails about your account go there as well.
verify-address-taken-title = The address was not confirmed
verify-address-taken-lead = { $address } belongs to another account now. Remove it there first, then add it here again.
void-link-title = This link does not work any more
void-link-lead = It was already used, it has expired, or a newer email was sent: only the newest link works, and only once. If the link was cut off, open all of it.
void-link-lead-second-step = It was already used, it has expired, or a newer email was sent: only the newest link works, once, for ten minutes. Go back to the sign-in page that is waiting, and ask for another email.
void-link-ask-again = Ask for a new link
void-link-sign-in = Sign in
void-link-not-me-lead = It was already used, or it has expired. If somebody else may still be in your account, choose another password, then sign in and check who else is signed in.
not-me-title = Was this not you?
not-me-sign-in-lead = Press the button to end this sign-in, also at the sites that were opened with it. Then choose another password.
not-me-change-lead = Press the button to sign out of your account everywhere, on every device and at every site. Then choose another password.
not-me-past-lead = This sign-in is over already. Press the button, and you get an email if somebody signs in on its device again. Then choose another password.
not-me-submit-sign-in = End this sign-in
not-me-submit-change = Sign out everywhere
not-me-submit-past = This was not me
not-me-ended-title = Signed out
not-me-ended-lead = It has ended, also at the sites that were in use. But the person who signed in may know your password, and can sign in again until you choose another one.
not-me-over-title = This sign-in is over already
not-me-over-lead = Nobody is signed in by it any more. But the person who signed in may know your password, and can sign in again until you choose another one.
not-me-password = Choose another password
not-me-secure = Sign in and check your account
void-link-invited-lead = It was already used, it has expired, or a newer invitation was sent. Ask the person who invited you for a new one.
void-link-administrator-lead = It was already used, it has expired, or there is an administrator by now. At the console of the server, this command prints a new one.
# An account was opened by the link.
link-opened-title = Your account is there already
link-opened-lead = You have already used this link to create your account. Sign in to continue.
# The e-mail address that the link was sent to.
link-address-taken-title = This address has an account already
link-address-taken-lead = Sign in with your email address to continue.
# The address of the page was taken to another browser than the one that the link was opened in.
link-elsewhere-title = Open the link in the email again
link-elsewhere-lead = This page works only in the browser in which the link was opened. Open the link in the email once more, in this browser. Cookies must be allowed for { $address }.

## A person's e-mail addresses

addresses-title = Email addresses
addresses-none = There is no email address yet.
addresses-hint = You can sign in with each confirmed address, and emails about your account go to all of them. Sites that ask for your email address get the primary one.
addresses-primary = Primary
addresses-confirmed = Confirmed { $when }
addresses-unconfirmed = Not confirmed yet
addresses-change = Change
# Begins with the words of the button above, which it stands for.
addresses-change-label = { $button }: { $address }
addresses-add = Add an address
addresses-back = Your account
addresses-sent = An email is on its way to { $address }. Open the link in it to confirm the address.
addresses-made-primary = { $address } is your primary address now.
addresses-removed = { $address } is removed.
home-addresses-lead = Where emails reach you, and which address sites get.

add-address-title = Add an email address
add-address-title-with-error = Error: Add an email address
add-address-lead = You will get an email there, with a link that shows that the address is yours.
add-address-label = Email address
add-address-submit = Send email
add-address-cancel = Cancel
add-address-missing = Enter an email address.
add-address-malformed = This is not an email address. Check it and try again.
add-address-known = This address is confirmed already.
add-address-too-many = You have as many addresses as there can be. Remove one first.
add-address-throttled = Many emails were sent already. Wait { $time } and try again.

address-title = Email address
address-unconfirmed-lead = This address is not confirmed yet. Open the link in the email that was sent there.
address-confirmed-lead = You can sign in with this address, and emails about your account go there.
address-primary-lead = This is your primary address: sites that ask for your email address get this one.
address-send = Send the email again
address-make-primary = Make it the primary address
address-remove = Remove this address
address-keeps-primary = To remove it, make another address the primary one first.
address-keeps-last = It cannot be removed while it is the only confirmed one: emails would not reach you any more.
address-keeps-username = It cannot be removed, since it is your username as well.

## Your password

password-title = Change your password
password-title-with-error = Error: Change your password
password-lead = You stay signed in here, and are signed out everywhere else.
password-old = Current password
password-submit = Change password
password-missing = Enter your current password.
password-missing-both = Enter your current password and a new one.
password-wrong = This is not your current password.
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
new-password-same = This is your current password. Choose another one.
new-password-too-short = Use at least { $minimum } characters.
new-password-name = Leave out your own names, and the names of this service and of the organisation behind it.
new-password-common = This is one of the passwords that are guessed first. Choose one that nobody would think of.
new-password-pattern = This follows a pattern that is easy to guess. Use words that do not belong together.
new-password-leaked = This is on a list of passwords that were stolen from other sites. Choose another one.

home-methods-lead = Sign in with a passkey, or ask for a code from your phone besides your password.
passkey-offer = If your browser has saved your password, it may save a passkey for this account now. With it you sign in without the password; nothing else changes, and you can remove it under “Sign-in methods”.

## What a person signs in with

methods-title = Sign-in methods
methods-passkeys = Passkeys
methods-passkeys-lead = With a passkey you sign in by the screen lock of your device, without a password. Nobody can trick you into giving it away.
methods-add-passkey = Add a passkey
# What a passkey is called that the person gave no name.
methods-passkey = Passkey
methods-saved-by-browser = Saved by your browser, and not asked for after the password
# Of a passkey that is on several devices.
methods-synced = Synced.
methods-rename = Rename
# Leads to demand-passkey-title.
methods-demand = Require
methods-second-step = Second step
methods-none = Your password alone signs you in. With an authenticator app on your phone, nobody who learns your password can sign in without it.
methods-none-but-passkey = After your password you are asked for a passkey. With an authenticator app you can enter a code instead.
methods-some-and-passkey = After your password you are asked for a code from one of these apps, or for a passkey.
methods-some = After your password you are asked for a code from one of these apps.
# What an app is called that the person gave no name.
methods-app = Authenticator app
methods-added = Added { $when }.
methods-last-used = Last used { $when }.
methods-add = Add an authenticator app
methods-remove = Remove
# Begins with the words of the button that it stands for.
methods-button-label = { $button }: { $name }
methods-back = Your account
# A box to tick beside a change of the sign-in methods.
sign-out-others-too = Sign out my other devices

recovery-heading = Recovery codes
recovery-lead = When your phone is not at hand, each of these signs you in once, after your password.
recovery-left = { $count ->
        [0] No code left
        [one] { $count } code left
       *[other] { $count } codes left
    }
recovery-made = Made { $when }.
recovery-few-left = You have few recovery codes left. Make new ones before they run out.
recovery-none-left = You have no recovery codes. If you lose your phone, you will not be able to sign in. Make some now.
recovery-new = Make new codes

make-recovery-title = New recovery codes
make-recovery-heading = Make new recovery codes?
make-recovery-lead = { $count ->
        [0] You get ten codes to write down or print.
        [one] You get ten new codes. The one you have left stops working.
       *[other] You get ten new codes. The { $count } you have left stop working.
    }
make-recovery-submit = Make new codes
make-recovery-cancel = Cancel

new-recovery-title = Save your recovery codes
new-recovery-lead = When your phone is not at hand, each code signs you in once, after your password. Keep them where you will find them without your phone. They are not shown again.
# Above the codes, also on paper.
new-recovery-owner = Recovery codes of { $account } for { $provider }
# In the text that is downloaded.
new-recovery-made = Made on { $date }.
new-recovery-download = Download
new-recovery-print = Print
new-recovery-done = I have saved them

add-totp-title = Add an authenticator app
add-totp-title-with-error = Error: Add an authenticator app
add-totp-lead = Scan this picture with an authenticator app on your phone, then enter the code that the app shows.
# What the picture is, for a person who does not see it.
add-totp-qr = QR code with the secret below
add-totp-by-hand = Or enter this secret in the app:
add-totp-name = Name (optional)
add-totp-name-hint = Such as the phone it is on.
add-totp-submit = Add
add-totp-cancel = Cancel
add-totp-wrong = This is not the code for this picture. Check that the clock of your phone is right, and try the code the app shows now.

add-passkey-title = Add a passkey
add-passkey-title-with-error = Error: Add a passkey
add-passkey-lead = Your browser asks for the screen lock of this device, for a password manager or for a security key. Afterwards you sign in with it instead of your password.
# For a person who has no second step so far.
add-passkey-first = From then on your password alone no longer signs you in: after it you are asked for this passkey. Keep it in a place that you can reach from each of your devices, or add one for each.
add-passkey-name-hint = Such as the device or the password manager it is in.
add-passkey-submit = Create passkey
add-passkey-refused = This passkey could not be added. Please try again.
add-passkey-taken = This passkey belongs to an account already. Please create another one.

rename-method-title = Rename a passkey
rename-method-name = Name
rename-method-submit = Save

demand-passkey-title = Require a passkey
# $name is what the person calls a passkey that the browser saved by itself.
demand-passkey-heading = Require { $name } after your password?
demand-passkey-lead = After your password you will be asked for this passkey, or for another second step that you have.
demand-passkey-lead-first = From then on your password alone no longer signs you in: after it you are asked for this passkey. You also get recovery codes for when you do not have it at hand.
demand-passkey-unused = Your browser saved this passkey by itself, and it has not been used yet. Sign in with it once: that shows that it works on your device and recognizes you. Then come back here.
demand-passkey-submit = Require it

remove-method-title = Remove a sign-in method
remove-method-heading = Remove { $name }?
# Above one of the two that follow.
remove-method-passkey = You can then no longer sign in with it. Delete it from your device or password manager as well.
remove-method-lead = After your password you will still be asked for a second step.
remove-method-lead-last = Your password alone will then sign you in. Your recovery codes stop working.
remove-method-submit = Remove
remove-method-cancel = Keep it

## Your profile

home-export-lead = Get a copy of everything that is kept about you here.
home-delete-lead = Close this account for good.
home-admin-lead = People, sites, keys and what needs attention.

admin-title = Administration
admin-rooms = Places
admin-overview-title = Overview
admin-overview-lead = What needs attention.
admin-groups-title = Groups
admin-groups-lead = Who belongs together, and which roles they get by it.
admin-roles-title = Roles
admin-roles-lead = What people are to sites, and what they may administer.
admin-attention = Needs attention
admin-attention-none = Nothing needs your attention.
admin-attention-factor = You sign in with your password alone. Somebody who learns it could administer everything that you can.
admin-attention-key = No key is ready to take over from the one that signs.
admin-attention-mails = { $count ->
    [one] 1 email could not be delivered.
   *[other] { $count } emails could not be delivered.
}
admin-attention-clients = { $count ->
    [one] 1 site does not answer when it is told that a session ended.
   *[other] { $count } sites do not answer when they are told that a session ended.
}
admin-attention-followers = { $count ->
    [one] 1 site is not connected to the revocation feed.
   *[other] { $count } sites are not connected to the revocation feed.
}
admin-attention-rotation = { $count ->
    [0] The next key takes over within the hour.
    [one] The next key takes over in { $count } hour.
   *[other] The next key takes over in { $count } hours.
}
admin-attention-given-up = { $count ->
    [one] { $count } notice that a session ended was given up.
   *[other] { $count } notices that a session ended were given up.
}
admin-attention-stale = { $count ->
    [one] { $count } site follows the revocation feed and does not confirm it.
   *[other] { $count } sites follow the revocation feed and do not confirm it.
}
admin-attention-webhook = The audit webhook failed { $time } for the first time, and has taken nothing since. Last reason: { $reason }
admin-picture-sign-ins = Sign-ins
admin-picture-day = In the last 24 hours: { $accepted ->
    [one] 1 sign-in
   *[other] { $accepted } sign-ins
}, { $refused ->
    [one] 1 refused attempt.
   *[other] { $refused } refused attempts.
}
admin-picture-month = In the last 30 days: { $accepted ->
    [one] 1 sign-in
   *[other] { $accepted } sign-ins
}, { $refused ->
    [one] 1 refused attempt.
   *[other] { $refused } refused attempts.
}
admin-picture-sides = Above the line: sign-ins. Below it: refused attempts. Of many attempts from one place, some a minute are counted.
admin-picture-table = As a table
admin-picture-when = Beginning (UTC)
admin-picture-accepted = Sign-ins
admin-picture-refused = Refused
admin-picture-show-day = Show the last 24 hours
admin-picture-show-month = Show the last 30 days
admin-picture-sites = Sign-ins that sites hold
admin-picture-counted = Counted { $time }.
admin-picture-sites-none = Not counted yet.
admin-picture-sites-zero = No site holds a sign-in.
admin-picture-deliveries = What sites have not confirmed
admin-picture-deliveries-none = Every site has confirmed everything.
admin-picture-waiting = Sign-outs that they are to be told of, counted up to 200 each
admin-picture-behind = Entries of the revocation feed
admin-prefix = Name begins with
admin-search = Search
admin-none = There are none yet.
admin-none-found = No name begins with this.
admin-next = Next page
admin-built-in = Built in
admin-built-in-hint = This role is part of the product: what it permits stays as it is, and later versions may let it do more.
admin-role-second-factor = Its holders must prove two factors when they sign in
admin-role-asks-second-factor = Its holders must prove two factors when they sign in.
admin-name = Name
admin-description = What it is for (optional)
admin-external-id = Id in the system that manages it (optional)
admin-external-id-hint = Directories that provision groups find this one by it.
admin-external-id-fact = Id in the system that manages it: { $id }
admin-save = Save
admin-back = Back
admin-title-with-error = Error: { $title }
admin-stored = By now it is called { $name }. What it is for: { $description }
admin-group-since = Created { $time }
admin-group-roles = Its members have these roles by it.
admin-group-no-roles = Its members have no role by it.
admin-members = Members
admin-no-members = Nobody is in this group.
admin-member-remove = Remove
admin-add-group-title = Add a group
admin-add-group-effect = Nobody is in it yet, and it gives nobody any rights.
admin-change-group-title = Change the group
admin-change-group-effect = Sites that are told about groups see a new name at the next sign-in or renewal.
admin-remove-group-title = Remove the group
admin-remove-group-lead = { $name } will be gone for good.
admin-remove-group-members = { $count ->
    [0] Nobody is in it.
    [one] 1 person is in it, and keeps their account.
   *[other] { $count } people are in it, and keep their accounts.
}
admin-remove-group-many = More than { $count } people are in it, and keep their accounts.
admin-remove-loses = What goes with it: { $roles }
admin-add-member-title = Add a person
admin-add-member-lead = Who is to be in { $name }?
admin-add-member-roles = The person gets these roles by it: { $roles }
admin-person = Username or email address
admin-remove-member-title = Remove from the group
admin-remove-member-lead = { $person } will not be in { $name } any more.
admin-give-group-role-effect = All members have what the role permits at once. You can give what you have yourself.
admin-take-group-role-lead = The members of { $name } will not have the role { $role } by it any more.
admin-take-group-role-members = { $count ->
    [0] Nobody is in the group.
    [one] 1 person is in the group, and loses the role.
   *[other] { $count } people are in the group, and lose the role.
}
admin-take-group-role-many = More than { $count } people are in the group, and lose the role.
admin-take-group-role-effect = What it permits ends at once, and sites that were told of it are told again. Members who have the role themselves or by another group keep it.
admin-permissions = What it permits
admin-permissions-hint = You can give what you have yourself.
admin-no-permissions = It permits nothing here. Sites may go by it.
admin-add-role-title = Add a role
admin-add-role-effect = Nobody has it yet.
admin-change-role-title = Change the role
admin-change-role-effect = Everybody with the role gets or loses these rights at once.
admin-remove-role-title = Remove the role
admin-remove-role-lead = { $name } will be gone for good.
admin-remove-role-people = { $count ->
    [0] Nobody was given it in person.
    [one] 1 person loses it, and what it permits, at once.
   *[other] { $count } people lose it, and what it permits, at once.
}
admin-remove-role-many = More than { $count } people lose it, and what it permits, at once.
admin-remove-role-groups = { $count ->
    [0] No group has it.
    [one] 1 group has it, whose members lose it.
   *[other] { $count } groups have it, whose members lose it.
}
admin-done-added = { $name } was added.
admin-done-changed = { $name } was changed.
admin-done-same = Nothing changed: { $name } was like that before.
admin-done-removed = { $name } was removed.
admin-done-member-added = { $person } is in { $name } now.
admin-done-member-removed = { $person } is not in { $name } any more.
admin-done-group-role-given = The members of this group have the role { $name } now.
admin-done-group-role-taken = The members of this group do not have the role { $name } by it any more.
admin-problem-name = Give it a name of at most 128 bytes, without characters that cannot be seen.
admin-problem-taken = There is another one of this name. Choose a different name.
admin-problem-description = Say what it is for in at most 500 bytes.
admin-problem-person = Nobody signs in with this name.
admin-problem-changed = Somebody changed this in the meantime. Nothing of yours is lost: look at it again, and press the button to have it your way.
admin-problem-permission = This takes rights that you do not have.
admin-problem-no-second-factor = No second factor is offered here. Switch one on in the configuration first.
admin-problem-last = Nobody could administer this service any more. Make another person an administrator first.
admin-people-title = People
admin-people-lead = Who has an account, how they sign in, and where.
people-search = Name, username, email address or id
people-search-unreadable = Type at least one letter or digit, and at most 200 characters.
people-state = Account
people-state-any = Any
people-state-active = Active
people-state-disabled = Switched off
people-state-deleting = Being deleted
people-without-second-factor = Only people without a second factor
people-in-group = In the group { $name }.
people-with-role = With the role { $name }.
people-everybody = Show everybody
people-none-found = Nobody was found.
people-none-so-far = Nobody among those looked through so far. The next page goes on with the rest.
people-not-permitted = Your roles do not let you see this.
people-out-of-reach = This person may do things here that you may not. You can look, and sign them out; the rest is for somebody with the same rights.
people-disabled = This account is switched off: nobody can sign in with it.
people-deleting = This person asked for their account to be deleted. That happens at { $time }, unless they sign in before.
people-since = Account opened { $time }
people-last-sign-in = Last signed in { $time }
people-no-sign-in = No sign-in of late
people-id = Id:
people-password = Password
people-password-none = There is none.
people-password-set = Set
people-password-temporary = Temporary, good until { $time }. It is replaced at the next sign-in.
people-one-factor = The password alone signs this person in.
people-saved-by-browser = Saved by the browser, and not asked for after the password
people-duty-own = This person must prove two factors.
people-duty-role = A role of this person asks for two factors.
people-roles-by-groups = By a group: { $roles }
people-no-roles = No role
people-no-groups = In no group
people-take-role = Take away
people-leave-group = Take out
people-codes = { $count ->
    [0] No recovery code is left.
    [one] 1 recovery code is left.
   *[other] { $count } recovery codes are left.
}
people-sessions = Signed in
people-no-sessions = Signed in nowhere
people-open = { $count ->
    [one] 1 open sign-in
   *[other] { $count } open sign-ins
}
people-sites = { $count ->
    [0] No site has access
    [one] 1 site has access
   *[other] { $count } sites have access
}
people-sessions-title = Sign-ins and sites
people-more-sessions = { $count ->
    [one] 1 more is open, used longer ago.
   *[other] { $count } more are open, used longer ago.
}
people-end-session = Sign out
people-sites-title = Sites with access
people-no-sites = No site has access to this account.
people-site-sessions = { $count ->
    [0] not in use
    [one] in use with 1 sign-in
   *[other] in use with { $count } sign-ins
}
people-site-scope = Allowed: { $scope }
people-activity-title = All activity
people-audit = Audit log of this person
people-no-activity = Nothing has happened with this account yet.
people-event-copied = A site’s access ended: it may have been copied
people-event-exported = Copy of their data made
people-event-registration = Somebody wanted to create another account with an address of theirs
people-event-mail = Email about the account sent
people-event-mail-given-up = Email about the account could not be delivered
people-event-removed = Account removed
people-event-by = By { $name }
people-event-by-client = By the program { $name }
people-event-by-console = At the console, by the system user { $name }
people-account = Account
people-ends-sessions = { $count ->
    [0] No sign-in is open at the moment.
    [one] 1 open sign-in ends at once.
   *[other] { $count } open sign-ins end at once.
}
people-ends-sites = { $count ->
    [one] 1 site is told that it is over.
   *[other] { $count } sites are told that it is over.
}
people-told = The person is told by email, if they have a confirmed address.
people-disable-title = Switch the account off
people-disable-lead = { $person } will not be able to sign in.
people-disable-effect = Everything stays as it is, and the account can be switched on again.
people-enable-title = Switch the account on
people-enable-lead = { $person } will be able to sign in again.
people-enable-effect = What was ended when the account was switched off stays ended.
people-sign-out-title = Sign out everywhere
people-sign-out-lead = { $person } will be signed out on every device.
people-sign-out-effect = They can sign in again at once. If a stranger knows the password, set a new one as well.
people-everybody-out-title = Sign everybody out
people-everybody-out-lead = Every person is signed out on every device, you as well. Do this when sign-ins may have been stolen, or after an old copy of the database was restored.
people-everybody-out-open = { $count ->
    [0] No sign-in is open at the moment.
    [one] 1 open sign-in ends at once, at the sites too.
   *[other] { $count } open sign-ins end at once, at the sites too.
}
people-everybody-out-many = More than { $count } open sign-ins end at once, at the sites too.
people-everybody-out-again = Everybody can sign in again at once, a thief who knows a password too.
people-everybody-out-trace = The audit log keeps that it was you.
people-remove-title = Delete the account
people-remove-lead = { $person } will be gone for good.
people-remove-effect = Profile, addresses, sign-in methods and what sites were allowed are deleted at once. This cannot be undone.
people-remove-name = Username and addresses are free for others. The activity log keeps the id.
people-reset-title = Remove all second factors
people-reset-lead = { $count ->
    [one] { $person } has 1 second factor. It will be removed, with all recovery codes.
   *[other] { $person } has { $count } second factors. They will be removed, with all recovery codes.
}
people-reset-effect = After that the password alone signs this person in. Make sure that you are talking to them.
people-remove-method-title = Remove the second factor
people-remove-method-lead = { $name } of { $person } will be removed.
people-remove-method-last = It is the last one: the recovery codes go with it, and after that the password alone signs this person in.
people-remove-method-effect = The other second factors stay.
people-end-session-title = Sign out of this device
people-end-session-lead = { $person } will be signed out on { $name }.
people-disconnect-title = Disconnect the site
people-disconnect-lead = { $name } will lose its access to the account of { $person }.
people-disconnect-effect = A site that asks for permission asks again when it is opened next.
people-take-role-title = Take the role away
people-take-role-lead = { $person } will not have the role { $name } any more.
people-take-role-effect = What it permits ends at once, and sites that were told of it are told again. What this person has by a group stays.
people-leave-group-lead = { $person } will not be in { $name } any more.
people-leave-group-effect = Sites that were told of it are told again.
people-give-role-title = Give a role
people-give-role-lead = Which role is { $name } to have?
people-give-role-effect = The person has what the role permits at once. You can give what you have yourself.
people-role-name = Name of the role
people-join-group-title = Add to a group
people-join-group-lead = Which group is { $name } to be in?
people-join-group-effect = The person has the roles of the group at once.
people-group-name = Name of the group
people-add-holder-title = Give it to a person
people-add-holder-lead = Who is to have the role { $name }?
people-holders = Who has it
people-no-holders = Nobody was given this role in person.
people-holder-groups = { $count ->
    [one] 1 group has it as well.
   *[other] { $count } groups have it as well.
}
people-all-with-role = Find people with this role
people-all-in-group = Find people in this group
people-address = Email address
people-add-address-lead = Another address of { $person }. Addresses that are confirmed already get an email about it.
people-vouch = I know that this address is theirs
people-vouch-hint = Then they sign in with it, and emails about the account go there.
people-address-lead = An address of { $person }
people-verify-effect = They sign in with it from then on, and emails about the account go there.
people-verify = Confirm for them
people-make-primary-effect = Sites that ask for the email address get this one.
people-remove-address-effect = Nobody signs in with it any more, and no emails go there.
people-address-keeps-username = It cannot be removed, since it is the username as well. Change the username first.
people-password-title = New password
people-password-lead = For { $person }
people-link-heading = By email
people-link-to = A link goes to { $addresses }. It is good for one hour, and works once.
people-link-effect = The old password works until they choose a new one. Then everything that was signed in with the old one ends.
people-send-link = Send the link
people-make-heading = Told by you
people-make-effect = A password is made that you read out to them. At the next sign-in they choose their own.
people-make = Make a temporary password
people-new-password-title = Temporary password
people-new-password-lead = The old password of { $person } does not work any more.
people-new-password-added = { $person } was added.
people-new-password-username = Signs in as { $name }
people-new-password-until = Good until { $time }, and replaced at the next sign-in.
people-new-password-once = It is shown this once. Pass it on in a way that nobody else reads.
people-new-password-done = I have passed it on
people-add-title = Add a person
people-add-lead = A temporary password is made, which you pass on. At the first sign-in they choose their own.
people-add-or = With an email address it is easier to:
people-username = Username
people-username-hint = What they sign in with. No spaces.
people-username-optional = Username (optional)
people-username-invited = Without one, they choose it themselves.
people-name-optional = Full name (optional)
people-invite-title = Invite a person
people-invite-lead = They get an email with a link, by which they open their account and choose a password.
people-letter-language = Language of the email
people-invitations-title = Invitations
people-invitations-lead = Sent, and not followed yet.
people-no-invitations = No invitation is open.
people-invitation-sent = Sent { $time }
people-invitation-until = Good until { $time }
people-withdraw = Take back
people-withdraw-title = Take the invitation back
people-withdraw-lead = The link in the email will not work any more.
people-change-title = Change name and profile
people-change-lead = What { $person } signs in with, and what sites may be told.
people-group-about = About the person
people-duty-tick = Must prove two factors when signing in
people-duty-stored-on = Saved now: must prove two factors
people-duty-stored-off = Saved now: no such duty
people-done-invited = An invitation is on its way to { $person }.
people-done-withdrawn = The invitation to { $person } is taken back.
people-done-changed = { $person } was changed.
people-done-same = Nothing changed: it was like that before.
people-done-disabled = The account of { $person } is switched off, and everything that was open has ended.
people-done-enabled = The account of { $person } is switched on again.
people-done-signed-out = { $person } is signed out everywhere.
people-done-disconnected = { $name } has no access to the account of { $person } any more.
people-done-method-removed = { $name } is removed, and { $person } is signed out everywhere.
people-done-methods-reset = All second factors of { $person } are removed, and they are signed out everywhere.
people-done-link-sent = A link for a new password is on its way to { $person }.
people-done-role-given = { $person } has the role { $name } now.
people-done-role-taken = { $person } does not have the role { $name } any more.
people-done-address-added = { $name } is an address of { $person } now.
people-done-address-verified = { $name } is confirmed: { $person } signs in with it.
people-done-address-primary = { $name } is the primary address of { $person } now.
people-done-address-removed = { $name } is no address of { $person } any more.
people-done-removed = The account of { $person } is deleted.
people-problem-role = There is no role of this name.
people-problem-group = There is no group of this name.
people-problem-username = A username has 1 to 256 characters, without spaces or characters that cannot be seen.
people-problem-username-taken = Somebody else signs in with this username. Choose a different one.
people-problem-address = This is not an email address. It looks like name@example.com.
people-problem-address-taken = Somebody else signs in with this address.
people-problem-addresses = A person can have at most 20 addresses. Remove one first.
people-problem-address-stays = The username would have to change with it. Change the username first, or confirm the other address.
people-problem-name = Enter a name without line breaks and characters that cannot be seen, of at most 1000 characters.
people-problem-letter = No email reaches this person: no email is sent here, no address is confirmed, or the account is switched off.
people-problem-over = This was over before you pressed the button.
admin-problem-next-key = The next key cannot sign yet: it is not there, or some site might not hold it. The list of keys says from when on it may.
admin-problem-key = This key does not sign by now, or is there no more. Look at the list of keys again.
admin-problem-delivery = It arrived in the meantime, or is not worth another try.
admin-problem-secret = A secret stays: it is the only one, or somebody changed the secrets in the meantime.
admin-problem-field = Something cannot be taken as it is. What it is stands beside its field.
admin-done-logo-set = { $name } has a new logo now.
admin-done-logo-removed = { $name } has no logo any more.
admin-problem-logo-large = This file is too large. Choose one of up to 32 KiB.
admin-problem-logo-pixels = This picture must be 1 to 1024 pixels wide and high.
admin-problem-logo-format = This file cannot be read as a picture. Choose a PNG, WebP or SVG file.
admin-problem-logo-active = This SVG file has a script or a document type. Export it as plain SVG.
admin-done-secret-removed = A secret of { $name } is not accepted any more.
admin-done-rotated = The next key signs from now on.
admin-done-key-retired = Key { $name } signs nothing more.
admin-done-key-given-up = Key { $name } is marked as compromised. What it signed is void.
admin-done-retried = It is tried again at once.
admin-done-given-up = It was given up.
admin-clients-title = Sites
admin-clients-lead = The sites, apps and programs that are registered here.
admin-keys-title = Keys
admin-keys-lead = What tokens are signed with.
admin-audit-title = Audit log
admin-audit-lead = Who did what, when and from where.
admin-deliveries-title = Deliveries
admin-deliveries-lead = What is on its way to sites and people.
admin-settings-title = Settings
admin-settings-lead = How this server is configured. To change it, edit the configuration and restart.
admin-settings-notes = Worth knowing
admin-settings-own = Changed settings
admin-settings-none = None: every setting has its default.
admin-settings-usual = Settings with their defaults
admin-setting-file = from { $file }
admin-setting-environment = from the environment
admin-setting-flag = from the command line
admin-not-set = not set
admin-keys-picture = In each picture, time runs from one end to the other, and the upright line is now. An outline is a key that waits, a full bar one that signs, a thin bar one that signs no more.
admin-key-next = Next
admin-key-active = Signs
admin-key-retired = Retired
admin-key-next-facts = Published { $time }. It may sign from { $until } on.
admin-key-active-facts = Took over { $time }. The next one takes over on { $until }.
admin-key-retired-facts = Stopped signing { $time }. What it signed is accepted until { $until }.
admin-key-retire = Retire
admin-key-give-up = Mark as compromised
admin-rotate-title = Rotate now
admin-rotate-lead = This key signs from now on:
admin-rotate-no-next = No key is ready to sign.
admin-rotate-old = The key that signs now is retired. What it signed stays good until it expires.
admin-rotate-nobody = Nobody is signed out, and sites need do nothing.
admin-retire-key-title = Retire the key
admin-retire-key-lead = This key signs nothing more:
admin-retire-key-next = The next key signs from now on.
admin-retire-key-unused = What it signed stays good until it expires.
admin-give-up-key-title = Mark the key as compromised
admin-give-up-key-lead = Do this when somebody else may have this key:
admin-give-up-key-void = What it signed is void at once.
admin-give-up-key-next = The next key signs from now on, and a new one is made to follow it.
admin-give-up-key-sites = People stay signed in. Their sites fetch new tokens.
admin-deliveries-logout = Sign-out notices
admin-deliveries-mails = Emails
admin-deliveries-feed = Revocation feed
admin-deliveries-none = There are none.
admin-deliveries-logout-effect = “Try again” tells the site at once that the session ended. After “Give up” it learns of it when its tokens expire.
admin-deliveries-mails-effect = “Try again” hands the email to the mail server at once. After “Give up” it is never sent.
admin-delivery-client = Id of the site
admin-delivery-state = State
admin-delivery-any = Any
admin-delivery-pending = Waiting
admin-delivery-done = Arrived
admin-delivery-given-up = Given up
admin-delivery-facts = { $count ->
    [0] { $time }, not tried yet
    [one] { $time }, tried once
   *[other] { $time }, tried { $count } times
}
admin-delivery-person = Person
admin-delivery-error = Last try:
admin-delivery-retry = Try again
admin-delivery-give-up = Give up
admin-feed-lead = How far the processes of each site know what was revoked.
admin-feed-none = No site follows the feed.
admin-feed-connected = Connected
admin-feed-away = Not connected
admin-feed-up-to-date = up to date
admin-feed-behind = { $count ->
    [one] { $count } entry behind
   *[other] { $count } entries behind
}
admin-feed-confirmed = last confirmed { $time }
admin-yes = Yes
admin-no = No
admin-add-client-title = Add a site
admin-add-client-effect = People can sign in there once the site is set up with its id. A site that can keep a secret gets one, which is shown once.
admin-change-client-title = Change the site
admin-change-client-effect = This counts at once. What the site was given by something that it then has no more ends.
admin-client-id = Id
admin-client-id-short = Id
admin-client-id-hint = Left empty, one is chosen. It stays as it is.
admin-client-is-public = It cannot keep a secret: an app, or a page without a server
admin-client-since = Registered { $time }.
admin-client-public = It cannot keep a secret.
admin-client-confidential = It proves itself with a secret.
admin-client-no-feed = None of its processes follows it.
admin-client-deliveries = Sign-out notices to this site
admin-client-events = Audit log of this site
admin-client-seen = What people see
admin-client-name = Name
admin-client-color = Colour
admin-client-color-hint = # and six hexadecimal digits, such as #0b6e80.
admin-client-uri = Home page
admin-client-policy = Privacy policy
admin-client-tos = Terms of service
admin-client-first-party = It is one of our own: people are not asked before it learns about them
admin-client-flow = How people come back to it
admin-client-redirects = Addresses for the way back
admin-client-redirects-hint = One a line, exactly as its requests say them:
admin-client-after-logout = Addresses after signing out
admin-client-code = People sign in there
admin-client-refresh = It may renew its tokens while they are signed in
admin-client-own-name = It may get tokens in its own name
admin-client-pkce = Its sign-ins must be protected by PKCE
admin-client-told = What it is told
admin-client-scope = Scope
admin-client-scope-hint = All that it may ask for, separated by spaces.
# A scope may be meant for the site alone, or be mistyped.
admin-client-scope-unknown = This server gives no meaning to these scopes: { $scope }. A site that reads them in its tokens may.
admin-client-audience = Audience of its tokens
admin-client-audience-hint = Left empty, the site itself.
admin-client-lifetime = Lifetime of its access tokens in seconds
admin-client-lifetime-hint = From 60 to 86400. Left empty, as for all sites.
admin-client-claims = Claims of roles, groups and attributes
admin-client-claims-hint = One a line. The examples tell all roles; the groups whose names begin with shop-, without that beginning; and an attribute, in the ID token alone:
admin-client-encryption = Public key for encrypted ID tokens
admin-client-encryption-hint = As JWK. Left empty, ID tokens are signed and not encrypted.
admin-client-access = Who may sign in there
admin-client-roles = Only people with these roles
admin-client-roles-hint = One a line. Without any role or group, everybody may.
admin-client-groups = Or in these groups
admin-client-networks = Only from these networks
admin-client-networks-hint = One a line. Without any, from everywhere:
admin-client-acr = Only with sign-ins of this class
admin-client-ends = How it learns that a session ended
admin-client-logout = Address for sign-out notices (back-channel logout)
admin-client-logout-session = It needs the id of the session there
admin-client-feed = It may follow the revocation feed
admin-field-stored = By now:
admin-client-fits-id = An id has 1 to 64 characters of A-Z a-z 0-9 . _ ~ -
admin-client-id-taken = Another site has this id. Choose a different one.
admin-client-fits-name = A name has 1 to 100 characters, all of which can be seen.
admin-client-fits-color = A colour is # and six hexadecimal digits, such as #0b6e80.
admin-client-fits-link = Enter a whole address that begins with https://
admin-client-fits-redirects = An address is whole: https for a site, http for the computer itself, or a scheme of an app’s own with a dot in it. It has no *, no #, no user name, no host in a private network, and in its query nothing that answers bring.
admin-client-redirects-none = People who sign in there must be able to come back. Enter an address, or untick “People sign in there”.
admin-client-fits-grants = Tick at least one way in which it gets tokens.
admin-client-own-name-public = What cannot keep a secret gets no tokens in its own name.
admin-client-fits-pkce = What cannot keep a secret always needs PKCE.
admin-client-fits-scope = A scope is at most 2048 characters: words with one space between them, without quotes, backslashes and accents.
admin-client-fits-audience = An audience has 1 to 256 bytes, all of which can be seen.
admin-client-audience-permissions = { $scope } permits something at the administration API. Then the audience must be { $audience }.
admin-client-fits-lifetime = Enter a whole number of seconds from 60 to 86400.
admin-client-fits-claims = This is no mapping: see the examples. A claim whose name means something else already is not taken.
admin-client-claims-many = At most 16 claims are told, each name once, each to at least one place.
admin-client-claims-unknown = There is no attribute { $name }.
admin-client-claims-rights = People may change { $name } themselves, and the site would take the claim { $claim } for what they may do there.
admin-client-fits-encryption = Enter a public RSA key of 2048 to 4096 bits as JWK, for the encryption of ID tokens (RSA-OAEP-256). A private key that was entered here must not be used any more.
admin-client-fits-names = A name has 1 to 128 bytes, without spaces at its ends and characters that cannot be seen.
admin-client-roles-unknown = There is no role { $name } that could let people sign in.
admin-client-groups-unknown = There is no group { $name } that could let people sign in.
admin-client-fits-networks = Enter one network a line, as in the examples.
admin-client-access-many = At most 100 roles, 100 groups and 100 networks decide who may sign in there.
admin-client-fits-acr = A class is one word without quotes and backslashes.
admin-client-acr-unknown = No class is called { $name } here. There are: { $known }
admin-client-fits-logout = Enter an address that begins with https://, without # and a user name. http:// is for the computer itself alone.
admin-client-logout-private = The address leads to { $address }, which is not public. Allow its network in the configuration of back-channel logout first.
admin-client-fits-logout-session = There is no address for sign-out notices. Enter one, or untick this.
admin-client-fits-feed = Only what can keep a secret may follow the revocation feed.
admin-client-budget = Its access tokens would have { $size } bytes, more than { $budget }. Tell it less by claims.
admin-client-fits-not = This cannot be taken as it is.
admin-logo-title = Logo
admin-logo-lead = What people recognise { $name } by: where they sign in, are asked for consent, and see the sites that know them.
admin-logo-none = There is none now. People see the first letter of the name instead.
admin-logo-file = Logo file
admin-logo-hint = PNG, WebP or plain SVG, up to 32 KiB and 1024 × 1024 pixels. People should see it well on light and on dark.
admin-logo-save = Use this logo
admin-logo-remove = Remove the logo
admin-secrets-title = Secrets
admin-secrets-lead = What { $name } proves itself with. All of them are accepted, so that one can be replaced without an outage.
admin-secrets-added = { $name } was added.
admin-secrets-hint = Each is named by its fingerprint, the oldest first.
admin-secret-once = Copy this secret now. It is not shown again.
admin-secret-add = Add a secret
admin-secret-remove = Remove
admin-secret-remove-effect = A site that still uses a removed secret cannot renew tokens any more.
admin-secret-remove-older = Remove all but the newest
admin-remove-client-title = Remove the site
admin-remove-client-lead = { $name } will be gone for good.
admin-remove-client-grants = { $count ->
    [0] Nobody is signed in there.
    [one] { $count } sign-in there ends.
   *[other] { $count } sign-ins there end.
}
admin-remove-client-many = More than { $count } sign-ins there end.
admin-remove-client-tokens = Its tokens and its secrets are good no more.
admin-remove-client-sessions = People stay signed in here and at other sites.
admin-audit-event = What happened
admin-audit-any = Anything
admin-audit-person = Person
admin-audit-actor = Done by
admin-audit-address = From the IP address
admin-audit-since = From this day on
admin-audit-until = Up to and including this day
admin-audit-day-hint = Days are those of UTC, such as 2026-11-30.
admin-audit-unread = One of the filters asks for something that cannot be looked for. It is marked below.
admin-audit-unfit = Nobody is known by this. Look at it again.
admin-audit-unfit-session = No sign-in has such an id.
admin-audit-session = Id of the sign-in
admin-audit-same-session = Same sign-in
admin-audit-unfit-address = Type an IP address, such as 203.0.113.7.
admin-audit-unfit-day = Type a day, such as 2026-11-30.
admin-audit-none = Nothing of this kind happened.
admin-audit-more = Nothing found so far. There are earlier entries.
admin-audit-older = Earlier
admin-audit-from = from { $address }
admin-audit-copy = Download all that match
admin-audit-lines = JSON Lines
admin-audit-csv = CSV
admin-audit-filter = Filter
admin-audit-filtered = Only what matches the filter is shown.
admin-audit-all = Show everything
audit-signed-in = Sign-in
audit-sign-in-failed = Sign-in refused
audit-sign-in-throttled = Sign-in blocked after too many failures
audit-second-step-failed = Wrong second step
audit-passkey-counter-stood = A passkey may have been copied
audit-signed-out = Sign-out
audit-consent-given = Site allowed
audit-consent-refused = Site refused
audit-access-denied = Not let in at a site
audit-consent-withdrawn = Site disconnected
audit-code-reused = Sign-in code used twice
audit-code-replayed = Sign-in code came from elsewhere
audit-refresh-token-reused = Spent refresh token used
audit-token-revoked = Token revoked by its site
audit-client-refused = Site could not prove itself
audit-user-added = Person added
audit-password-set = Password set by an administrator
audit-password-changed-by-user = Password changed
audit-password-reset-requested = Link to a new password asked for
audit-password-link-sent = Administrator sent a link to a new password
audit-password-reset = New password by a link
audit-not-me-reported = “This was not me”
audit-registration-requested = Link to an account asked for
audit-registered = Account opened
audit-invited = Person invited
audit-invitation-withdrawn = Invitation taken back
audit-method-added = Sign-in method added
audit-method-removed = Sign-in method removed
audit-passkey-demanded = Passkey asked for from now on
audit-recovery-code-used = Recovery code used
audit-second-step-link-sent = Link in place of the second step sent
audit-second-step-link-used = Link in place of the second step used
audit-recovery-codes-made = Recovery codes made
audit-methods-reset = Second factors removed by an administrator
audit-device-named = Device named
audit-user-disabled = Account switched off
audit-user-enabled = Account switched on
audit-user-changed = Person changed
audit-address-added = Address added
audit-address-verified = Address confirmed
audit-address-removed = Address removed
audit-primary-changed = Other primary address
audit-profile-changed-by-user = Profile changed
audit-picture-changed-by-user = Picture changed
audit-data-exported = Copy of the data taken
audit-terms-accepted = Terms accepted
audit-deletion-requested = Deletion asked for
audit-deletion-taken-back = Deletion taken back
audit-account-deleted = Account deleted as asked for
audit-user-removed = Person removed
audit-user-signed-out = Person signed out everywhere
audit-everybody-signed-out = Everybody signed out
audit-client-added = Site registered
audit-client-changed = Site changed
audit-client-removed = Site removed
audit-client-secret-added = Secret of a site added
audit-client-secrets-removed = Secrets of a site removed
audit-group-added = Group added
audit-group-changed = Group changed
audit-group-removed = Group removed
audit-member-added = Put into a group
audit-member-removed = Taken out of a group
audit-role-added = Role added
audit-role-changed = Role changed
audit-role-removed = Role removed
audit-role-given = Role given
audit-role-taken = Role taken away
audit-attribute-added = Attribute defined
audit-attribute-changed = Attribute changed
audit-attribute-removed = Attribute removed
audit-administrator-link-made = Link to become an administrator made
audit-administrator-by-link = Became an administrator by a link
audit-keys-rotated = Signing keys rotated
audit-key-compromised = Signing key marked as compromised
audit-keys-reset = All signing keys replaced
audit-master-key-rotated = Master key rotated
audit-backup-made = Backup made
audit-restored = Restored from a backup
audit-mail-sent = Email sent
audit-mail-given-up = Email given up
audit-mail-retried = Email tried again
audit-logout-retried = Sign-out notice tried again
audit-logout-given-up = Sign-out notice given up
permission-users-read = See people: profile, addresses, sign-in methods, devices
permission-users-manage = Add, invite, change, disable and remove people
permission-credentials-manage = Set passwords, and remove second factors and passkeys
permission-attributes-manage = Define attributes of people, and remove them with everybody's values
permission-sessions-manage = Sign people out, and disconnect sites
permission-groups-read = See groups and who is in them
permission-groups-manage = Make, change and remove groups, and decide who is in them
permission-roles-read = See roles and who has them
permission-roles-manage = Make, change and remove roles, and give them to people and groups
permission-clients-read = See the registrations of sites
permission-clients-manage = Register, change and remove sites, and replace their secrets
permission-keys-read = See signing keys
permission-keys-manage = Rotate signing keys, and mark them as compromised
permission-audit-read = Read the audit log
permission-settings-read = See the settings
permission-deliveries-read = See emails and notices on their way
permission-deliveries-manage = Send emails and notices again, and give them up

profile-title = Your profile
profile-title-with-error = Error: Your profile
profile-lead = Sites that may see your profile learn what you enter here. You can leave any of it empty.
profile-kept = The people who run { $provider } look after the fields you cannot type in. Tell them if something is wrong.
profile-save = Save
profile-saved = Your profile is saved.
profile-same = It was saved like this already.
profile-unfit = Nothing is saved yet. Please look at the fields that are marked.
profile-stale = Your profile was changed after you opened this page, in another tab or by somebody else. Nothing of yours is saved yet: below each field that differs you see what is saved now. Save again to replace it.
profile-stored = Saved now: { $value }
profile-stored-none = Saved now: nothing
profile-group-name = Name
profile-group-about = About you
profile-group-language = Language and time
profile-group-phone = Phone
profile-phone-audience = For sites that may see your phone number.
profile-group-address = Postal address
profile-address-audience = For sites that may see your postal address.
claim-name = Full name
claim-given-name = Given name
claim-middle-name = Middle name
claim-family-name = Family name
claim-nickname = Nickname
claim-gender = Gender
claim-birthdate = Date of birth
claim-birthdate-hint = Such as 1990-04-12. Only the year will do, or 0000-04-12 for no year.
claim-birthdate-form = Enter year, month and day, such as 1990-04-12.
claim-profile = Profile page
claim-website = Website
claim-web-hint = Begins with https://
claim-web-form = Enter an address that begins with https:// or http://.
claim-locale = Language
claim-locale-none = As each browser asks for
claim-locale-hint = For these pages, for emails to you, and for sites.
claim-locale-form = Choose a language from the list.
claim-zoneinfo = Time zone
claim-zoneinfo-hint = Such as Europe/Paris.
claim-zoneinfo-form = Enter a time zone such as Europe/Paris.
claim-phone-number = Phone number
claim-phone-number-hint = Nobody checks whether it is yours, and sites are told so.
claim-street-address = Street and house number
claim-locality = City
claim-region = State or province
claim-postal-code = Postal code
claim-country = Country
claim-too-long = This is too long.
claim-characters = Leave out line breaks and characters that cannot be seen.

## Your picture

picture-title = Your picture
picture-title-with-error = Error: Your picture
picture-lead = Sites that may see your profile can show it, and so can anybody who has its address from them.
picture-alt = Your picture now
picture-elsewhere = You have a picture that is kept somewhere else. It stays until you choose another one or remove it.
picture-file = Picture file
picture-hint = JPEG, PNG or WebP, up to 10 MB. The middle is kept as a square. What else the file says, such as where it was taken, is not kept.
picture-save = Use this picture
picture-remove = Remove picture
picture-set = This is your picture now.
picture-removed = Your picture is removed. Sites may show it for up to a day, or for as long as they keep a copy.
picture-missing = Choose a file first.
picture-unreadable = This file cannot be read as a picture. Choose a JPEG, PNG or WebP file.
picture-too-large = This picture is too large. Choose one of up to 10 MB and 25 million pixels.
picture-throttled = You have tried many pictures. Wait { $time } and try again.
picture-busy = Many pictures are being read right now. Try again in a few seconds.

## Your data

export-title = Your data
export-lead = A copy of everything that is kept about you here, in one file.
export-contents = It has your profile with your addresses and your picture, your sign-in methods without any secret, the devices and sites you signed in at, what happened to your account, and when emails were sent to you. The format is JSON. Keep the file where nobody else finds it.
export-download = Download

## Deleting an account

delete-title = Delete your account
delete-title-with-error = Error: Delete your account
# $date is such as 21 Nov 2026, 03:47 UTC.
delete-later = Your account will be deleted on { $date }.
delete-at-once = Your account will be deleted at once, and nobody can bring it back.
delete-signed-out = You are signed out everywhere right away.
delete-what-goes = Your profile, your sign-in methods, and your connections to sites go for good.
delete-sites = What sites have kept about you stays there. Only they can delete it.
delete-take-back = Until then you can take it back: sign in as usual.
# A link to the page of the copy follows.
delete-export-first = Do you want a copy first?
delete-understood = I understand, and want to delete my account.
delete-unticked = Tick this box if you want to delete your account.
delete-submit = Delete account
delete-cancel = Keep my account
delete-last-administrator = You are the only administrator. If your account were deleted, nobody could administer this service any more. Make another person an administrator first.
deleted-title = Your account is deleted
deleted-title-later = Your account will be deleted
deleted-lead = Nothing of it is left. You can close this page.
deleted-lead-later = This happens on { $date }. You are signed out everywhere. If you change your mind until then, sign in.
keep-title = Do you want to keep your account?
keep-lead = You asked for it to be deleted. That will happen on { $date }.
keep-submit = Keep my account and sign in
keep-cancel = Let it be deleted

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
# Begins with the words of the button that it stands for.
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
activity-passkey-counter-stood = A passkey was used that may have been copied
activity-second-step-failed = Sign-in failed: right password, wrong second step
activity-signed-out = Signed out
activity-consent-given = Site connected
activity-consent-refused = Access for a site refused
activity-access-denied = Not let in at a site
activity-consent-withdrawn = Site disconnected
activity-copied = A site’s access ended for your safety: it may have been copied
activity-copied-refused = A used link to a site came again and was refused
activity-user-added = Account opened
activity-password-set = New password set
activity-password-changed = Password changed
activity-password-reset-requested = Link for a new password asked for
activity-password-link-sent = Link for a new password sent
activity-password-reset = New password chosen by a link
activity-not-me = Signed out by “This was not me” in an email
activity-registration-requested = Somebody wanted to create another account with your address
activity-registered = Account created
activity-recovery-code-used = Recovery code used
activity-second-step-link-sent = Sign-in: link sent by mail instead of the second factor
activity-second-step-link-used = Link from an email used instead of the second factor
activity-recovery-codes-made = New recovery codes made
activity-method-added = Sign-in method added
activity-method-removed = Sign-in method removed
activity-passkey-demanded = Passkey asked for after the password from then on
activity-methods-reset = Second step of signing in removed
activity-device-named = Device renamed
activity-user-disabled = Account switched off
activity-user-enabled = Account switched on again
activity-user-changed = Name or profile changed
activity-address-added = Email address added
activity-address-verified = Email address confirmed
activity-address-removed = Email address removed
activity-primary-changed = Primary email address changed
activity-profile-changed = Profile changed
activity-picture-changed = Picture changed
activity-data-exported = Copy of your data made
activity-terms-accepted = Terms of use accepted
activity-deletion-requested = Deletion of the account asked for
activity-deletion-taken-back = Account kept after all
activity-user-signed-out = Signed out everywhere
activity-member-added = Put into a group
activity-member-removed = Taken out of a group
activity-role-given = Role given
activity-role-taken = Role taken away
activity-administrator-by-link = Became an administrator
activity-mail-sent = Email about your account sent to you
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
secure-password-lead = The person who signed in as you may know the one you have now.
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
letter-why = { $provider } sends this to keep your account safe. Nobody reads replies to it.
letter-new-sign-in-subject = New sign-in to your account
letter-new-sign-in-lead = Somebody signed in to your account on a device that has not been used for it before.
letter-new-sign-in-mine = If this was you, there is nothing to do.
letter-new-sign-in-not-mine = If it was not you, somebody knows your password: open the link below at once. It ends that sign-in, and leads to another password.
# Leads to the page that begins with not-me-title, or where there is no link to it, with secure-title.
letter-not-me-action = This was not me
letter-not-me-good-for = The link works without signing in, and is good for 14 days. A person who has it can sign you out, and no more than that.
letter-password-set-subject = Your password was changed
letter-password-set-lead = The password of your account was changed. Devices that were signed in with the old one are signed out.
letter-password-set-mine = If you changed it, or asked for it, there is nothing more to do.
letter-password-set-not-mine = If you did not, somebody else is in your account: open the link below at once, and tell the people who run { $provider }.
letter-account-action = Go to your account
letter-methods-action = See your sign-in methods
letter-method-added-subject = An authenticator app was added to your account
letter-method-added-lead = From now on, signing in to your account takes a code from an app after the password.
letter-method-added-mine = If you added the app, there is nothing more to do.
letter-method-added-not-mine = If you did not, somebody is in your account: change your password at once and remove the app.
letter-method-removed-subject = An authenticator app was removed from your account
letter-method-removed-lead = Codes from this app do not sign you in any more. After your password you are still asked for a second step.
letter-method-removed-lead-last = You have no second step any more: your password alone now signs you in, and your recovery codes have stopped working.
letter-method-removed-mine = If you removed the app, there is nothing more to do.
letter-method-removed-not-mine = If you did not, somebody is in your account: change your password at once.
letter-passkey-added-subject = A passkey was added to your account
letter-passkey-added-lead = From now on, this passkey signs in to your account, without the password or as its second step.
letter-passkey-added-mine = If you added the passkey, there is nothing more to do.
letter-passkey-added-not-mine = If you did not, somebody is in your account: change your password at once and remove the passkey.
letter-passkey-saved-subject = Your browser saved a passkey for your account
letter-passkey-saved-lead = After you signed in, your browser saved a passkey beside your password. With it you sign in without the password. What your account asks for after the password stays as it was.
letter-passkey-saved-mine = If you signed in, there is nothing more to do. You can remove the passkey at any time.
letter-passkey-demanded-subject = Your account now asks for a passkey
letter-passkey-demanded-lead = From now on, signing in to your account takes this passkey, or another second step that you have, after the password.
letter-passkey-demanded-mine = If you chose this, there is nothing more to do.
letter-passkey-demanded-not-mine = If you did not, somebody is in your account: change your password at once and check your sign-in methods.
letter-passkey-removed-subject = A passkey was removed from your account
letter-passkey-removed-lead = This passkey does not sign you in any more. After your password you are still asked for a second step.
letter-passkey-removed-lead-last = This passkey does not sign you in any more. You have no second step any more: your password alone now signs you in, and your recovery codes have stopped working.
letter-passkey-removed-mine = If you removed the passkey, there is nothing more to do.
letter-passkey-removed-not-mine = If you did not, somebody is in your account: change your password at once.
letter-methods-reset-subject = The second step was removed from your account
letter-methods-reset-lead = The people who run { $provider } removed the second step of signing in from your account. You are signed out everywhere, and your password alone now signs you in.
letter-methods-reset-mine = If you asked for it, sign in and add a passkey or an authenticator app again.
letter-methods-reset-not-mine = If you did not, tell the people who run { $provider } at once.
letter-wrong-codes-subject = Wrong codes were entered for your account
letter-wrong-codes-lead = Somebody entered your password correctly, and then several wrong codes. None of them let anybody in.
letter-wrong-codes-mine = If this was you, there is nothing to do.
letter-wrong-codes-not-mine = If it was not you, somebody knows your password: change it now.
letter-wrong-codes-action = Change your password
letter-recovery-used-subject = A recovery code was used for your account
letter-recovery-used-lead = { $count ->
        [0] Somebody signed in to your account with a recovery code. It was the last one: make new ones.
        [one] Somebody signed in to your account with a recovery code. One code is left.
       *[other] Somebody signed in to your account with a recovery code. { $count } codes are left.
    }
letter-recovery-used-mine = If this was you, cross the code out on your list.
letter-recovery-used-not-mine = If it was not you, somebody knows your password and has your list: change your password at once, and make new recovery codes.
letter-recovery-made-subject = You have new recovery codes
letter-recovery-made-lead = New recovery codes were made for your account. The ones from before do not work any more.
letter-recovery-made-mine = If you had them made, there is nothing more to do.
letter-recovery-made-not-mine = If you did not, somebody is in your account: change your password at once, and make new recovery codes.
letter-step-link-subject = Continue signing in
letter-step-link-lead = Somebody entered your password at { $provider } and does not have the second factor at hand. Is it you?
letter-step-link-mine = If it is you, open the link in the browser in which you are signing in. On another device it shows a code to enter there. It is good for ten minutes, and works once.
letter-step-link-not-mine = If it is not you, somebody knows your password: do not open the link, do not pass it on to anybody, and change your password at once.
letter-step-link-action = Continue signing in
letter-step-link-used-subject = A link from an email was used to sign in to your account
letter-step-link-used-lead = Somebody signed in to your account with your password and a link from an email, instead of your second factor.
letter-step-link-used-mine = If this was you, there is nothing to do.
letter-step-link-used-not-mine = If it was not you, somebody knows your password and reads your email: open the page below at once, and change the password of your mailbox too.
letter-address = Address
letter-register-subject = Create your account
letter-register-lead = You are about to create an account at { $provider } with this email address.
letter-register-good-for = Open the link to continue. It is good for one day, and works once.
letter-register-not-mine = If it was not you who asked for this, there is nothing to do: without you no account is created.
letter-register-action = Create your account
letter-invitation-subject = You are invited to create an account
letter-invitation-lead = The people who run { $provider } invite you to create an account with this email address.
letter-invitation-name = For
letter-invitation-until = Good until
letter-invitation-good-for = Open the link to continue. It works once.
letter-invitation-not-mine = If you do not know what this is about, there is nothing to do: without you no account is created.
letter-invitation-why = Somebody who runs { $provider } entered this address. Nobody reads replies to this email.
letter-account-exists-subject = You have an account already
letter-account-exists-lead = Somebody wanted to create an account at { $provider } with this email address, which has one already.
letter-account-exists-mine = If it was you, sign in with this address. If you do not know your password, choose “Forgot your password?” there.
letter-account-exists-not-mine = If it was not you, there is nothing to do: nothing was changed.
letter-account-exists-action = Sign in
letter-reset-subject = Choose a new password
letter-reset-lead = Somebody asked for a new password for your account at { $provider }.
letter-reset-good-for = If it was you, open the link and choose one. The link is good for one hour, and works once.
letter-reset-not-mine = If it was not you, there is nothing to do: your password stays as it is. Do not pass the link on to anybody.
letter-reset-action = Choose a new password
letter-verify-address-subject = Confirm your email address
letter-verify-address-lead = This address was added to an account at { $provider }.
letter-verify-address-good-for = If it was you, open the link and confirm it. The link is good for one day, and works once.
letter-verify-address-not-mine = If you do not know this account, do nothing: without you the address does not become part of it.
letter-verify-address-action = Confirm the address
letter-verify-address-why = Somebody entered this address at { $provider }. Nobody reads replies to this email.
letter-address-in-use-subject = Your email address is in use already
letter-address-in-use-lead = Somebody wanted to add this address to another account. You sign in to your account with it, so nothing was changed.
letter-address-in-use-mine = If it was you, remove the address from this account first.
letter-address-in-use-not-mine = If it was not you, there is nothing to do.
letter-addresses-action = See your addresses
letter-address-added-subject = An address was added to your account
letter-address-added-lead = You can sign in to your account with this address from now on, and emails about your account go there as well.
letter-address-removed-subject = An address was removed from your account
letter-address-removed-lead = This address cannot be used to sign in to your account any more, and gets no further emails about it.
letter-primary-address-subject = Your primary address was changed
letter-primary-address-lead = Sites that ask for your email address get this one from now on.
letter-address-mine = If you did this, or asked for it, there is nothing to do.
letter-address-not-mine = If you did not, somebody else is in your account: change your password at once, and tell the people who run { $provider }.
letter-deleted-at = Deletion
letter-deletion-requested-subject = Your account will be deleted
letter-deletion-requested-lead = You asked for your account to be deleted. You are signed out everywhere.
letter-deletion-requested-mine = If this is what you want, there is nothing more to do.
letter-deletion-requested-not-mine = If it is not, sign in until then and keep your account. If you did not ask for it, change your password as well: somebody else knows it.
letter-deletion-requested-action = Sign in and keep your account
letter-deletion-taken-back-subject = Your account stays
letter-deletion-taken-back-lead = Somebody signed in to your account and kept it. It will not be deleted.
letter-deletion-taken-back-not-mine = If this was not you, change your password at once: somebody else knows it.
letter-account-deleted-subject = Your account is deleted
letter-account-deleted-lead = Your account was deleted, as you had asked. This is the last email about it.
letter-account-deleted-sites = What sites have kept about you stays there. Only they can delete it.
letter-account-deleted-why = { $provider } sends this to confirm it. Nobody reads replies to it.
letter-test-subject = Test email
letter-test-lead = Emails from { $provider } arrive here.
letter-test-why = Somebody who runs { $provider } had this sent to try it. Nobody reads replies to it.

## The letters of the demonstration

inbox-title = Emails
inbox-lead = The demonstration sends no email. What would have been sent is here until it stops.
inbox-none = There is no email yet. Sign in with a second browser as a person who is signed in, and one will be here.
inbox-to = To { $address }, { $when }
inbox-open = Open as a mail program shows it

## Attributes

admin-attributes-title = Attributes
admin-attributes-lead = What is kept about people beside their names and addresses.
admin-add-attribute-title = Add an attribute
admin-add-attribute-effect = Nobody has a value of it yet.
admin-change-attribute-title = Change the attribute
admin-change-attribute-effect = It changes for everybody at once. Values that people have must still fit.
admin-remove-attribute-title = Remove the attribute
admin-remove-attribute-lead = { $name } will be gone for good.
admin-remove-attribute-people = { $count ->
    [0] Nobody has a value of it.
    [one] One person loses their value.
   *[other] { $count } people lose their values.
}
admin-remove-attribute-many = More than { $count } people lose their values.
admin-remove-attribute-sites = { $count ->
    [0] No site is told of it.
    [one] One site is told of it no more, and gets new tokens without it.
   *[other] { $count } sites are told of it no more, and get new tokens without it.
}
admin-problem-attribute-name = Choose another name: small letters from a to z, digits and _, a letter first, and none that people have already.
admin-problem-label = The label has at most 100 characters on one line.
admin-problem-attribute-bounds = The bounds do not fit the kind of value: a text has 1 to 255 characters, and a choice 1 to 100 different lines of at most 100 characters. The other kinds have neither.
admin-problem-attributes = There are as many attributes as there can be. Remove one first.
admin-problem-attribute-in-use = People have values that would not fit any more. Change or remove those first.
admin-problem-attribute-rights = A site would take this for what people may do there, so they cannot be left to change it themselves. Change the claims of the site first.
admin-problem-attribute-large = The tokens of a site that is told of this would become too large. Choose a smaller bound, or change the claims of the site first.
attribute-name = Name for sites and programs:
attribute-name-hint = Small letters, digits and _. It stays as it is.
attribute-label = Label
attribute-label-hint = What people read on pages. Without one it is the name.
attribute-kind = Kind of value
attribute-kind-string = Text
attribute-kind-choice = Choice
attribute-kind-integer = Whole number
attribute-kind-boolean = Yes or no
attribute-kind-date = Day
attribute-several = A person can have several values
attribute-length = { $count ->
    [one] At most one character
   *[other] At most { $count } characters
}
attribute-choices = To choose from: { $choices }
attribute-max-length = Longest text
attribute-max-length-hint = In characters, for a text: 1 to 255.
attribute-choice-list = Choices
attribute-choice-list-hint = One a line, for a choice.
attribute-multiple = People can have several values
attribute-multiple-hint = For texts and choices.
attribute-access = Who sees and changes values
attribute-access-hint = Administrators who manage people see and change all of them.
attribute-access-administrators = Administrators only
attribute-access-person-sees = The person sees their own
attribute-access-person-changes = The person sees and changes their own
attribute-people = { $count ->
    [0] Nobody has a value of it.
    [one] One person has a value of it.
   *[other] { $count } people have a value of it.
}
attribute-people-many = More than { $count } people have a value of it.
attribute-stored = By now it is { $label }: { $kind }. { $access }.
attributes-group = More details
attribute-none = No value
attribute-true = Yes
attribute-false = No
attribute-lines-hint = One value a line.
attribute-too-long = { $count ->
    [one] At most one character fits.
   *[other] At most { $count } characters fit.
}
attribute-no-choice = Choose one of the values there are.
attribute-no-integer = Type a whole number, such as 42.
attribute-no-date = Type a day, such as 2026-11-30.
attribute-too-many = These are too many values.
attribute-together = This is too long beside the other values.
