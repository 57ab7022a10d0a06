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
};
