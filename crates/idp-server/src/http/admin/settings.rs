//! `/admin/settings`: the configuration of the node that answers, to be read.

use super::act::page_error;
use super::gate::Administrator;
use crate::config::{Origin, Setting};
use crate::http::request::BrowserRequest;
use crate::page::admin::{AdminRoom, AdminSettingsPage, SettingLine, SettingOrigin};
use crate::page::{DisplayText, PageError, PageSecurity, respond};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// GET.
pub async fn get(request: BrowserRequest, administrator: Administrator) -> Result<HttpResponse, PageError> {
    let found = administrator.administration(&request).settings();
    let (settings, notes) = found.map_err(|error| page_error(&request, error))?;
    let lines = settings.iter().map(line);
    let (usual, own) = lines.partition(|line| line.origin == SettingOrigin::Usual);
    let page = AdminSettingsPage {
        layout: request.layout(),
        nav: administrator.nav(AdminRoom::Settings),
        notes: notes.iter().map(|note| DisplayText::reason(note)).collect(),
        own,
        usual,
    };
    Ok(respond(&page, StatusCode::OK, &PageSecurity::own_forms()))
}

fn line(setting: &Setting) -> SettingLine {
    let value = match &setting.value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    SettingLine {
        key: DisplayText::name(&setting.key),
        value: DisplayText::reason(&value),
        origin: match &setting.origin {
            Origin::Default => SettingOrigin::Usual,
            Origin::File(path) => SettingOrigin::File(DisplayText::reason(&path.display().to_string())),
            Origin::Environment => SettingOrigin::Environment,
            Origin::Flag => SettingOrigin::Flag,
        },
    }
}
