//! Every state of every page on every screen, in each language, with names that make it hard: nothing sticks out, and
//! axe finds nothing. The pictures are for people.

use idp_tests::appearance::{self, Thoroughness};
use idp_tests::axe::Axe;
use idp_tests::chromium::Chromium;
use idp_tests::page_states::{self, Look, gallery};
use std::net::{Ipv4Addr, TcpListener};

fn gallery() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move { gallery::serve(listener).unwrap().await })
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_every_page_fits_every_screen() {
    let (browser, axe, gallery) = (Chromium::start().await, Axe::find(), gallery());
    // `LOOK_AT=profile` looks at the states whose names begin so, for the developer who works at them.
    let wanted = std::env::var("LOOK_AT").unwrap_or_default();
    let mut faults = Vec::new();
    for look in Look::all() {
        let thoroughness = if look.is_again { Thoroughness::Names } else { Thoroughness::Whole };
        for state in page_states::all().into_iter().filter(|state| state.name.starts_with(&wanted)) {
            browser.open(&format!("{gallery}{}", gallery::path(&state, &look))).await;
            let name = format!("{}-{}", state.name, look.name);
            faults.extend(appearance::look_at(&browser, axe.as_ref(), &name, thoroughness).await);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
