//! The mail server: the whole conversation but for a letter, and one of these where it is asked for.

use crate::{
    cli::{Context, checks::Finding, failure::Failure, mail},
    mail::{NotSent, Postman},
};

const CHECK: &str = "mail";

pub(super) async fn look(letter_to: Option<&str>, context: &Context) -> Vec<Finding> {
    let config = &context.config;
    let postman = Postman::new(&config.mail, &config.issuer, &config.storage.mounted_secrets);
    // A file that cannot be used was found by the look at what a start needs.
    let Ok(postman) = postman else { return Vec::new() };
    let server = config.mail.server.clone().map(String::from).unwrap_or_default();
    let greeted = match &postman {
        Postman::Smtp(smtp) => smtp.greet().await,
        #[cfg(feature = "demo")]
        Postman::Inbox(_) => return Vec::new(),
        Postman::Off => {
            return vec![Finding::note(CHECK, "mail.server is not set: no letter is ever sent")];
        }
    };
    let signs_in = if config.mail.user.is_some() { ", and lets us sign in" } else { "" };
    let mut findings = vec![match greeted {
        Ok(()) => Finding::well(CHECK, format!("{server} answers{signs_in}")),
        Err(failure) => return vec![fault(&server, &failure)],
    }];
    if let Some(address) = letter_to {
        findings.push(match mail::send_test(address, config.language.default, context).await {
            Ok(server) => Finding::well(CHECK, format!("{server} took a letter to {address}")),
            Err(failure) => Finding::fault(CHECK, failure),
        });
    }
    findings
}

fn fault(server: &str, failure: &NotSent) -> Finding {
    let words = format!("{server}: {failure}");
    let mend = mail::mend(failure).trim_start_matches("; ");
    let finding = Finding::fault(CHECK, Failure::Failed(anyhow::Error::msg(words)));
    if mend.is_empty() {
        finding.mended_by("see in the log of the mail server why")
    } else {
        finding.mended_by(mend)
    }
}
