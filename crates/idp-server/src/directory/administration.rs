//! The acts of administrators: the directory under the right of a caller. Each act asks for its permission first, and
//! the store asks again in the transaction, in which the right may have been withdrawn.

use super::{Directory, DirectoryError};
use crate::db::audit_events::AuditContext;
use crate::db::authority::{Authority, Principal};
use idp_core::administration::{Permission, Permissions};
use std::ops::Deref;
use uuid::Uuid;

/// Who administers, and what they may.
#[derive(Clone, Debug)]
pub struct Caller {
    principal: Principal,
    /// What the token or the session allows of it.
    ceiling: Permissions,
    /// What they could do when they were looked up.
    held: Permissions,
    address: Option<String>,
}

impl Caller {
    /// An operator at the console of the machine, by the name of their account there.
    #[must_use]
    pub fn console(account: &str) -> Self {
        let all = Permissions::all();
        let principal = Principal::Console(account.to_owned());
        Self { principal, ceiling: all, held: all, address: None }
    }

    /// Somebody who has `held` and whose token or session allows `ceiling` of it.
    #[must_use]
    pub const fn new(
        principal: Principal,
        held: Permissions,
        ceiling: Permissions,
        address: Option<String>,
    ) -> Self {
        Self { principal, ceiling, held, address }
    }

    /// Who it is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What they may do.
    #[must_use]
    pub const fn permissions(&self) -> Permissions {
        self.held.intersection(self.ceiling)
    }
}

/// The directory in the hands of an administrator.
#[derive(Copy, Clone)]
pub struct Administration<'a> {
    /// What it works with.
    pub directory: Directory<'a>,
    /// Who administers.
    pub caller: &'a Caller,
}

impl Administration<'_> {
    /// That the caller has `permission`.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`].
    pub fn require(&self, permission: Permission) -> Result<(), DirectoryError> {
        self.require_all(permission.into())
    }

    /// That the caller has all of these.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`].
    pub fn require_all(&self, needs: Permissions) -> Result<(), DirectoryError> {
        match needs.without(self.caller.permissions()) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(DirectoryError::NotPermitted(missing)),
        }
    }

    /// The right to an act that takes `needs`, for its transaction.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`] when the caller does not have it to begin with.
    pub(super) fn right(&self, needs: impl Into<Permissions>) -> Result<Authority, DirectoryError> {
        let needs = needs.into();
        self.require_all(needs)?;
        let Caller { principal, ceiling, address, .. } = self.caller.clone();
        Ok(Authority::of(principal, ceiling, needs).from_address(address))
    }

    /// The same to an act on a person, who must not have more rights than the caller.
    pub(super) fn right_over(
        &self,
        user: Uuid,
        needs: impl Into<Permissions>,
    ) -> Result<AuditContext, DirectoryError> {
        let by = Some(self.right(needs)?.over(user));
        Ok(AuditContext { by, user: Some(user), ..AuditContext::default() })
    }
}

impl<'a> Deref for Administration<'a> {
    type Target = Directory<'a>;

    fn deref(&self) -> &Directory<'a> {
        &self.directory
    }
}
