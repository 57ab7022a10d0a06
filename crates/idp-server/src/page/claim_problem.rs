//! What a page says of a claim that a person typed.

use idp_core::user::UnfitClaim;

/// The id of the words beside its field.
pub(super) fn words(unfit: &UnfitClaim) -> &'static str {
    match unfit {
        UnfitClaim::Empty(_) => "create-account-name-missing",
        UnfitClaim::TooLong(_) => "claim-too-long",
        UnfitClaim::Form("birthdate", _) => "claim-birthdate-form",
        UnfitClaim::Form("zoneinfo", _) => "claim-zoneinfo-form",
        UnfitClaim::Form("locale", _) => "claim-locale-form",
        UnfitClaim::Form(..) => "claim-web-form",
        UnfitClaim::ControlCharacter(_)
        | UnfitClaim::VerifiesNothing(..)
        | UnfitClaim::VerifiedPhoneNumber => "claim-characters",
    }
}
