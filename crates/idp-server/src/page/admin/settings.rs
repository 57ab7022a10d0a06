//! The configuration in force, to be read. It is changed where it is written.

use askama::Template;

use super::AdminNav;
use crate::page::{DisplayText, Layout, Message, Page, Part, Value};

/// Shows it.
#[derive(Debug, Template)]
#[template(path = "admin/settings.html")]
pub struct AdminSettingsPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What an operator should know about it.
    pub notes: Vec<DisplayText>,
    /// What was set, by an operator.
    pub own: Vec<SettingLine>,
    /// What is as it comes.
    pub usual: Vec<SettingLine>,
}

/// A key of it.
#[derive(Clone, Debug)]
pub struct SettingLine {
    /// Its name.
    pub key: DisplayText,
    /// Its value, without secrets; empty: it is not set.
    pub value: DisplayText,
    /// Where it comes from.
    pub origin: SettingOrigin,
}

/// Where a value comes from.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum SettingOrigin {
    /// As it comes.
    Usual,
    /// This file.
    File(DisplayText),
    /// The environment of the process.
    Environment,
    /// A flag of the command.
    Flag,
}

impl Page for AdminSettingsPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminSettingsPage {
    fn origin<'s>(&self, setting: &'s SettingLine) -> Option<Message<'s>> {
        match &setting.origin {
            SettingOrigin::Usual => None,
            SettingOrigin::File(file) => {
                Some(self.layout.message("admin-setting-file", &[("file", Value::Name(file))]))
            }
            SettingOrigin::Environment => Some(self.layout.message("admin-setting-environment", &[])),
            SettingOrigin::Flag => Some(self.layout.message("admin-setting-flag", &[])),
        }
    }
}
