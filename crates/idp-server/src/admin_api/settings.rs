//! The configuration in force.

use super::{Answered, Body, Input, Method, NoBody, NoPath, NoQuery, Operation, Problem};
use crate::config::{self, Origin};
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The configuration of the node that answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// Every key, in the order of their names.
    pub items: Vec<Setting>,
    /// What an operator should know about it.
    pub notes: Vec<String>,
}

impl Body for Settings {}

/// A key of the configuration.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its name, such as `token.access`.
    pub key: String,
    /// Its value, as the configuration file would have it, without secrets; `null`: it is not set.
    pub value: serde_json::Value,
    /// Where it comes from: `default`, `file`, `environment` or `flag`.
    pub origin: String,
    /// The file, if it comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl From<config::Setting> for Setting {
    fn from(setting: config::Setting) -> Self {
        let (origin, file) = match &setting.origin {
            Origin::Default => ("default", None),
            Origin::File(path) => ("file", Some(path.display().to_string())),
            Origin::Environment => ("environment", None),
            Origin::Flag => ("flag", None),
        };
        Self { key: setting.key, value: setting.value, origin: origin.to_owned(), file }
    }
}

/// Shows the configuration.
pub struct GetSettings;

impl Operation for GetSettings {
    const ID: &'static str = "getSettings";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/settings";
    const TAG: &'static str = "Settings";
    const SUMMARY: &'static str =
        "Shows the configuration of the node that answers, and where each value comes from; never a secret";
    const NEEDS: &'static [Permission] = &[Permission::ReadSettings];
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Settings;

    async fn run(
        by: &Administration<'_>,
        _input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Settings>, Problem> {
        let (all, notes) = by.settings()?;
        Ok(Answered::new(Settings { items: all.into_iter().map(Setting::from).collect(), notes }))
    }
}
