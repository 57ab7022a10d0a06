//! A user with all their addresses: the names that they sign in with, and what a change makes of them.

use super::attribute::AttributeValues;
use super::{AddressChange, MailAddresses, SignInName, UnfitAddress, User};
use crate::mail_address::MailAddress;
use crate::time::UnixTime;
use crate::username::Username;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A user, and the addresses that are said to be theirs.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user. `email` and `email_verified` among the claims speak of the primary address.
    pub user: User,
    /// The addresses.
    pub addresses: MailAddresses,
    /// What an operator wants to know of them beside the claims.
    pub attributes: AttributeValues,
}

impl Account {
    /// Everything that this person may type to sign in.
    #[must_use]
    pub fn sign_in_names(&self) -> BTreeSet<SignInName> {
        let addresses = self.addresses.verified().map(SignInName::from);
        addresses.chain([SignInName::from(&self.user.username)]).collect()
    }

    /// The account with other addresses, and another username if one is given. A username that was the primary address
    /// follows it to the next: who no longer has an address must not sign in by it, nor keep it from its next owner.
    ///
    /// # Errors
    /// [`UnfitAddress`].
    pub fn with_names(
        self,
        username: Option<Username>,
        changes: &[AddressChange],
        now: UnixTime,
        new_id: impl FnMut() -> Uuid,
    ) -> Result<Self, UnfitAddress> {
        let addresses = self.addresses.clone().after(changes, now, new_id)?;
        let username = match username {
            Some(given) => given,
            None => following(&self, &addresses)?,
        };
        let name = SignInName::from(&username);
        let mut removed = self.addresses.iter().filter(|known| addresses.get(&known.address).is_none());
        if let Some(kept) = removed.find(|known| SignInName::from(&known.address) == name) {
            return Err(UnfitAddress::StaysUsername(kept.address.clone()));
        }
        let mut user = User { username, ..self.user };
        let primary = addresses.primary();
        user.claims.email = primary.map(|known| known.address.as_str().to_owned());
        user.claims.email_verified = primary.map(|known| known.verified_at.is_some());
        Ok(Self { user, addresses, attributes: self.attributes })
    }

    /// The same after an act of the person, who may do less than an operator. Sites are told no address of theirs that is not
    /// verified, and one that is verified stays, so that letters reach them and a lost password can be replaced.
    ///
    /// # Errors
    /// [`UnfitAddress`].
    pub fn with_own_change(
        self,
        change: &AddressChange,
        now: UnixTime,
        new_id: impl FnMut() -> Uuid,
    ) -> Result<Self, UnfitAddress> {
        let verified: Vec<&MailAddress> = self.addresses.verified().collect();
        match change {
            AddressChange::MakePrimary(address) if !verified.contains(&address) => {
                return Err(UnfitAddress::NotVerified(address.clone()));
            }
            AddressChange::Remove(address) if verified == [address] => {
                return Err(UnfitAddress::LastVerified(address.clone()));
            }
            _ => {}
        }
        self.with_names(None, std::slice::from_ref(change), now, new_id)
    }
}

