//! "Your profile": the claims of a person that sites may be told, each a field. What the operator keeps for themselves is
//! shown and cannot be typed into.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use idp_core::discovery::path;
use idp_core::user::UnfitClaim;
use std::borrow::Cow;

use super::{
    AttributeField, AttributeShape, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part,
    PictureLink, TypedText, Value, claim_problem, respond,
};
use crate::words::Language;

/// Shows the profile, and takes changes of it.
#[derive(Debug, Template)]
#[template(path = "profile.html")]
pub struct ProfilePage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it; `tx` names the state that it shows.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// Its picture.
    pub picture: Option<PictureLink>,
    /// Whether the person may choose another one.
    pub may_change_picture: bool,
    /// What came of the form that was sent.
    pub notice: Option<ProfileNotice>,
    /// The languages that there are to choose from.
    pub languages: Vec<Language>,
    /// Every field of a profile.
    pub fields: Vec<ProfileField>,
    /// The attributes that the person sees.
    pub attributes: Vec<AttributeField>,
}

impl Page for ProfilePage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// What came of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileNotice {
    /// It is saved.
    Saved,
    /// It changed nothing.
    Same,
    /// Some of it cannot be saved.
    Unfit,
    /// The profile was changed meanwhile.
    Stale,
}

/// A field with what stands in it.
#[derive(Debug, Clone)]
pub struct ProfileField {
    /// One of `idp_core::user::PROFILE_FIELDS`.
    pub name: &'static str,
    /// What is in it.
    pub value: TypedText,
    /// Why that is not saved.
    pub problem: Option<UnfitClaim>,
    /// What is saved instead, when it was changed meanwhile.
    pub stored: Option<DisplayText>,
    /// Whether the person may change it.
    pub is_editable: bool,
}

/// Fields under a heading, and who is told of them.
pub(super) struct Group {
    heading: &'static str,
    audience: Option<&'static str>,
    fields: &'static [Shape],
}

/// What a field looks like.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    kind: Kind,
    autocomplete: &'static str,
    hint: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Line,
    Lines,
    Language,
    Url,
    Phone,
}

const fn line(name: &'static str, label: &'static str, autocomplete: &'static str) -> Shape {
    Shape { name, label, kind: Kind::Line, autocomplete, hint: None }
}

const fn hinted(shape: Shape, kind: Kind, hint: &'static str) -> Shape {
    Shape { kind, hint: Some(hint), ..shape }
}

/// In the order in which people fill them in.
static GROUPS: [Group; 5] = [
    Group {
        heading: "profile-group-name",
        audience: None,
        fields: &[
            line("name", "claim-name", "name"),
            line("given_name", "claim-given-name", "given-name"),
            line("middle_name", "claim-middle-name", "additional-name"),
            line("family_name", "claim-family-name", "family-name"),
            line("nickname", "claim-nickname", "nickname"),
        ],
    },
    Group {
        heading: "profile-group-about",
        audience: None,
        fields: &[
            line("gender", "claim-gender", "sex"),
            hinted(line("birthdate", "claim-birthdate", "bday"), Kind::Line, "claim-birthdate-hint"),
            hinted(line("profile", "claim-profile", "off"), Kind::Url, "claim-web-hint"),
            hinted(line("website", "claim-website", "url"), Kind::Url, "claim-web-hint"),
        ],
    },
    Group {
        heading: "profile-group-language",
        audience: None,
        fields: &[
            hinted(line("locale", "claim-locale", "language"), Kind::Language, "claim-locale-hint"),
            hinted(line("zoneinfo", "claim-zoneinfo", "off"), Kind::Line, "claim-zoneinfo-hint"),
        ],
    },
    Group {
        heading: "profile-group-phone",
        audience: Some("profile-phone-audience"),
        fields: &[hinted(
            line("phone_number", "claim-phone-number", "tel"),
            Kind::Phone,
            "claim-phone-number-hint",
        )],
    },
    Group {
        heading: "profile-group-address",
        audience: Some("profile-address-audience"),
        fields: &[
            Shape {
                kind: Kind::Lines,
                ..line("address.street_address", "claim-street-address", "street-address")
            },
            line("address.locality", "claim-locality", "address-level2"),
            line("address.region", "claim-region", "address-level1"),
            line("address.postal_code", "claim-postal-code", "postal-code"),
            line("address.country", "claim-country", "country-name"),
        ],
    },
];

/// A group as it stands on one page: without fields that are empty and stay so.
pub(super) struct ShownGroup<'a> {
    group: &'static Group,
    pub(super) fields: Vec<ShownField<'a>>,
    is_own: bool,
}

pub(super) struct ShownField<'a> {
    pub(super) shape: &'static Shape,
    pub(super) field: &'a ProfileField,
    /// The first one that something is wrong with.
    pub(super) has_focus: bool,
    /// Whether its person fills it in.
    is_own: bool,
}

/// What speaks to the person whose profile it is.
const SAID_TO_ITS_PERSON: [&str; 2] = ["claim-locale-hint", "claim-phone-number-hint"];

