//! The e-mail addresses of one person: which of them are verified, and which one sites are told. An address that is not
//! verified is no name to sign in with, and is in no one's way: several people may say that it is theirs.

use crate::mail_address::MailAddress;
use crate::time::UnixTime;
use uuid::Uuid;

/// More than a person has, and a bound on what one account fills.
pub const MOST_ADDRESSES: usize = 20;

/// An address of a person.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct KnownAddress {
    /// Tells it from one that is removed and added again.
    pub id: Uuid,
    /// The address.
    pub address: MailAddress,
    /// Since when it is known to be the person's; `None` when they or an operator only say so.
    pub verified_at: Option<UnixTime>,
    /// Whether it is the one that sites are told.
    pub is_primary: bool,
    /// When it was added.
    pub added_at: UnixTime,
}

/// All of them, in the order in which they were added. If there are any, one is the primary one.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct MailAddresses(Vec<KnownAddress>);

/// One thing to do to them.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum AddressChange {
    /// Adds one that is not verified. One that is there stays as it is.
    Add(MailAddress),
    /// Takes one for verified, and adds it if need be.
    Vouch(MailAddress),
    /// Makes one the primary one.
    MakePrimary(MailAddress),
    /// Removes one.
    Remove(MailAddress),
}

/// Why addresses are not changed.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum UnfitAddress {
    /// A change of one that is not there.
    #[error("{0} is none of their addresses")]
    Unknown(MailAddress),
    /// The primary one goes while there are others.
    #[error("{0} is the primary address; make another one primary first")]
    Primary(MailAddress),
    /// One more than are kept.
    #[error("a person has at most {MOST_ADDRESSES} addresses")]
    TooMany,
    /// It would become the username too, and so keep its owner from verifying it.
    #[error(
        "{0} would take the place of the former primary address as the username, and is not verified; vouch for it, or give another username"
    )]
    UsernameNotVerified(MailAddress),
    /// It would stay a name to sign in with.
    #[error("{0} is the username as well; give another username with it")]
    StaysUsername(MailAddress),
    /// The person would tell sites an address that is not known to be theirs.
    #[error("{0} is not verified")]
    NotVerified(MailAddress),
    /// The person would be left without an address that letters go to.
    #[error("{0} is the only verified address")]
    LastVerified(MailAddress),
}

impl MailAddresses {
    /// As they are stored.
    #[must_use]
    pub fn new(mut known: Vec<KnownAddress>) -> Self {
        known.sort_by_key(|known| (known.added_at, known.id));
        Self(known)
    }

