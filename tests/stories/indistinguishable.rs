//! Whether a stranger can tell two answers apart: by what they say, or by how long they take.

use crate::password_reset::settled;
use idp_server::clock::Stopwatch;
use idp_server::config::Config;
use idp_tests::{Answer, Browser, TestIdp};
use std::time::Duration;

/// A form that asks for a letter, and its field.
pub struct Form<'a> {
    pub browser: &'a Browser,
    pub page: &'a Answer,
    /// The id of the field that takes whom it is about.
    pub field: &'a str,
    /// The id of the button.
    pub button: &'a str,
}

/// No source asks too often.
pub fn without_a_limit_for_sources(config: &mut Config) {
    config.throttle.exempt = vec!["127.0.0.0/8".parse().unwrap()];
}

impl Form<'_> {
    async fn send(&self, about: &str) -> Answer {
        self.browser.submit(self.page, &[(self.field, about)], self.button).await
    }

    /// All that the answer about a person says, except whom it is about.
    pub async fn answer_about(&self, idp: &TestIdp, about: &str) -> (u16, Vec<String>, String) {
        let answer = self.send(about).await;
        settled(idp).await;
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(header, _)| !["x-request-id", "date"].contains(&header.as_str()))
            .map(|(header, value)| format!("{header}: {value:?}"))
            .collect();
        headers.sort();
        (answer.status, headers, answer.without_seals().replace(about, "NAME"))
    }

    /// Some of some hundred measurements find no difference in time between these two.
    ///
    /// # Panics
    /// When each of them finds one.
    pub async fn assert_equally_fast(&self, idp: &TestIdp, about: [&str; 2]) {
        let mut ratio = 0.0;
        for _ in 0..10 {
            ratio = self.ratio_of_medians(idp, about, 20).await;
            if (0.9..=1.1).contains(&ratio) {
                return;
            }
        }
        panic!("the answer takes longer for some than for others: {ratio}");
    }

    /// The median time of an answer about the one that is known to that about the other, by turns. Each is asked about once in a
    /// while, so that each gets the letter each time, and each answer meets a provider that has nothing under way.
    pub async fn ratio_of_medians(&self, idp: &TestIdp, about: [&str; 2], rounds: usize) -> f64 {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (name, times) in about.into_iter().zip(&mut times) {
                settled(idp).await;
                let watch = Stopwatch::start();
                let answer = self.send(name).await;
                times.push(watch.elapsed());
                assert_eq!(answer.status, 200);
            }
            idp.clock.advance(20 * 60);
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        };
        let [known, unknown] = &mut times;
        let (known, unknown) = (median(known), median(unknown));
        println!("median of {rounds}: known {known:.6} s, unknown {unknown:.6} s");
        known / unknown
    }
}
