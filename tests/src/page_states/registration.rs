//! The pages on which a person opens an account: asking for the letter, the form that it leads to, and links that open none.

use super::links::{address, void};
use super::{Look, PageState, state};
use idp_core::password::policy::Weakness;
use idp_core::user::UnfitClaim;
use idp_server::page::{
    AccountWait, BecomeAdministratorPage, CreateAccountPage, DisplayText, LetterFormError, LetterFormPage,
    LetterLeadsTo, LetterSentPage, NewPasswordField, NewPasswordProblem, TypedText, UsernameField,
    UsernameProblem, VoidLink, VoidLinkPage,
};

pub(super) fn states() -> Vec<PageState> {
    let throttled = LetterFormError::Throttled { retry_after_seconds: 130 };
    vec![
        state("register", |look| register(look, None)),
        state("register-alone", |look| LetterFormPage { client: None, ..register(look, None) }),
        state("register-missing", |look| register(look, Some(LetterFormError::Missing))),
        state("register-malformed", |look| register(look, Some(LetterFormError::Malformed))),
        state("register-once-more", |look| register(look, Some(LetterFormError::OnceMore))),
        state("register-throttled", move |look| register(look, Some(throttled))),
        state("register-busy", |look| register(look, Some(LetterFormError::Busy { retry_after_seconds: 2 }))),
        state("register-sent", |look| LetterSentPage {
            layout: look.layout(),
            to: LetterLeadsTo::Account,
            name: DisplayText::name(&address(look)),
            again: "/register?tx=sample",
            back: "/login?tx=sample",
        }),
        state("create-account", create),
        state("create-account-alone", |look| CreateAccountPage { client: None, ..create(look) }),
        state("create-account-terms", |look| CreateAccountPage { terms: super::link(), ..create(look) }),
        state("create-account-invited", |look| CreateAccountPage {
            client: None,
            name: TypedText::new(look.names.account),
            username: UsernameField::Given(TypedText::new(look.names.account)),
            ..create(look)
        }),
        state("create-account-empty", |look| CreateAccountPage {
            name_problem: Some(UnfitClaim::Empty("name".to_owned())),
            new: NewPasswordField { minimum: 15, problem: Some(NewPasswordProblem::Missing) },
            ..create(look)
        }),
        state("create-account-name-long", |look| misnamed(look, UnfitClaim::TooLong("name".to_owned()))),
        state("create-account-name-hidden", |look| {
            misnamed(look, UnfitClaim::ControlCharacter("name".to_owned()))
        }),
        state("create-account-username-taken", |look| {
            with_username(look, UsernameProblem::Taken, look.names.account)
        }),
        state("create-account-username-address", |look| {
            with_username(look, UsernameProblem::IsAddress, &address(look))
        }),
        state("create-account-username-malformed", |look| {
            with_username(look, UsernameProblem::Malformed, &look.text("a b"))
        }),
        state("create-account-common", |look| CreateAccountPage {
            name: TypedText::new(look.names.account),
            new: NewPasswordField { minimum: 15, problem: Some(NewPasswordProblem::Weak(Weakness::Common)) },
            ..create(look)
        }),
        state("create-account-busy", |look| CreateAccountPage {
            wait: Some(AccountWait::Busy { retry_after_seconds: 3 }),
            ..create(look)
        }),
        state("create-account-throttled", |look| CreateAccountPage {
            wait: Some(AccountWait::Throttled { retry_after_seconds: 61 }),
            ..create(look)
        }),
        state("create-administrator", administrator),
        state("create-administrator-empty", |look| CreateAccountPage {
            username_problem: Some(UsernameProblem::Missing),
            ..administrator(look)
        }),
        state("create-administrator-taken", |look| CreateAccountPage {
            username: UsernameField::Chosen(TypedText::new(look.names.account)),
            username_problem: Some(UsernameProblem::Taken),
            ..administrator(look)
        }),
        state("create-administrator-address", |look| CreateAccountPage {
            username: UsernameField::Chosen(TypedText::new(&address(look))),
            username_problem: Some(UsernameProblem::IsAddress),
            ..administrator(look)
        }),
        state("become-administrator", |look| BecomeAdministratorPage {
            layout: look.layout(),
            seal: look.seal(),
            account: look.account(),
        }),
        state("void-link-account", |look| VoidLinkPage {
            again: Some("/register"),
            ..void(look, VoidLink::OfAccount)
        }),
        state("void-link-invitation", |look| VoidLinkPage {
            again: None,
            ..void(look, VoidLink::OfInvitation)
        }),
        state("void-link-administrator", |look| VoidLinkPage {
            again: None,
            ..void(look, VoidLink::OfAdministrator)
        }),
        state("link-opened", |look| VoidLinkPage { again: None, ..void(look, VoidLink::Opened) }),
        state("link-address-taken", |look| void(look, VoidLink::AddressTaken)),
    ]
}

fn administrator(look: &Look) -> CreateAccountPage<'static> {
    CreateAccountPage { client: None, address: None, ..create(look) }
}

fn register(look: &Look, error: Option<LetterFormError>) -> LetterFormPage<'static> {
    let is_empty = matches!(error, None | Some(LetterFormError::Missing));
    let typed = if is_empty { TypedText::default() } else { TypedText::new(&address(look)) };
    LetterFormPage {
        layout: look.layout(),
        to: LetterLeadsTo::Account,
        client: Some(look.client_with_color()),
        seal: look.seal(),
        typed: if error == Some(LetterFormError::Malformed) {
            TypedText::new(&look.text("alice"))
        } else {
            typed
        },
        error,
        back: "/login?tx=sample",
        request_id: look.request_id(),
    }
}

fn create(look: &Look) -> CreateAccountPage<'static> {
    CreateAccountPage {
        layout: look.layout(),
        client: Some(look.client_with_color()),
        seal: look.seal(),
        address: Some(TypedText::new(&address(look))),
        name: TypedText::default(),
        name_problem: None,
        username: UsernameField::Chosen(TypedText::default()),
        username_problem: None,
        terms: None,
        new: NewPasswordField { minimum: 15, problem: None },
        wait: None,
        request_id: look.request_id(),
    }
}

fn misnamed(look: &Look, problem: UnfitClaim) -> CreateAccountPage<'static> {
    CreateAccountPage {
        name: TypedText::new(look.names.account),
        name_problem: Some(problem),
        ..create(look)
    }
}

fn with_username(look: &Look, problem: UsernameProblem, typed: &str) -> CreateAccountPage<'static> {
    CreateAccountPage {
        name: TypedText::new(look.names.account),
        username: UsernameField::Chosen(TypedText::new(typed)),
        username_problem: Some(problem),
        ..create(look)
    }
}