    /// One after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &KnownAddress> {
        self.0.iter()
    }

    /// The one that sites are told.
    #[must_use]
    pub fn primary(&self) -> Option<&KnownAddress> {
        self.0.iter().find(|known| known.is_primary)
    }

    /// Those that are known to be the person's.
    pub fn verified(&self) -> impl Iterator<Item = &MailAddress> {
        self.0.iter().filter(|known| known.verified_at.is_some()).map(|known| &known.address)
    }

    /// The one of this id.
    #[must_use]
    pub fn by_id(&self, id: Uuid) -> Option<&KnownAddress> {
        self.0.iter().find(|known| known.id == id)
    }

    /// This address, if it is one of them.
    #[must_use]
    pub fn get(&self, address: &MailAddress) -> Option<&KnownAddress> {
        self.0.iter().find(|known| known.address == *address)
    }

    /// They as they are after these changes, which are made in this order. The first address becomes the primary one.
    ///
    /// # Errors
    /// [`UnfitAddress`].
    pub fn after(
        mut self,
        changes: &[AddressChange],
        now: UnixTime,
        mut new_id: impl FnMut() -> Uuid,
    ) -> Result<Self, UnfitAddress> {
        for change in changes {
            match change {
                AddressChange::Add(address) => drop(self.have(address, now, &mut new_id)?),
                AddressChange::Vouch(address) => {
                    self.have(address, now, &mut new_id)?.verified_at.get_or_insert(now);
                }
                AddressChange::MakePrimary(address) => self.make_primary(address)?,
                AddressChange::Remove(address) => self.remove(address)?,
            }
        }
        Ok(self)
    }

    fn have(
        &mut self,
        address: &MailAddress,
        now: UnixTime,
        new_id: &mut impl FnMut() -> Uuid,
    ) -> Result<&mut KnownAddress, UnfitAddress> {
        let place = self.0.iter().position(|known| known.address == *address);
        if place.is_none() {
            let is_primary = self.0.is_empty();
            let (id, address) = (new_id(), address.clone());
            self.0.push(KnownAddress { id, address, verified_at: None, is_primary, added_at: now });
        }
        let place = place.unwrap_or(self.0.len() - 1);
        self.0.get_mut(place).filter(|_| place < MOST_ADDRESSES).ok_or(UnfitAddress::TooMany)
    }

    fn make_primary(&mut self, address: &MailAddress) -> Result<(), UnfitAddress> {
        self.get(address).ok_or_else(|| UnfitAddress::Unknown(address.clone()))?;
        for known in &mut self.0 {
            known.is_primary = known.address == *address;
        }
        Ok(())
    }

    fn remove(&mut self, address: &MailAddress) -> Result<(), UnfitAddress> {
        let known = self.get(address).ok_or_else(|| UnfitAddress::Unknown(address.clone()))?;
        if known.is_primary && self.0.len() > 1 {
            return Err(UnfitAddress::Primary(address.clone()));
        }
        self.0.retain(|known| known.address != *address);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::AddressChange::{Add, MakePrimary, Remove, Vouch};
    use super::*;

    fn address(name: &str) -> MailAddress {
        MailAddress::parse(&format!("{name}@example.com")).unwrap()
    }

    /// `*` for the primary one, `+` for a verified one.
    fn after(changes: &[AddressChange]) -> Result<String, UnfitAddress> {
        let mut ids = 0_u128..;
        let mut new_id = || Uuid::from_u128(ids.next().unwrap());
        let known = MailAddresses::default().after(changes, UnixTime(7), &mut new_id)?;
        assert_eq!(MailAddresses::new(known.0.iter().rev().cloned().collect()), known, "in the order of ids");
        let shown = known.iter().map(|known| {
            let primary = if known.is_primary { "*" } else { "" };
            let verified = if known.verified_at.is_some() { "+" } else { "" };
            format!("{}{primary}{verified}", known.address.canonical().split('@').next().unwrap())
        });
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_first_address_is_the_primary_one_until_another_is() {
        let [a, b] = [address("a"), address("b")];
        for (changes, expected) in [
            (vec![], ""),
            (vec![Add(a.clone())], "a*"),
            (vec![Add(a.clone()), Vouch(b.clone())], "a* b+"),
            (vec![Add(a.clone()), Vouch(a.clone()), Add(a.clone()), Add(address("A"))], "a*+"),
            (vec![Add(a.clone()), Vouch(b.clone()), MakePrimary(b.clone())], "a b*+"),
            (vec![Add(a.clone()), Add(b.clone()), MakePrimary(b.clone()), Remove(a.clone())], "b*"),
            (vec![Add(a.clone()), Remove(a.clone())], ""),
            (vec![Add(a.clone()), Remove(a.clone()), Add(b.clone())], "b*"),
        ] {
            assert_eq!(after(&changes).unwrap(), expected, "{changes:?}");
        }
    }

    #[test]
    fn what_would_leave_a_person_without_a_primary_address_is_refused() {
        let [a, b] = [address("a"), address("b")];
        let both = [Add(a.clone()), Add(b.clone())];
        let with = |more: AddressChange| after(&[&both[..], &[more]].concat());
        assert_eq!(with(Remove(a.clone())), Err(UnfitAddress::Primary(a)));
        assert_eq!(with(Remove(address("c"))), Err(UnfitAddress::Unknown(address("c"))));
        assert_eq!(with(MakePrimary(address("c"))), Err(UnfitAddress::Unknown(address("c"))));
        let many: Vec<_> = (0..MOST_ADDRESSES).map(|number| Add(address(&number.to_string()))).collect();
        assert!(after(&many).is_ok());
        assert_eq!(after(&[&many[..], &[Add(b)]].concat()), Err(UnfitAddress::TooMany));
        assert!(after(&[&many[..], &[Vouch(address("0"))]].concat()).is_ok(), "none more");
    }
}
