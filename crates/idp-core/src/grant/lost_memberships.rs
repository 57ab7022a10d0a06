//! What the loss of a role or a group does to what a person granted a client (M10).

use crate::administration::Memberships;
use crate::client::{ClaimTarget, ClientMetadata};

/// What becomes of a grant.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum LossEffect {
    /// It goes on.
    Nothing,
    /// Its access tokens are void; the next refresh brings one without what was lost.
    NewTokens,
    /// It ends: the person may not sign in there any more, or the client has to get another ID token, which a refresh
    /// does not bring.
    End,
}

impl LossEffect {
    /// The effect on the grants of a person at this client who had `before` and now has `after`. What userinfo says is asked for
    /// each time.
    #[must_use]
    pub fn of(client: &ClientMetadata, before: &Memberships, after: &Memberships) -> Self {
        let loses = |target| client.claims_mapping.loses(target, before, after);
        if !client.admits(after) || loses(ClaimTarget::IdToken) {
            Self::End
        } else if loses(ClaimTarget::AccessToken) {
            Self::NewTokens
        } else {
            Self::Nothing
        }
    }

    /// Whether the loss of any of `lost` could have an effect at this client.
    #[must_use]
    pub fn is_possible(client: &ClientMetadata, lost: &Memberships) -> bool {
        let nothing = Memberships::default();
        let targets = [ClaimTarget::AccessToken, ClaimTarget::IdToken];
        client.allowed_roles.iter().any(|role| lost.roles.contains(role))
            || client.allowed_groups.iter().any(|group| lost.groups.contains(group))
            || targets.into_iter().any(|target| client.claims_mapping.loses(target, lost, &nothing))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::client::sample;

    fn roles(names: &[&str]) -> Memberships {
        Memberships {
            roles: names.iter().map(|name| name.parse().unwrap()).collect(),
            ..Memberships::default()
        }
    }

    #[test]
    fn m10_a_loss_reaches_as_far_as_the_client_knows_of_it() {
        let effect = |mapping: &str, allowed: &[&str], before: &[&str], after: &[&str]| {
            let client = ClientMetadata {
                claims_mapping: vec![mapping.parse().unwrap()].into(),
                allowed_roles: allowed.iter().map(|name| name.parse().unwrap()).collect(),
                ..sample::client(sample::confidential()).metadata
            };
            LossEffect::of(&client, &roles(before), &roles(after))
        };
        let (both, one) = (&["a", "b"][..], &["a"][..]);
        assert_eq!(effect("r=roles", &[], both, one), LossEffect::NewTokens);
        assert_eq!(effect("r=roles@access_token,id_token", &[], both, one), LossEffect::End);
        assert_eq!(effect("r=roles@userinfo", &[], both, one), LossEffect::Nothing);
        assert_eq!(effect("r=groups", &[], both, one), LossEffect::Nothing);
        assert_eq!(effect("r=roles", &[], one, both), LossEffect::Nothing);
        assert_eq!(effect("r=groups", &["b"], both, one), LossEffect::End);
        assert_eq!(effect("r=groups", &["a", "b"], both, one), LossEffect::Nothing);
    }
}
