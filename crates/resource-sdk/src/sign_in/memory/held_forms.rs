//! Forms that wait while their person is at the provider: what was filled in, for an hour, in this process alone. A form is
//! given once, and only to the person who sent it, in the browser that it came from: the owner of a session must not confirm
//! what a thief has sent. A few of each person are kept, so that no one crowds out the others. What is in them is
//! wiped when they go.

use std::{sync::Arc, time::Duration};

use moka::{ops::compute::Op, policy::EvictionPolicy, sync::Cache};
use zeroize::Zeroizing;

use crate::sign_in::browser::{local_path::LocalPath, seal::SealError, step_up::FormName};

/// Octets of all forms together.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// What an entry takes beside its forms.
const OVERHEAD: usize = 200;
/// Forms of one person; with one more, the oldest goes.
const MOST: usize = 4;
/// As long as the provider's page goes on by itself.
const KEPT_FOR: Duration = Duration::from_secs(3600);

/// What tells a browser from others, of its binding.
pub(crate) type BrowserTag = [u8; 16];

/// The forms of everybody, by `sub`.
pub(crate) struct HeldForms(Cache<String, Vec<Slot>>);

#[derive(Clone)]
struct Slot {
    id: [u8; 16],
    /// The browser that it came from.
    browser: BrowserTag,
    /// Nothing once it was given.
    form: Option<Arc<HeldForm>>,
}

/// A form as it came.
pub(crate) struct HeldForm {
    /// Where it goes.
    pub(crate) action: LocalPath,
    /// `application/x-www-form-urlencoded`.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// What became of a form.
pub(crate) enum Taken {
    /// It is here, and from now on it is not.
    Form(Arc<HeldForm>),
    /// It was given before.
    Given,
    /// Nothing is known of it: after a restart, after an hour, or in another process.
    Unknown,
}

impl Default for HeldForms {
    fn default() -> Self {
        let bytes = |_: &String, slots: &Vec<Slot>| {
            let forms = slots.iter().filter_map(|slot| slot.form.as_ref());
            let bytes: usize = forms.map(|form| form.body.len() + form.action.as_str().len()).sum();
            u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder()
            .weigher(bytes)
            .max_capacity(MAX_BYTES)
            // By age alone: a new entry must not give way to one that is asked for more often.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(KEPT_FOR);
        Self(cache.build())
    }
}

impl HeldForms {
    /// Keeps a form that this person has sent from this browser, and answers its name.
    pub(crate) fn keep(
        &self,
        subject: &str,
        browser: BrowserTag,
        form: HeldForm,
    ) -> Result<FormName, SealError> {
        let name = FormName::new(subject)?;
        let slot = Slot { id: name.id, browser, form: Some(Arc::new(form)) };
        self.0.entry_by_ref(subject).and_upsert_with(|known| {
            let mut slots = known.map(moka::Entry::into_value).unwrap_or_default();
            slots.push(slot);
            let surplus = slots.len().saturating_sub(MOST);
            slots.split_off(surplus)
        });
        Ok(name)
    }

    /// Gives a form to this person in one of these browsers (one, and all that its cookies name), once.
    pub(crate) fn take(&self, subject: &str, browsers: &[BrowserTag], name: &FormName) -> Taken {
        let mut taken = Taken::Unknown;
        self.0.entry_by_ref(subject).and_compute_with(|known| {
            let mut slots = known.map(moka::Entry::into_value).unwrap_or_default();
            let is_it = |slot: &&mut Slot| slot.id == name.id && browsers.contains(&slot.browser);
            let Some(slot) = slots.iter_mut().find(is_it) else {
                return Op::Nop;
            };
            taken = slot.form.take().map_or(Taken::Given, Taken::Form);
            Op::Put(slots)
        });
        taken
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HERE: BrowserTag = [1; 16];

    fn form(octets: usize) -> HeldForm {
        let origin = url::Url::parse("https://a.example").unwrap();
        let action = LocalPath::parse("/x", &origin).unwrap();
        HeldForm { action, body: Zeroizing::new(vec![b'a'; octets]) }
    }

    fn taken(forms: &HeldForms, subject: &str, name: &FormName) -> &'static str {
        match forms.take(subject, &[HERE], name) {
            Taken::Form(_) => "form",
            Taken::Given => "given",
            Taken::Unknown => "unknown",
        }
    }

    #[test]
    fn s60_a_form_is_given_once_and_to_its_person_alone() {
        let forms = HeldForms::default();
        let name = forms.keep("ann", HERE, form(10)).unwrap();
        assert_eq!(taken(&forms, "bob", &name), "unknown");
        assert!(matches!(forms.take("ann", &[[2; 16]], &name), Taken::Unknown), "in another browser");
        assert!(matches!(forms.take("ann", &[], &name), Taken::Unknown), "in one that has no binding");
        assert_eq!(taken(&forms, "ann", &name), "form");
        assert_eq!(taken(&forms, "ann", &name), "given");
        assert_eq!(taken(&HeldForms::default(), "ann", &name), "unknown");
    }

    #[test]
    fn s94_what_is_kept_is_bounded_for_each_person_and_for_all() {
        let forms = HeldForms::default();
        let names: Vec<_> = (0..=MOST).map(|_| forms.keep("ann", HERE, form(65_536)).unwrap()).collect();
        assert_eq!(taken(&forms, "ann", &names[0]), "unknown", "the oldest");
        assert_eq!(taken(&forms, "ann", &names[1]), "form");
        for number in 0..1000 {
            forms.keep(&number.to_string(), HERE, form(65_536)).unwrap();
        }
        forms.0.run_pending_tasks();
        assert!(forms.0.weighted_size() <= MAX_BYTES);
    }
}