/// The username beside these addresses, when no other is given.
fn following(before: &Account, after: &MailAddresses) -> Result<Username, UnfitAddress> {
    let username = &before.user.username;
    let name = SignInName::from(username);
    let is_name = |address: &MailAddress| SignInName::from(address) == name;
    let follows = before.addresses.primary().is_some_and(|primary| is_name(&primary.address));
    let Some(next) = after.primary().filter(|next| follows && !is_name(&next.address)) else {
        return Ok(username.clone());
    };
    let refused = || UnfitAddress::UsernameNotVerified(next.address.clone());
    if next.verified_at.is_none() {
        return Err(refused());
    }
    Username::parse(next.address.as_str()).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::ada;
    use super::AddressChange::{Add, MakePrimary, Remove, Vouch};
    use super::*;

    fn address(name: &str) -> MailAddress {
        MailAddress::parse(&format!("{name}@x.example")).unwrap()
    }

    fn changed(account: &Account, changes: &[AddressChange]) -> Result<Account, UnfitAddress> {
        account.clone().with_names(None, changes, UnixTime(7), Uuid::max)
    }

    fn account(username: &str, changes: &[AddressChange]) -> Account {
        let user = User { username: Username::parse(username).unwrap(), ..ada(Default::default()) };
        changed(
            &Account { user, addresses: MailAddresses::default(), attributes: AttributeValues::default() },
            changes,
        )
        .unwrap()
    }

    fn names(account: &Account) -> Vec<String> {
        account.sign_in_names().iter().map(|name| name.as_str().replace("@x.example", "@")).collect()
    }

    #[test]
    fn the_username_and_the_verified_addresses_are_names() {
        let both = [Add(address("A")), Vouch(address("B"))];
        let ada = account("ada", &both);
        assert_eq!(names(&ada), ["ada", "b@"]);
        assert_eq!(ada.user.claims.email.as_deref(), Some("A@x.example"));
        assert_eq!(ada.user.claims.email_verified, Some(false));
        let swapped = changed(&ada, &[MakePrimary(address("b")), Remove(address("a"))]).unwrap();
        assert_eq!(names(&swapped), ["ada", "b@"]);
        assert_eq!(swapped.user.claims.email.as_deref(), Some("B@x.example"));
        assert_eq!(swapped.user.claims.email_verified, Some(true));
        let none = changed(&swapped, &[Remove(address("b"))]).unwrap();
        assert_eq!((names(&none), none.user.claims), (vec!["ada".to_owned()], Default::default()));
        assert_eq!(names(&account("a@x.example", &[Vouch(address("a"))])), ["a@"], "two that are one");
    }

    #[test]
    fn a_username_that_is_the_primary_address_goes_with_it() {
        let ada = account("a@x.example", &[Vouch(address("a")), Vouch(address("b"))]);
        let moved = changed(&ada, &[MakePrimary(address("B")), Remove(address("a"))]).unwrap();
        assert_eq!((moved.user.username.as_str(), names(&moved)), ("b@x.example", vec!["b@".to_owned()]));
        let unverified = [Add(address("c")), MakePrimary(address("c"))];
        assert_eq!(
            changed(&ada, &unverified).map(|_| ()),
            Err(UnfitAddress::UsernameNotVerified(address("c")))
        );
        let named = ada.clone().with_names(
            Some(Username::parse("ada").unwrap()),
            &unverified,
            UnixTime(7),
            Uuid::max,
        );
        assert_eq!(names(&named.unwrap()), ["a@", "ada", "b@"]);
        // One that only looks like an address, or is another than the primary one, stays.
        for name in ["b@x.example", "z@x.example"] {
            let ada = account(name, &[Vouch(address("a")), Vouch(address("b")), Vouch(address("c"))]);
            let moved = changed(&ada, &[MakePrimary(address("c"))]).unwrap();
            assert_eq!(moved.user.username.as_str(), name);
        }
    }

    #[test]
    fn a_person_tells_sites_no_address_that_is_not_verified_and_keeps_one_that_is() {
        let own = |account: &Account, change: AddressChange| {
            account.clone().with_own_change(&change, UnixTime(7), Uuid::max)
        };
        let ada = account("ada", &[Vouch(address("a")), Add(address("b")), Vouch(address("c"))]);
        assert_eq!(
            own(&ada, MakePrimary(address("b"))).map(drop),
            Err(UnfitAddress::NotVerified(address("b")))
        );
        let moved = own(&ada, MakePrimary(address("C"))).unwrap();
        assert_eq!(moved.user.claims.email.as_deref(), Some("c@x.example"));
        let left = own(&moved, Remove(address("a"))).unwrap();
        assert_eq!(own(&left, Remove(address("c"))).map(drop), Err(UnfitAddress::LastVerified(address("c"))));
        assert!(own(&left, Remove(address("b"))).is_ok());
        // Where none is verified, none has to stay.
        let eve = account("eve", &[Add(address("a"))]);
        assert!(own(&eve, Remove(address("a"))).is_ok());
    }

    #[test]
    fn an_address_that_stays_the_username_is_not_removed() {
        let removed = |changes: &[AddressChange]| {
            let ada = account("a@x.example", changes);
            changed(&ada, &[Remove(address("a"))]).map(|_| ())
        };
        assert_eq!(removed(&[Vouch(address("a"))]), Err(UnfitAddress::StaysUsername(address("a"))));
        let second = [Vouch(address("b")), Vouch(address("a"))];
        assert_eq!(removed(&second), Err(UnfitAddress::StaysUsername(address("a"))));
    }
}
