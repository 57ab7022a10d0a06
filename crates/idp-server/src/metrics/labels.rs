//! The words of labels, and counters for each of them, made before anything is counted. A label has no other words: nothing of a
//! request, a person or a client becomes one.

use std::{borrow::Cow, fmt::Error, marker::PhantomData};

use idp_core::{authentication::Factor, client::GrantType};
use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder},
    metrics::{MetricType, TypedMetric, counter::Counter},
};

use super::declared::{self, Declaration};

/// Classes of statuses.
pub(super) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", FAILED];
/// The class of what is the provider's fault.
pub(super) const FAILED: &str = "5xx";

/// Labels with their words.
pub(super) type Labels = Vec<(&'static str, Cow<'static, str>)>;

/// The words that a label may have.
pub trait Label: Copy + Eq + 'static {
    /// The label.
    const NAME: &'static str;
    /// All of them.
    const EVERY: &'static [Self];

    /// The word.
    fn word(self) -> &'static str;
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident as $label:literal { $($(#[$what:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Copy, Clone, Eq, PartialEq, Debug)]
        pub enum $name {
            $($(#[$what])* $variant,)+
        }

        impl Label for $name {
            const NAME: &'static str = $label;
            const EVERY: &'static [Self] = &[$(Self::$variant,)+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    )+};
}

labels! {
    /// What a sign-in begins with.
    SignInMethod as "method" {
        /// A password.
        Password = "password",
        /// A passkey, and no password.
        Passkey = "passkey",
    }

    /// What became of a sign-in.
    SignInOutcome as "outcome" {
        /// The person is signed in.
        SignedIn = "signed_in",
        /// What it began with was wrong, or is good no more.
        Refused = "refused",
        /// There were too many before, and it was not looked at.
        Throttled = "throttled",
        /// There was no room to look at it.
        Busy = "busy",
    }

    /// What became of a factor that was tried.
    FactorOutcome as "outcome" {
        /// It was right.
        Accepted = "accepted",
        /// It was not.
        Refused = "refused",
        /// There were too many before, and it was not looked at.
        Throttled = "throttled",
        /// There was no room to look at it.
        Busy = "busy",
    }

    /// How a refresh token was answered.
    RefreshOutcome as "outcome" {
        /// With a new one.
        Rotated = "rotated",
        /// With the one that its first use was answered with.
        Repeated = "repeated",
        /// With an error.
        Refused = "refused",
    }

    /// What became of a try to hand something over.
    DeliveryOutcome as "outcome" {
        /// It was taken.
        Delivered = "delivered",
        /// It is tried again.
        Failed = "failed",
        /// It is tried no more.
        GivenUp = "given_up",
    }

    /// What became of a request to a webhook.
    PostOutcome as "outcome" {
        /// It was taken.
        Taken = "taken",
        /// It is sent again.
        Refused = "refused",
    }

    /// What became of the order of a certificate.
    OrderOutcome as "outcome" {
        /// It was issued.
        Issued = "issued",
        /// It was not, and is ordered again.
        Failed = "failed",
    }

    /// What became of a span of a trace.
    TraceSpanOutcome as "outcome" {
        /// The collector took it.
        Exported = "exported",
        /// The collector did not take it.
        Failed = "failed",
        /// Too many waited for the collector.
        Dropped = "dropped",
    }

    /// Why Redis did not answer.
    RedisFault as "error" {
        /// It could not be reached, is loading, or is no master.
        Unavailable = "unavailable",
        /// It took too long.
        Timeout = "timeout",
        /// It has forgotten what it should hold.
        Behind = "behind",
        /// It refused the question.
        Refused = "refused",
    }

    /// What `/health/ready` looks at.
    ReadyPart as "part" {
        /// The database answers.
        Database = "database",
        /// Redis answers, and holds all that it should.
        Redis = "redis",
        /// The signing keys open under the master key.
        MasterKey = "master_key",
        /// There is a key that signs.
        SigningKey = "signing_key",
        /// The clock is not ahead of the others.
        Clock = "clock",
        /// The node goes on serving: it was not told to stop.
        Serving = "serving",
        /// There is a certificate to show, where one is ordered.
        Certificate = "certificate",
    }
}

impl Label for Factor {
    const NAME: &'static str = "factor";
    const EVERY: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::MailLink => "mail_link",
        }
    }
}

impl Label for GrantType {
    const NAME: &'static str = "grant_type";
    const EVERY: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.as_str()
    }
}

/// The labels of a metric whose words are known, each with all of them.
#[must_use]
pub fn words_of(metric: &Declaration) -> Vec<(&'static str, Vec<&'static str>)> {
    fn every<A: Label>() -> (&'static str, Vec<&'static str>) {
        (A::NAME, A::EVERY.iter().map(|word| word.word()).collect())
    }
    match *metric {
        declared::HTTP_REQUESTS => vec![("status", CLASSES.to_vec())],
        declared::SIGN_INS => vec![every::<SignInMethod>(), every::<SignInOutcome>()],
        declared::FACTOR_ATTEMPTS => vec![every::<Factor>(), every::<FactorOutcome>()],
        declared::TOKENS => vec![every::<GrantType>()],
        declared::REFRESHES => vec![every::<RefreshOutcome>()],
        declared::LOGOUTS | declared::MAILS => vec![every::<DeliveryOutcome>()],
        declared::TRACE_SPANS => vec![every::<TraceSpanOutcome>()],
        declared::AUDIT_POSTS => vec![every::<PostOutcome>()],
        declared::ACME_ORDERS => vec![every::<OrderOutcome>()],
        declared::REDIS_ERRORS => vec![every::<RedisFault>()],
        declared::READY => vec![every::<ReadyPart>()],
        _ => Vec::new(),
    }
}

fn place<A: Label>(word: A) -> usize {
    A::EVERY.iter().position(|other| *other == word).unwrap_or(usize::MAX)
}

/// A counter for each word of a label. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Counters<A>(Vec<Counter>, PhantomData<A>);

impl<A: Label> Default for Counters<A> {
    fn default() -> Self {
        Self(A::EVERY.iter().map(|_| Counter::default()).collect(), PhantomData)
    }
}

impl<A: Label> Counters<A> {
    /// Counts one more.
    pub fn add(&self, word: A) {
        if let Some(counter) = self.0.get(place(word)) {
            counter.inc();
        }
    }

    /// Counts so many more.
    pub fn add_many(&self, word: A, count: u64) {
        if let Some(counter) = self.0.get(place(word)) {
            counter.inc_by(count);
        }
    }

    /// How many were counted.
    #[must_use]
    pub fn get(&self, word: A) -> u64 {
        self.0.get(place(word)).map_or(0, Counter::get)
    }

    pub(super) fn values(&self) -> Values<Counter> {
        let labelled =
            |(word, counter): (&A, &Counter)| (vec![(A::NAME, word.word().into())], counter.clone());
        Values(A::EVERY.iter().zip(&self.0).map(labelled).collect())
    }
}

/// A counter for each pair of words of two labels. Clones share the counts.
#[derive(Clone, Debug)]
pub struct CountersOfTwo<A, B>(Vec<Counters<B>>, PhantomData<A>);

impl<A: Label, B: Label> Default for CountersOfTwo<A, B> {
    fn default() -> Self {
        Self(A::EVERY.iter().map(|_| Counters::default()).collect(), PhantomData)
    }
}

impl<A: Label, B: Label> CountersOfTwo<A, B> {
    /// Counts one more.
    pub fn add(&self, first: A, second: B) {
        if let Some(counters) = self.0.get(place(first)) {
            counters.add(second);
        }
    }

    pub(super) fn values(&self) -> Values<Counter> {
        let rows = A::EVERY.iter().zip(&self.0).flat_map(|(word, counters)| {
            let first = (A::NAME, word.word().into());
            counters.values().0.into_iter().map(move |(mut labels, counter)| {
                labels.insert(0, Clone::clone(&first));
                (labels, counter)
            })
        });
        Values(rows.collect())
    }
}

/// The values of one metric, each with its labels.
#[derive(Debug)]
pub(super) struct Values<M>(pub Vec<(Labels, M)>);

impl<M: EncodeMetric + TypedMetric> EncodeMetric for Values<M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), Error> {
        for (labels, value) in &self.0 {
            if labels.is_empty() {
                return value.encode(encoder);
            }
            value.encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_is_counted_by_itself() {
        let counters = CountersOfTwo::<Factor, FactorOutcome>::default();
        counters.add(Factor::Totp, FactorOutcome::Refused);
        counters.clone().add(Factor::Totp, FactorOutcome::Refused);
        let rows = counters.values().0;
        assert_eq!(rows.len(), Factor::EVERY.len() * FactorOutcome::EVERY.len());
        for (labels, counter) in rows {
            let is_it = labels == [("factor", "totp".into()), ("outcome", "refused".into())];
            assert_eq!(counter.get(), if is_it { 2 } else { 0 }, "{labels:?}");
        }
    }
}
