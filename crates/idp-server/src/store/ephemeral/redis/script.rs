//! The scripts, and how one is called.

use super::{Connection, EphemeralError, Epoch};
use deadpool_redis::redis::{FromRedisValue, RedisResult, Script};
use std::sync::atomic::Ordering;

/// Says that there is no count to compare.
const NO_COUNT: i64 = -1;

/// Every script, by the name of its file.
pub(super) struct Scripts {
    pub begin_family: Script,
    pub load_family: Script,
    pub rotate_refresh: Script,
    pub last_seen: Script,
    pub raise: Script,
    pub check_watermark: Script,
    pub take_try: Script,
    pub give_back_try: Script,
    pub look_at_bucket: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |body: &str| Script::new(&[include_str!("../scripts/guard.lua"), body].concat());
        Self {
            begin_family: script(include_str!("../scripts/begin_family.lua")),
            load_family: script(include_str!("../scripts/load_family.lua")),
            rotate_refresh: script(include_str!("../scripts/rotate_refresh.lua")),
            last_seen: script(include_str!("../scripts/last_seen.lua")),
            raise: script(include_str!("../scripts/raise.lua")),
            check_watermark: script(include_str!("../scripts/check_watermark.lua")),
            take_try: script(include_str!("../scripts/take_try.lua")),
            give_back_try: script(include_str!("../scripts/give_back_try.lua")),
            look_at_bucket: script(include_str!("../scripts/look_at_bucket.lua")),
        }
    }

    /// Brings every script to Redis, which tells those that it cannot read. One that it forgets later is brought again
    /// when it is called.
    pub(super) async fn load(&self, connection: &Connection) -> Result<(), EphemeralError> {
        let all = [
            &self.begin_family,
            &self.load_family,
            &self.rotate_refresh,
            &self.last_seen,
            &self.raise,
            &self.check_watermark,
            &self.take_try,
            &self.give_back_try,
            &self.look_at_bucket,
        ];
        for script in all {
            connection.ask(async |multiplexed| script.load_async(multiplexed).await).await?;
        }
        Ok(())
    }
}

/// A script with its keys and arguments.
pub(super) struct Call<'a> {
    script: &'a Script,
    keys: Vec<String>,
    arguments: Vec<String>,
}

impl<'a> Call<'a> {
    pub(super) const fn new(script: &'a Script) -> Self {
        Self { script, keys: Vec::new(), arguments: Vec::new() }
    }

    pub(super) fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    pub(super) fn argument(mut self, argument: impl ToString) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// Refused by a Redis that has forgotten what the node saw.
    pub(super) fn guarded(self, epoch: &Epoch) -> Self {
        self.key(epoch.writes_key()).argument(epoch.seen.load(Ordering::Relaxed))
    }

    /// Carried out even by a Redis that has forgotten it.
    pub(super) fn unguarded(self) -> Self {
        self.argument(NO_COUNT)
    }

    pub(super) async fn invoke<T: FromRedisValue>(
        self,
        connection: &Connection,
    ) -> Result<T, EphemeralError> {
        let mut call = self.script.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        for argument in &self.arguments {
            call.arg(argument);
        }
        connection.ask(async |multiplexed| -> RedisResult<T> { call.invoke_async(multiplexed).await }).await
    }
}
