//! What the nodes of a provider tell Prometheus: asked for as it asks, and read as strictly as OpenMetrics 1.0 is specified.

use crate::TestIdp;
use crate::ports::free_port;
use actix_web::dev::ServerHandle;
use idp_server::app::App;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

/// What Prometheus 3 sends.
pub const ACCEPTS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/// A page, read.
#[derive(Clone, Debug, Default)]
pub struct Scrape {
    /// The metrics by their names, each with its kind.
    pub kinds: BTreeMap<String, String>,
    /// Each sample: its name, its labels, its value.
    pub samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Scrape {
    /// Reads a page in OpenMetrics.
    ///
    /// # Errors
    /// The line that breaks the format, and how.
    pub fn read(page: &str) -> Result<Self, String> {
        let body = page.strip_suffix("# EOF\n").ok_or("the page does not end with # EOF")?;
        let (mut scrape, mut seen) = (Self::default(), BTreeSet::new());
        let mut family: Option<(String, String)> = None;
        for line in body.lines() {
            let wrong = |how: &str| format!("{how}: {line}");
            if let Some(said) = line.strip_prefix("# ") {
                let mut words = said.splitn(3, ' ');
                let (word, name, rest) = (words.next(), words.next(), words.next());
                let (Some(word), Some(name), Some(rest)) = (word, name, rest) else {
                    return Err(wrong("metadata is a word, a name and a text"));
                };
                match word {
                    "TYPE" => {
                        if !is_name(name) || scrape.kinds.contains_key(name) {
                            return Err(wrong("a metric is no name, or comes twice"));
                        }
                        scrape.kinds.insert(name.to_owned(), rest.to_owned());
                        family = Some((name.to_owned(), rest.to_owned()));
                    }
                    "UNIT" if !name.ends_with(&format!("_{rest}")) => {
                        return Err(wrong("the name does not end with its unit"));
                    }
                    "UNIT" | "HELP" => {}
                    _ => return Err(wrong("there is no such metadata")),
                }
                continue;
            }
            let (name, labels, value) = sample(line).ok_or_else(|| wrong("that is no sample"))?;
            let (of, kind) = family.as_ref().ok_or_else(|| wrong("a sample before its metric"))?;
            let suffix = name
                .strip_prefix(of.as_str())
                .ok_or_else(|| wrong("a sample among those of another metric"))?;
            let fits = match kind.as_str() {
                "counter" => suffix == "_total" && value >= 0.0,
                "gauge" => suffix.is_empty(),
                "info" => suffix == "_info" && (value - 1.0).abs() < f64::EPSILON,
                "histogram" => match suffix {
                    "_bucket" => labels.contains_key("le"),
                    "_count" | "_sum" => true,
                    _ => false,
                },
                _ => false,
            };
            if !fits {
                return Err(wrong("a sample does not fit the kind of its metric"));
            }
            if !seen.insert((name.clone(), labels.clone())) {
                return Err(wrong("a sample comes twice"));
            }
            scrape.samples.push((name, labels, value));
        }
        scrape.check_histograms()?;
        Ok(scrape)
    }

    /// Buckets grow, and the last one is the count.
    fn check_histograms(&self) -> Result<(), String> {
        let mut last: BTreeMap<(String, BTreeMap<String, String>), (f64, f64)> = BTreeMap::new();
        for (name, labels, value) in &self.samples {
            let Some(of) = name.strip_suffix("_bucket") else { continue };
            let mut labels = labels.clone();
            let end = labels.remove("le").unwrap_or_default();
            let end: f64 = if end == "+Inf" { f64::INFINITY } else { end.parse().map_err(|_| end)? };
            let before = last.insert((of.to_owned(), labels), (end, *value));
            if before.is_some_and(|(end_before, count)| end <= end_before || *value < count) {
                return Err(format!("buckets of {of} do not grow"));
            }
        }
        for ((of, labels), (end, count)) in last {
            let all = self
                .samples
                .iter()
                .find(|(name, found, _)| *name == format!("{of}_count") && *found == labels);
            if end.is_finite() || all.is_none_or(|(_, _, all)| (all - count).abs() > f64::EPSILON) {
                return Err(format!("the last bucket of {of} is not the count"));
            }
        }
        Ok(())
    }

    /// The sum of the samples of this name that have all of these labels; `None` where there is none.
    #[must_use]
    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let has = |found: &BTreeMap<String, String>| {
            labels.iter().all(|(label, word)| found.get(*label).is_some_and(|found| found == word))
        };
        let values = self.samples.iter().filter(|(found, its, _)| found == name && has(its));
        values.map(|(_, _, value)| *value).reduce(|sum, value| sum + value)
    }

    /// The same, and 0 where there is none.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels).unwrap_or_default()
    }
}

