//! Every state of every page on every screen, in each language, with names that make it hard: nothing sticks out, and
//! axe finds nothing. With `KEEP_PICTURES=1` there are pictures of all, for people to look at.

use futures_util::future::join_all;
use idp_tests::appearance;
use idp_tests::axe::Axe;
use idp_tests::chromium::Chromium;
use idp_tests::page_states::{self, Look, gallery};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

fn gallery() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move { gallery::serve(listener).unwrap().await })
    });
    address
}

/// Two browsers share the work, which is most of what the stories in a browser take.
const BROWSERS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_every_page_fits_every_screen() {
    let (axe, gallery) = (Axe::find(), gallery());
    // `LOOK_AT=profile` looks at the states whose names begin so, for a developer who works at them.
    let wanted = std::env::var("LOOK_AT").unwrap_or_default();
    let states = page_states::all().into_iter().filter(|state| state.name.starts_with(&wanted));
    let states = states.collect::<Vec<_>>();
    let looks = Look::all();
    let pairs = looks.iter().flat_map(|look| states.iter().map(move |state| (look, state)));
    let waiting = Mutex::new(pairs);
    // Not in the head of the loop, where the lock would be held through its body.
    let next = || waiting.lock().unwrap().next();
    let faults = join_all((0..BROWSERS).map(async |_| {
        let browser = Chromium::start_to_look().await;
        let mut faults = Vec::new();
        while let Some((look, state)) = next() {
            browser.open(&format!("{gallery}{}", gallery::path(state, look))).await;
            let name = format!("{}-{}", state.name, look.name);
            let thoroughness = look.thoroughness;
            faults.extend(appearance::look_at(&browser, axe.as_ref(), &name, thoroughness).await);
        }
        faults
    }));
    let faults = faults.await.concat();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