/// The fields in groups, without those that are empty and stay so. Another than their person is offered nothing by their browser.
pub(super) fn grouped(fields: &[ProfileField], is_own: bool) -> Vec<ShownGroup<'_>> {
    let mut focus = fields.iter().find(|field| field.problem.is_some()).map(|field| field.name);
    let mut groups = Vec::new();
    for group in &GROUPS {
        let mut shown = Vec::new();
        for shape in group.fields {
            let known = fields.iter().find(|field| field.name == shape.name);
            if let Some(field) = known.filter(|field| field.is_editable || !field.value.is_empty()) {
                let has_focus = focus.take_if(|name| *name == shape.name).is_some();
                shown.push(ShownField { shape, field, has_focus, is_own });
            }
        }
        if !shown.is_empty() {
            groups.push(ShownGroup { group, fields: shown, is_own });
        }
    }
    groups
}

impl ShownGroup<'_> {
    pub(super) fn heading(&self) -> &'static str {
        match self.group.heading {
            "profile-group-about" if !self.is_own => "people-group-about",
            heading => heading,
        }
    }
}

impl ShownField<'_> {
    pub(super) fn autocomplete(&self) -> &'static str {
        if self.is_own { self.shape.autocomplete } else { "off" }
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
        self.shape.hint.filter(|hint| self.is_own || !SAID_TO_ITS_PERSON.contains(hint))
    }

    /// Whether the language that is saved is none of those to choose from, but for none at all.
    pub(super) fn is_other_language(&self, languages: &[Language]) -> bool {
        !self.field.value.is_empty() && !languages.iter().any(|language| self.is_chosen(language))
    }

    /// No dot, which means something in a selector.
    pub(super) fn id(&self) -> String {
        self.shape.name.replace('.', "-")
    }

    /// A list to choose from is one only for those who may choose.
    pub(super) fn kind(&self) -> Kind {
        match self.shape.kind {
            Kind::Language if !self.field.is_editable => Kind::Line,
            kind => kind,
        }
    }

    pub(super) fn input_type(&self) -> &'static str {
        match self.kind() {
            Kind::Url => "url",
            Kind::Phone => "tel",
            _ => "text",
        }
    }

    /// The ids of what is said about it, the most urgent first.
    pub(super) fn described_by(&self) -> String {
        let id = self.id();
        let said = [
            self.field.problem.as_ref().map(|_| "problem"),
            self.field.stored.as_ref().map(|_| "stored"),
            self.hint().map(|_| "hint"),
        ];
        said.into_iter().flatten().map(|what| format!("{id}-{what}")).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn problem(&self, layout: &Layout) -> Option<Cow<'static, str>> {
        Some(layout.say(claim_problem::words(self.field.problem.as_ref()?)))
    }

    pub(super) fn stored(&self, layout: &Layout) -> Option<Message<'_>> {
        let stored = self.field.stored.as_ref()?;
        if let Some(language) = self.language(stored.as_str()) {
            return Some(layout.message("profile-stored", &[("value", Value::Words(language.name()))]));
        }
        Some(match stored.is_empty() {
            true => layout.message("profile-stored-none", &[]),
            false => layout.message("profile-stored", &[("value", Value::Name(stored))]),
        })
    }

    /// The language of this tag, of the field that holds one.
    fn language(&self, tag: &str) -> Option<Language> {
        let is_language = self.shape.kind == Kind::Language;
        Language::all().find(|language| is_language && language.tag() == tag)
    }

    /// What a line shows: what is kept, and a language by its name.
    pub(super) fn line(&self) -> String {
        let value = self.field.value.to_string();
        self.language(&value).map_or(value, |language| language.name().into_owned())
    }

    pub(super) fn is_chosen(&self, language: &Language) -> bool {
        self.field.value.to_string() == language.tag()
    }
}

impl ProfilePage<'_> {
    /// The page with the status of what came of the form.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = match self.notice {
            Some(ProfileNotice::Unfit) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(ProfileNotice::Stale) => StatusCode::CONFLICT,
            _ => StatusCode::OK,
        };
        respond(self, status, &PageSecurity::own_forms())
    }

    fn is_unsaved(&self) -> bool {
        matches!(self.notice, Some(ProfileNotice::Unfit | ProfileNotice::Stale))
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.is_unsaved() { "profile-title-with-error" } else { "profile-title" })
    }

    fn notice_words(&self) -> Option<Cow<'static, str>> {
        Some(self.layout.say(match self.notice? {
            ProfileNotice::Saved => "profile-saved",
            ProfileNotice::Same => "profile-same",
            ProfileNotice::Unfit => "profile-unfit",
            ProfileNotice::Stale => "profile-stale",
        }))
    }

    fn groups(&self) -> Vec<ShownGroup<'_>> {
        grouped(&self.fields, true)
    }

    fn is_other_language(&self, field: &ShownField<'_>) -> bool {
        field.is_other_language(&self.languages)
    }

    fn some_are_kept(&self) -> bool {
        self.fields.iter().any(|field| !field.is_editable && !field.value.is_empty())
            || self.attributes.iter().any(|field| !field.is_editable)
    }

    fn any_is_editable(&self) -> bool {
        self.fields.iter().any(|field| field.is_editable)
            || self.attributes.iter().any(|field| field.is_editable)
    }

    fn kept(&self) -> Message<'_> {
        self.layout.message("profile-kept", &[("provider", Value::Name(&self.layout.provider))])
    }
}