/// A line such as `name{label="word"} 1`.
fn sample(line: &str) -> Option<(String, BTreeMap<String, String>, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let Some((name, labels)) = series.split_once('{') else {
        return is_name(series).then(|| (series.to_owned(), BTreeMap::new(), value));
    };
    let (mut rest, mut found) = (labels.strip_suffix('}')?, BTreeMap::new());
    while !rest.is_empty() {
        let (label, quoted) = rest.split_once("=\"")?;
        let (word, after) = unquoted(quoted)?;
        if !is_name(label) || found.insert(label.to_owned(), word).is_some() {
            return None;
        }
        rest = match after.strip_prefix(',') {
            Some(more) if !more.is_empty() => more,
            Some(_) => return None,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    is_name(name).then(|| (name.to_owned(), found, value))
}

/// Up to the quotation mark that ends it, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((word, &text[place + 1..])),
            '\\' => word.push(match characters.next()?.1 {
                'n' => '\n',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            other => word.push(other),
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let begins = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    bytes.next().is_some_and(begins) && bytes.all(|byte| begins(byte) || byte.is_ascii_digit())
}

/// The nodes of a provider, each with a listener for Prometheus.
pub struct Observed {
    http: reqwest::Client,
    nodes: Vec<(u16, ServerHandle)>,
}

impl Observed {
    /// Opens one on every node.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn of(idp: &TestIdp) -> Self {
        Self { http: idp.http.clone(), nodes: idp.nodes().map(serve).collect() }
    }

    /// What every node says, in this format.
    ///
    /// # Panics
    /// When one says nothing.
    pub async fn pages(&self, accepts: &str) -> Vec<(String, String)> {
        let mut pages = Vec::new();
        for (port, _) in &self.nodes {
            let asked = self.http.get(format!("http://127.0.0.1:{port}/metrics")).header(ACCEPT, accepts);
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let content = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
            pages.push((content, answer.text().await.unwrap()));
        }
        pages
    }

    /// What every node says at `/health/ready` to operators: its status, and the parts that are at fault.
    ///
    /// # Panics
    /// When one says nothing.
    pub async fn readiness(&self) -> Vec<(u16, Value)> {
        let mut said = Vec::new();
        for (port, _) in &self.nodes {
            let answer = self.http.get(format!("http://127.0.0.1:{port}/health/ready")).send().await.unwrap();
            said.push((answer.status().as_u16(), answer.json().await.unwrap()));
        }
        said
    }

    /// All of it together, as a sum over the nodes is.
    ///
    /// # Panics
    /// When a page breaks the format.
    pub async fn scrape(&self) -> Scrape {
        let mut all = Scrape::default();
        for (_, page) in self.pages(ACCEPTS).await {
            let scrape = Scrape::read(&page).unwrap_or_else(|error| panic!("{error}\n{page}"));
            all.kinds.extend(scrape.kinds);
            all.samples.extend(scrape.samples);
        }
        all
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        for (_, handle) in &self.nodes {
            drop(handle.stop(false));
        }
    }
}

fn serve(app: &Arc<App>) -> (u16, ServerHandle) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = idp_server::serve::metrics_server(app, vec![listener]).unwrap().unwrap();
    let handle = server.handle();
    std::thread::spawn(move || actix_web::rt::System::new().block_on(server));
    (port, handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# HELP a_seconds What.\n# TYPE a_seconds histogram\n# UNIT a_seconds seconds\n\
        a_seconds_sum{r=\"/x/{id}\"} 1.5\na_seconds_count{r=\"/x/{id}\"} 2\n\
        a_seconds_bucket{r=\"/x/{id}\",le=\"1.0\"} 1\na_seconds_bucket{r=\"/x/{id}\",le=\"+Inf\"} 2\n\
        # HELP b How \\ many.\n# TYPE b counter\nb_total{why=\"a \\\"b\\\\\",c=\"d\"} 3\nb_total{why=\"e\",c=\"d\"} 4\n# EOF\n";

    #[test]
    fn a_good_page_is_read() {
        let scrape = Scrape::read(GOOD).unwrap();
        assert_eq!(scrape.value("b_total", &[("c", "d")]), 7.0);
        assert_eq!(scrape.value("b_total", &[("why", "a \"b\\")]), 3.0);
        assert_eq!(scrape.find("b_total", &[("c", "x")]), None);
        assert_eq!(scrape.value("a_seconds_count", &[("r", "/x/{id}")]), 2.0);
    }

    #[test]
    fn what_breaks_the_format_is_refused() {
        for (part, by) in [
            ("# EOF\n", ""),
            ("le=\"+Inf\"} 2", "le=\"+Inf\"} 3"),
            ("le=\"+Inf\"} 2\n", "le=\"2.0\"} 2\n"),
            ("le=\"1.0\"} 1", "le=\"1.0\"} 5"),
            ("b_total{why=\"e\"", "b{why=\"e\""),
            ("b_total{why=\"e\"", "c_total{why=\"e\""),
            ("why=\"e\",c=\"d\"", "why=\"a \\\"b\\\\\",c=\"d\""),
            ("why=\"e\",", "why=\"e\",,"),
            ("# TYPE b counter", "# TYPE a_seconds counter"),
            ("# UNIT a_seconds seconds", "# UNIT a_seconds bytes"),
            ("} 4", "} four"),
        ] {
            let broken = GOOD.replacen(part, by, 1);
            assert_ne!(broken, GOOD, "{part}");
            assert!(Scrape::read(&broken).is_err(), "{broken}");
        }
    }
}
