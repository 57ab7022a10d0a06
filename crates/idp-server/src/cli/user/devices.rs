//! `user devices`: where one person is signed in, and what became of the sign-ins of the last 30 days.

use idp_core::{
    device::{Device, label},
    session::{Ended, Session},
};
use serde_json::{Value, json};

use super::Name;
use crate::{
    cli::{
        Context,
        failure::Failure,
        output::{at, maybe_at},
    },
    date::rfc3339,
    db::sites::OpenSite,
    directory::Administration,
};

const HEADING: [&str; 7] = ["session", "device", "kind", "address", "last use", "sites", "ended"];

pub(super) async fn run(name: Name, context: &Context, directory: Administration<'_>) -> Result<(), Failure> {
    let found = directory.devices(&name.username, context.clock.now()).await?;
    let open = found.open.iter().map(|open| Line {
        session: &open.session,
        device: open.device.as_ref(),
        sites: &open.sites,
        ended: None,
    });
    let ended = found.ended.iter().map(|past| Line {
        session: &past.session,
        device: past.device.as_ref(),
        sites: &[],
        ended: Some(past.ended),
    });
    let lines: Vec<Line<'_>> = open.chain(ended).collect();
    let rows: Vec<_> = lines.iter().map(Line::row).collect();
    let values: Vec<_> = lines.iter().map(Line::value).collect();
    Ok(context.output.table(&HEADING, &rows, &values)?)
}

/// One sign-in.
struct Line<'a> {
    session: &'a Session,
    device: Option<&'a Device>,
    sites: &'a [OpenSite],
    ended: Option<Ended>,
}

impl Line<'_> {
    fn row(&self) -> Vec<String> {
        let sites: Vec<&str> = self.sites.iter().map(|site| site.client.as_str()).collect();
        let ended = self.ended.map(|ended| format!("{} {}", rfc3339(ended.at), ended.cause.as_str()));
        vec![
            self.session.sid.to_string(),
            self.label(),
            self.device.map_or("other", |device| device.kind.as_str()).to_owned(),
            self.session.address.clone().unwrap_or_default(),
            rfc3339(self.session.last_seen_at),
            sites.join(" "),
            ended.unwrap_or_default(),
        ]
    }

    fn value(&self) -> Value {
        let sites: Vec<&str> = self.sites.iter().map(|site| site.client.as_str()).collect();
        json!({
            "sid": self.session.sid,
            "device": self.label(),
            "kind": self.device.map(|device| device.kind),
            "address": self.session.address,
            "created_at": at(self.session.created_at),
            "auth_time": at(self.session.auth_time()),
            "last_seen_at": at(self.session.last_seen_at),
            "sites": sites,
            "ended_at": maybe_at(self.ended.map(|ended| ended.at)),
            "cause": self.ended.map(|ended| ended.cause),
        })
    }

    fn label(&self) -> String {
        self.device.map_or_else(|| label(None, None), Device::label)
    }
}
