//! The scripts, and how one is called.

use super::{EphemeralError, Era, Link};
use deadpool_redis::redis::{FromRedisValue, RedisResult, Script};
use std::sync::atomic::Ordering;

/// Says that there is no count to compare.
const NO_COUNT: i64 = -1;

/// Every script, by the name of its file.
pub(super) struct Scripts {
    pub issue_code: Script,
    pub look_at_code: Script,
    pub redeem_code: Script,
    pub begin_family: Script,
    pub load_family: Script,
    pub rotate_refresh: Script,
    pub last_seen: Script,
    pub raise: Script,
    pub look_at_tide: Script,
    pub take_try: Script,
    pub give_back_try: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |body: &str| Script::new(&[include_str!("../scripts/guard.lua"), body].concat());
        Self {
            issue_code: script(include_str!("../scripts/issue_code.lua")),
            look_at_code: script(include_str!("../scripts/look_at_code.lua")),
            redeem_code: script(include_str!("../scripts/redeem_code.lua")),
            begin_family: script(include_str!("../scripts/begin_family.lua")),
            load_family: script(include_str!("../scripts/load_family.lua")),
            rotate_refresh: script(include_str!("../scripts/rotate_refresh.lua")),
            last_seen: script(include_str!("../scripts/last_seen.lua")),
            raise: script(include_str!("../scripts/raise.lua")),
            look_at_tide: script(include_str!("../scripts/look_at_tide.lua")),
            take_try: script(include_str!("../scripts/take_try.lua")),
            give_back_try: script(include_str!("../scripts/give_back_try.lua")),
        }
    }

    /// Brings every script to Redis, which tells those that it cannot read. One that it forgets later is brought again
    /// when it is called.
    pub(super) async fn load(&self, link: &Link) -> Result<(), EphemeralError> {
        let all = [
            &self.issue_code,
            &self.look_at_code,
            &self.redeem_code,
            &self.begin_family,
            &self.load_family,
            &self.rotate_refresh,
            &self.last_seen,
            &self.raise,
            &self.look_at_tide,
            &self.take_try,
            &self.give_back_try,
        ];
        for script in all {
            link.ask(async |wire| script.load_async(wire).await).await?;
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
    pub(super) fn guarded(self, era: &Era) -> Self {
        self.key(era.count_key()).argument(era.seen.load(Ordering::Relaxed))
    }

    /// Carried out whatever it has forgotten.
    pub(super) fn unguarded(self) -> Self {
        self.argument(NO_COUNT)
    }

    pub(super) async fn invoke<T: FromRedisValue>(self, link: &Link) -> Result<T, EphemeralError> {
        let mut call = self.script.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        for argument in &self.arguments {
            call.arg(argument);
        }
        link.ask(async |wire| -> RedisResult<T> { call.invoke_async(wire).await }).await
    }
}
