//! What the Redis says about itself, beyond what a start needs of it.

use super::clock;
use crate::{cli::checks::Finding, config::Config, store::check_redis};

const CHECK: &str = "redis";

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    // That it cannot be used was found by the look at what a start needs.
    let Ok(Some(redis)) = check_redis(config).await else { return Vec::new() };
    let keeps = match redis.persists {
        _ if redis.fails_to_persist => {
            Finding::failed(CHECK, "it could not write what it holds to disk the last time")
                .mended_by("see in its log why, most often a full disk or a folder that it may not write")
        }
        Some(true) => Finding::well(CHECK, "it writes what it holds to disk"),
        Some(false) => Finding::note(
            CHECK,
            "it keeps nothing on disk: after its restart people sign in again, silently where their session is open",
        ),
        None => Finding::note(CHECK, "it does not say whether it writes what it holds to disk"),
    };
    let clock =
        redis.now_ms.map(|now_ms| clock::compared("Redis", now_ms.saturating_sub(crate::clock::wall_ms())));
    std::iter::once(keeps).chain(clock).collect()
}
