//! Whether the sites that are told of sign-outs can be told: their names resolve, to addresses that the provider connects to, and something
//! answers there.

use futures_util::{StreamExt as _, stream};
use idp_core::backchannel::BackchannelLogoutUri;
use reqwest::StatusCode;
use url::Url;

use super::Node;
use crate::{
    admin_api::MOST_ROWS,
    cli::checks::Finding,
    outgoing::{NoAnswer, Outgoing},
};

const CHECK: &str = "sites";
/// Sites that are asked at a time, and in all.
const AT_A_TIME: usize = 16;
const MOST: usize = MOST_ROWS as usize;

pub(super) async fn look(node: Option<&Node<'_>>) -> Vec<Finding> {
    let Some(node) = node else { return Vec::new() };
    let clients =
        node.opened.administration(node.context).clients(None, None, i64::from(MOST_ROWS) + 1).await;
    let clients = match clients {
        Ok(clients) => clients,
        Err(error) => return vec![Finding::fault(CHECK, error)],
    };
    // That it cannot be made was found by the look at what a start needs.
    let Ok(outgoing) = Outgoing::new(&node.context.config.backchannel) else { return Vec::new() };
    let is_all = clients.len() <= MOST;
    let told = clients
        .into_iter()
        .take(MOST)
        .filter_map(|client| Some((client.id.to_string(), client.metadata.backchannel_logout_uri?)));
    let asked = stream::iter(told).map(|(id, uri)| ask(&outgoing, id, uri)).buffer_unordered(AT_A_TIME);
    let mut findings: Vec<Finding> = asked.collect().await;
    if !is_all {
        findings.push(Finding::note(
            CHECK,
            format!("there are more than {MOST} clients; the others were not asked"),
        ));
    }
    findings
}

/// Posts what is no logout token, which a site refuses (OpenID Connect Back-Channel Logout 1.0 section 2.8).
async fn ask(outgoing: &Outgoing, id: String, uri: BackchannelLogoutUri) -> Finding {
    let place = format!("{id}, backchannel_logout_uri {}", uri.as_str());
    let answered = outgoing.post_form(&uri, &[("logout_token", "")]).await;
    let refused =
        |words: String, mend: String| Finding::failed(CHECK, format!("{place}: {words}")).mended_by(mend);
    let change = format!("idp-server client set {id} --backchannel-logout-uri");
    match answered {
        Ok(StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED) => refused(
            "the site has nothing at this address".to_owned(),
            format!("{change} with the address that it has"),
        ),
        Ok(status) if status.is_server_error() => {
            refused(format!("the site answers {status}"), "see in the log of the site why".to_owned())
        }
        Ok(status)
            if status.is_redirection()
                || status == StatusCode::UNAUTHORIZED
                || status == StatusCode::FORBIDDEN =>
        {
            refused(
                format!("the site answers {status}"),
                "let the provider in there without a sign-in or a detour".to_owned(),
            )
        }
        Ok(_) => Finding::well(CHECK, format!("{place}: the site answers")),
        Err(NoAnswer::AddressNotAllowed) => refused(
            "the address is not public".to_owned(),
            format!("name its network in backchannel.allow_networks, or {change} with a public address"),
        ),
        Err(NoAnswer::Connection) if !resolves(&uri).await => refused(
            "its name does not resolve".to_owned(),
            format!("set the name right in DNS, or {change} with another"),
        ),
        Err(error) => {
            refused(error.to_string(), "see that the site runs, and that its certificate is good".to_owned())
        }
    }
}

async fn resolves(uri: &BackchannelLogoutUri) -> bool {
    let Some(url) = Url::parse(uri.as_str()).ok() else { return false };
    // What is on this machine is so by its name (RFC 6761 section 6.3).
    let host = url.host_str().unwrap_or_default();
    uri.is_local()
        || tokio::net::lookup_host((host.trim_matches(['[', ']']), 0))
            .await
            .is_ok_and(|mut found| found.next().is_some())
}
