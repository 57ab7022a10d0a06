//! The flags that say which e-mail addresses a person has.

use clap::Args;
use idp_core::{mail_address::MailAddress, user::AddressChange};

#[derive(Args, Debug)]
pub(super) struct FirstAddresses {
    /// An e-mail address, not verified yet; may be repeated. Sites are told the first, or the first that is vouched for
    #[arg(long = "add-mail", visible_alias = "email", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    added: Vec<MailAddress>,
    /// An e-mail address that is the person's for sure; may be repeated. They sign in with it as well
    #[arg(long = "vouch-mail", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    vouched: Vec<MailAddress>,
}

#[derive(Args, Debug)]
pub(super) struct AddressFlags {
    /// Adds an e-mail address, which is not verified yet; may be repeated
    #[arg(long = "add-mail", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    added: Vec<MailAddress>,
    /// Vouches that an e-mail address is the person's, and adds it if need be; may be repeated. They sign in with it as well
    #[arg(long = "vouch-mail", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    vouched: Vec<MailAddress>,
    /// The e-mail address that sites are told
    #[arg(long = "primary-mail", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    primary: Option<MailAddress>,
    /// Removes an e-mail address; may be repeated
    #[arg(long = "remove-mail", value_name = "ADDRESS", value_parser = MailAddress::parse)]
    removed: Vec<MailAddress>,
}

impl FirstAddresses {
    /// Those that are vouched for come first, so that one of them becomes the primary one.
    pub(super) fn changes(self) -> Vec<AddressChange> {
        let vouched = self.vouched.into_iter().map(AddressChange::Vouch);
        vouched.chain(self.added.into_iter().map(AddressChange::Add)).collect()
    }
}

impl AddressFlags {
    pub(super) fn changes(self) -> Vec<AddressChange> {
        let first = FirstAddresses { added: self.added, vouched: self.vouched }.changes().into_iter();
        let primary = self.primary.into_iter().map(AddressChange::MakePrimary);
        first.chain(primary).chain(self.removed.into_iter().map(AddressChange::Remove)).collect()
    }
}
