//! Which certificates are taken, and what a client sees of them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use rustls::{
    ClientConfig, ClientConnection, Connection, RootCertStore, ServerConnection, SupportedProtocolVersion,
};

use super::*;

const FIRST: (&str, &str) =
    (include_str!("../../testdata/tls/first.crt"), include_str!("../../testdata/tls/first.key"));
const SECOND: (&str, &str) =
    (include_str!("../../testdata/tls/second.crt"), include_str!("../../testdata/tls/second.key"));

fn install(folder: &Path, (certificate, key): (&str, &str)) -> TlsConfig {
    let config = TlsConfig {
        certificate: Some(folder.join("a.crt")),
        key: Some(folder.join("a.key")),
        ..TlsConfig::default()
    };
    fs::write(folder.join("a.crt"), certificate).unwrap();
    fs::write(folder.join("a.key"), key).unwrap();
    fs::set_permissions(folder.join("a.key"), Permissions::from_mode(0o600)).unwrap();
    config
}

fn load(config: &TlsConfig) -> Result<Arc<Certificate>, TlsError> {
    Certificate::from_config(config, &MountedSecrets::default()).map(Option::unwrap)
}

/// Whether a client that trusts `root` alone gets through a handshake.
fn is_greeted(server: &Arc<Certificate>, root: &str, version: &'static SupportedProtocolVersion) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "idp.localhost".try_into().unwrap();
    let mut client = Connection::from(ClientConnection::new(Arc::new(client), name).unwrap());
    let server = Arc::new(server.server_config().unwrap());
    let mut server = Connection::from(ServerConnection::new(server).unwrap());
    while client.is_handshaking() || server.is_handshaking() {
        if !carry(&mut client, &mut server) || !carry(&mut server, &mut client) {
            return false;
        }
    }
    true
}

fn carry(from: &mut Connection, to: &mut Connection) -> bool {
    let mut bytes = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut bytes).unwrap();
    }
    let mut bytes = bytes.as_slice();
    while !bytes.is_empty() {
        to.read_tls(&mut bytes).unwrap();
        if to.process_new_packets().is_err() {
            return false;
        }
    }
    true
}

#[test]
fn without_files_there_is_no_tls() {
    assert!(Certificate::from_config(&TlsConfig::default(), &MountedSecrets::default()).unwrap().is_none());
}

#[test]
fn both_current_versions_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let server = load(&install(folder.path(), FIRST)).unwrap();
    assert!(is_greeted(&server, FIRST.0, &TLS13));
    assert!(is_greeted(&server, FIRST.0, &TLS12));
    assert!(!is_greeted(&server, SECOND.0, &TLS13));
}

#[test]
fn a_renewed_certificate_is_shown_from_then_on_and_a_broken_one_never() {
    let folder = tempfile::tempdir().unwrap();
    let server = load(&install(folder.path(), FIRST)).unwrap();
    install(folder.path(), SECOND);
    server.renew().unwrap();
    assert!(is_greeted(&server, SECOND.0, &TLS13));
    install(folder.path(), (FIRST.0, "broken"));
    assert!(server.renew().is_err());
    assert!(is_greeted(&server, SECOND.0, &TLS13));
}

fn ordered() -> Arc<Certificate> {
    let mut config = TlsConfig::default();
    config.acme.domains = vec!["idp.localhost".parse().unwrap()];
    load(&config).unwrap()
}

#[test]
fn a_certificate_that_is_ordered_is_shown_once_it_is_there() {
    let (server, now) = (ordered(), UnixTime(1_800_000_000));
    assert!(!server.is_there() && server.ends().is_none() && server.problem("idp.localhost", now).is_none());
    // Better no connection than one that people learn to accept.
    assert!(!is_greeted(&server, FIRST.0, &TLS13) && !is_greeted(&server, FIRST.0, &TLS12));
    server.take_up(&IssuedCertificate::read(FIRST.0, FIRST.1).unwrap());
    assert!(server.is_there() && is_greeted(&server, FIRST.0, &TLS13));
    server.take_up(&IssuedCertificate::read(SECOND.0, SECOND.1).unwrap());
    server.renew().unwrap();
    assert!(is_greeted(&server, SECOND.0, &TLS13));
}

#[test]
fn what_was_issued_for_another_key_or_is_none_is_not_taken() {
    for (chain, key) in [(FIRST.0, SECOND.1), ("", FIRST.1), (FIRST.0, ""), ("garbage", FIRST.1)] {
        assert!(matches!(IssuedCertificate::read(chain, key), Err(TlsError::Issued)), "{chain} {key}");
    }
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let words = load(&install(folder.path(), (FIRST.0, SECOND.1))).unwrap_err().to_string();
    assert!(words.contains("do not belong together"), "{words}");
}

/// ADR 84: HTTP/2 of the framework is not safe, so it is not offered.
#[actix_web::test]
async fn http_2_is_not_offered_to_those_who_ask_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = load(&install(folder.path(), FIRST)).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = actix_web::HttpServer::new(actix_web::App::new).workers(1).disable_signals();
    let server = server.listen_rustls_0_23(listener, certificate.server_config().unwrap()).unwrap().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let negotiated = async |offered: &[&[u8]]| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(FIRST.0.as_bytes()).unwrap()).unwrap();
        let mut client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
        let stream = connector.connect("idp.localhost".try_into().unwrap(), stream).await?;
        Ok::<_, io::Error>(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    };
    assert_eq!(negotiated(&[b"h2", b"http/1.1"]).await.unwrap().as_deref(), Some(b"http/1.1".as_slice()));
    assert_eq!(negotiated(&[]).await.unwrap(), None);
    // RFC 7301 3.2: no protocol in common, no connection.
    assert!(negotiated(&[b"h2"]).await.is_err());
    handle.stop(false).await;
}

#[test]
fn s110_a_key_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = install(folder.path(), FIRST);
    fs::set_permissions(folder.path().join("a.key"), Permissions::from_mode(0o640)).unwrap();
    assert!(load(&config).is_err());
}
