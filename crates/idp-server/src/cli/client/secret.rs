//! `client secret`: replacing a secret without an outage. Secrets are named by the fingerprints that `client show` prints,
//! oldest first; the last one is never removed.

use clap::{Args, Subcommand};
use idp_core::{
    client::{ClientId, ClientKind},
    secret::{Secret, SecretHash, SecretKind},
    session::EndCause,
};
use serde_json::json;

use super::{Id, fingerprints, unknown};
use crate::{
    chance,
    cli::{Context, failure::Failure},
    db::{audit_events::About, clients},
    installation::Installation,
    store::{
        client_secrets::{self, NoSecret},
        revoke::{Target, revoke},
    },
};

#[derive(Subcommand, Debug)]
pub(in crate::cli) enum Command {
    /// Makes another secret and prints it, once; those there are stay good
    Add(Id),
    /// Removes a secret, or all but the newest
    Remove(Which),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Which {
    #[command(flatten)]
    client: Id,
    /// The fingerprint that `client show` prints, or its first digits
    #[arg(required_unless_present = "older", conflicts_with = "older")]
    fingerprint: Option<String>,
    /// All but the newest
    #[arg(long)]
    older: bool,
}

pub(super) async fn run(
    command: Command,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    match command {
        Command::Add(id) => add(id.id, context, installation).await,
        Command::Remove(which) => remove(which, context, installation).await,
    }
}

async fn add(id: ClientId, context: &Context, installation: &Installation) -> Result<(), Failure> {
    let secret = Secret::generate(SecretKind::ClientSecret, &mut chance::rng());
    let added = client_secrets::add(&installation.db, id.clone(), secret.hash(), context.clock.now());
    match added.await? {
        Ok(()) => {}
        Err(NoSecret::Unknown) => return Err(unknown(&id)),
        Err(refusal) => return Err(Failure::refused(refusal)),
    }
    let fingerprint = secret.hash().fingerprint();
    let text = format!("Client secret {fingerprint} (shown once): {}", secret.expose());
    let value = json!({ "client_id": id, "client_secret": secret.expose(), "fingerprint": fingerprint });
    Ok(context.output.show(&text, &value)?)
}

async fn remove(which: Which, context: &Context, installation: &Installation) -> Result<(), Failure> {
    let id = which.client.id;
    let wanted = id.clone();
    let kind = installation.db.read(move |connection| clients::kind(connection, &wanted)).await?;
    let secrets = match kind.ok_or_else(|| unknown(&id))? {
        ClientKind::Public => return Err(Failure::refused(NoSecret::Public)),
        ClientKind::Confidential { secrets } => secrets,
    };
    let gone = chosen(&secrets, which.fingerprint.as_deref()).map_err(Failure::refused)?;
    let removed = fingerprints(&ClientKind::Confidential { secrets: gone.clone() });
    let detail = Some(removed.join(" "));
    let about = About { client: Some(id.to_string()), detail, ..About::default() };
    let target = Target::ClientSecrets { client: id.clone(), secrets: gone };
    if !revoke(&installation.db, target, EndCause::Administrator, about, context.clock.now()).await? {
        return Err(Failure::refused("somebody else changed the secrets at the same moment; look again"));
    }
    let text = format!("{id}: removed {}", removed.join(" "));
    Ok(context.output.show(&text, &json!({ "client_id": id, "removed": removed }))?)
}

/// Which of `secrets` (oldest first) to remove: the one whose fingerprint begins like this, or all but the newest.
fn chosen(secrets: &[SecretHash], fingerprint: Option<&str>) -> Result<Vec<SecretHash>, &'static str> {
    let Some((_, older)) = secrets.split_last().filter(|(_, older)| !older.is_empty()) else {
        return Err("this is the client's only secret; add another one first");
    };
    let Some(start) = fingerprint else {
        return Ok(older.to_vec());
    };
    let start = start.to_ascii_lowercase();
    let named = |secret: &&SecretHash| !start.is_empty() && secret.fingerprint().starts_with(&start);
    let named: Vec<SecretHash> = secrets.iter().filter(named).copied().collect();
    match named.len() {
        0 => Err("no secret of the client has this fingerprint"),
        1 => Ok(named),
        _ => Err("several secrets of the client begin like this; give more digits"),
    }
}

#[cfg(test)]
mod tests {
    use rsa::rand_core::OsRng;

    use super::*;

    fn secrets(count: usize) -> Vec<SecretHash> {
        (0..count).map(|_| Secret::generate(SecretKind::ClientSecret, &mut OsRng).hash()).collect()
    }

    #[test]
    fn the_last_secret_is_never_chosen() {
        for secrets in [secrets(0), secrets(1)] {
            assert!(chosen(&secrets, None).is_err());
            for secret in &secrets {
                assert!(chosen(&secrets, Some(&secret.fingerprint())).is_err());
            }
        }
    }

    #[test]
    fn a_fingerprint_chooses_one_and_older_all_but_the_newest() {
        let secrets = secrets(3);
        for secret in &secrets {
            assert_eq!(chosen(&secrets, Some(&secret.fingerprint().to_uppercase())), Ok(vec![*secret]));
        }
        assert_eq!(chosen(&secrets, None), Ok(secrets.iter().take(2).copied().collect()));
        let twice: Vec<SecretHash> = secrets.iter().chain(&secrets).copied().collect();
        for wrong in ["", "xx", "ffffffff0"] {
            assert!(chosen(&secrets, Some(wrong)).is_err(), "{wrong:?}");
        }
        assert!(chosen(&twice, secrets.first().map(SecretHash::fingerprint).as_deref()).is_err());
    }
}
