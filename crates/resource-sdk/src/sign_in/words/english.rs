//! English.

use super::{Direction, PageWords, Words};

pub(super) const WORDS: Words = Words {
    tag: "en",
    direction: Direction::LeftToRight,
    try_again: "Try again",
    to_site: "Go to the site",
    to_page: "Go to the page",
    sign_in: "Sign in",
    sign_in_after_all: "Sign in after all",
    sign_out: "Sign out",
    to_sign_out: "Sign out here",
    confirm: "Confirm that it is you",
    go_on: "Continue",
    no_cookies: PageWords {
        title: "This browser keeps no cookies for this site",
        text: "Signing in needs cookies, and this browser kept none for {host}. Allow cookies for that address, then \
               try again.",
    },
    confirm_sign_out: PageWords { title: "Do you want to sign out?", text: "You are signed in." },
    moving_on: PageWords { title: "One moment, please", text: "Your page comes at once." },
    cancelled: PageWords {
        title: "You are not signed in",
        text: "The sign-in was cancelled. Nothing was shared.",
    },
    failed: PageWords {
        title: "Signing in did not work",
        text: "The answer of the sign-in service could not be accepted. You are not signed in.",
    },
    provider_away: PageWords {
        title: "Signing in is not possible now",
        text: "The sign-in service does not answer at the moment. Please try again shortly.",
    },
    try_again_later: PageWords {
        title: "One moment, please",
        text: "Your session cannot be checked at the moment. You stay signed in; please reload shortly.",
    },
    forbidden: PageWords {
        title: "That did not come from here",
        text: "The request did not come from a current page of this site. Nothing was changed.",
    },
    not_a_navigation: PageWords {
        title: "This cannot be embedded",
        text: "Signing in happens in a page of its own.",
    },
    internal_error: PageWords {
        title: "Something is wrong here",
        text: "The site has a problem of its own. It was written down.",
    },
    confirm_first: PageWords {
        title: "Please confirm that it is you",
        text: "For this, the site wants to be sure who you are. Nothing was done yet. Confirm, then do it once more.",
    },
    not_confirmed: PageWords {
        title: "You did not confirm that it is you",
        text: "The confirmation was cancelled. Nothing was done.",
    },
    too_weak: PageWords {
        title: "This needs a stronger sign-in",
        text: "You are signed in, but not in a way that is strong enough for this page. Nothing was done. The sign-in \
               service may offer you another way to prove who you are.",
    },
    too_old: PageWords {
        title: "Please confirm once more",
        text: "This page wants you to have signed in only a moment ago, and it was longer. Nothing was done.",
    },
    send_form: PageWords { title: "Thank you, it is you", text: "What you filled in is sent now." },
    form_sent: PageWords {
        title: "That was sent already",
        text: "What you filled in is sent once only. The page shows what became of it.",
    },
    form_gone: PageWords {
        title: "Please fill in the form once more",
        text: "What you had filled in is no longer here: it waits for an hour at most, and not across a restart of this site. If \
               the page does not show it, fill it in once more.",
    },
    form_of_another: PageWords {
        title: "You are signed in as somebody else",
        text: "The form was filled in by another person. It was not sent, and nothing was done.",
    },
    form_too_long: PageWords {
        title: "That is too long",
        text: "This form takes up to 64 KB. Nothing was done. Go back and shorten it.",
    },
};
