//! What the server does by itself, on a timer: moving signing keys along their life, telling clients
//! that sessions ended, sending letters, ordering certificates, and forgetting what expired. A
//! failure is logged and tried again at the next turn; nothing here runs inside a request.

mod acme;
mod audit_seals;
mod audit_webhook;
mod clean_up;
mod clock_steps;
mod feed;
mod feed_acknowledgements;
mod logout_outbox;
mod mail_outbox;
mod master_key;
mod node_lease;
mod redis;
mod rotation;
mod voided_sessions;

pub(crate) use node_lease::run as renew_lease;

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use crate::app::App;

/// The tasks of one server; they end when this is dropped.
#[derive(Debug)]
pub struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

/// Starts every task on the current runtime.
#[must_use]
pub fn start(app: &Arc<App>) -> Tasks {
    let mut tasks = keep_in_step(app);
    tasks.0.extend([
        tokio::spawn(logout_outbox::run(Arc::clone(app))),
        tokio::spawn(mail_outbox::run(Arc::clone(app))),
        tokio::spawn(audit_webhook::run(Arc::clone(app))),
        tokio::spawn(acme::run(Arc::clone(app))),
        tokio::spawn(repeat(audit_seals::EVERY, Arc::clone(app), audit_seals::turn)),
        tokio::spawn(repeat(rotation::EVERY, Arc::clone(app), rotation::turn)),
        tokio::spawn(repeat(voided_sessions::EVERY, Arc::clone(app), voided_sessions::turn)),
        tokio::spawn(repeat(clean_up::EVERY, Arc::clone(app), clean_up::turn)),
    ]);
    tasks
}

/// Only what keeps this node in step with the others.
#[must_use]
pub fn keep_in_step(app: &Arc<App>) -> Tasks {
    Tasks(vec![
        tokio::spawn(redis::run(Arc::clone(app))),
        tokio::spawn(feed::run(Arc::clone(app))),
        tokio::spawn(master_key::run(Arc::clone(app))),
        tokio::spawn(clock_steps::run(Arc::clone(app))),
        tokio::spawn(repeat(node_lease::EVERY, Arc::clone(app), renew_lease)),
        tokio::spawn(feed_acknowledgements::run(Arc::clone(app))),
    ])
}

/// Only what tells clients that sessions ended.
#[must_use]
pub fn tell_clients(app: &Arc<App>) -> Tasks {
    Tasks(vec![tokio::spawn(logout_outbox::run(Arc::clone(app)))])
}

/// Only what posts the audit log to its webhook.
#[must_use]
pub fn post_audit_log(app: &Arc<App>) -> Tasks {
    Tasks(vec![tokio::spawn(audit_webhook::run(Arc::clone(app)))])
}

/// Only what sends letters.
#[must_use]
pub fn send_letters(app: &Arc<App>) -> Tasks {
    Tasks(vec![tokio::spawn(mail_outbox::run(Arc::clone(app)))])
}

/// Takes a turn now and then after each `pause`; a turn that lasts longer than that is not hurried.
async fn repeat<F>(pause: Duration, app: Arc<App>, turn: impl Fn(Arc<App>) -> F)
where
    F: Future<Output = ()>,
{
    let mut timer = interval(pause);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        turn(Arc::clone(&app)).await;
    }
}
