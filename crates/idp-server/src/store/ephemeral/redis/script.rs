//! The scripts, and how one is called.

use super::connection::Multiplexed;
use super::{Connection, EphemeralError, Epoch};
use deadpool_redis::redis::{FromRedisValue, RedisResult, Script};
use std::sync::atomic::Ordering;

/// Says that there is no count to compare.
const NO_COUNT: i64 = -1;

/// A script, and the name of its file.
pub(super) struct Named {
    name: &'static str,
    script: Script,
}

macro_rules! scripts {
    ($($name:ident)+) => {
        /// Every script, by the name of its file.
        pub(super) struct Scripts {
            $(pub $name: Named,)+
        }

        impl Scripts {
            pub(super) fn new() -> Self {
                let script = |body: &str| Script::new(&[include_str!("../scripts/guard.lua"), body].concat());
                Self {
                    $($name: Named {
                        name: stringify!($name),
                        script: script(include_str!(concat!("../scripts/", stringify!($name), ".lua"))),
                    },)+
                }
            }

            const fn all(&self) -> [&Named; [$(stringify!($name)),+].len()] {
                [$(&self.$name),+]
            }
        }
    };
}

scripts! {
    begin_family
    load_family
    rotate_refresh
    last_seen
    raise
    check_watermark
    take_try
    give_back_try
    look_at_bucket
}

impl Scripts {
    /// Brings every script to Redis, which tells those that it cannot read. One that it forgets later is brought again
    /// when it is called.
    pub(super) async fn load(&self, connection: &Connection) -> Result<(), EphemeralError> {
        for Named { name, script } in self.all() {
            let load = async |multiplexed: &mut Multiplexed| script.load_async(multiplexed).await;
            connection.ask(("SCRIPT LOAD", Some(name)), load).await?;
        }
        Ok(())
    }
}

/// A script with its keys and arguments.
pub(super) struct Call<'a> {
    script: &'a Named,
    keys: Vec<String>,
    arguments: Vec<String>,
}

impl<'a> Call<'a> {
    pub(super) const fn new(script: &'a Named) -> Self {
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
        let Named { name, script } = self.script;
        let mut call = script.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        for argument in &self.arguments {
            call.arg(argument);
        }
        let invoke =
            async |multiplexed: &mut Multiplexed| -> RedisResult<T> { call.invoke_async(multiplexed).await };
        connection.ask(("EVALSHA", Some(name)), invoke).await
    }
}
