//! A person who knows no more of a page than its HTML: types into fields by their id and presses a button by its id, as the
//! scripted browser of a conformance suite does. What else a form carries is sent as it stands.

use crate::{Answer, Browser};
use reqwest::Method;

/// A field or a button of a form.
struct Control {
    id: String,
    name: String,
    value: String,
    is_button: bool,
}

/// The form of a page that has the control of this id.
struct Form {
    action: String,
    controls: Vec<Control>,
}

impl Answer {
    /// Whether the page has an element of this id.
    #[must_use]
    pub fn has_id(&self, id: &str) -> bool {
        self.body.contains(&format!(" id=\"{id}\""))
    }

    /// What a form carries that is sent by the button of this id, in the order of the page.
    ///
    /// # Panics
    /// When no form has it.
    #[must_use]
    pub fn form_fields(&self, button: &str) -> Vec<(String, String)> {
        let form = self.form_with(button);
        let sent = form.controls.into_iter().filter(|control| !control.is_button || control.id == button);
        sent.filter(|control| !control.name.is_empty()).map(|control| (control.name, control.value)).collect()
    }

    fn form_with(&self, id: &str) -> Form {
        let forms =
            self.body.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap_or_default());
        let found = forms.map(form).find(|form| form.controls.iter().any(|control| control.id == id));
        found.unwrap_or_else(|| panic!("no form with #{id}: {} {}\n{}", self.status, self.url, self.body))
    }
}

impl Browser {
    /// Types into the fields of these ids, and presses the button of this one. The request says nothing about where it
    /// comes from, as those of old browsers.
    ///
    /// # Panics
    /// When the page has no such form.
    pub async fn submit(&self, page: &Answer, typed: &[(&str, &str)], button: &str) -> Answer {
        let mut form = page.form_with(button);
        for (id, text) in typed {
            let field = form.controls.iter_mut().find(|control| control.id == *id);
            field.unwrap_or_else(|| panic!("no #{id} beside #{button}")).value = (*text).to_owned();
        }
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for control in &form.controls {
            if !control.name.is_empty() && (!control.is_button || control.id == button) {
                body.append_pair(&control.name, &control.value);
            }
        }
        let target = page.url.join(&form.action).unwrap();
        self.send(Method::POST, target.as_str(), Some(body.finish()), &[]).await
    }
}

fn form(html: &str) -> Form {
    let (own, inside) = html.split_once('>').unwrap_or((html, ""));
    let controls = inside.split('<').filter_map(|tag| {
        let is_button = tag.starts_with("button ");
        if !is_button && !tag.starts_with("input ") {
            return None;
        }
        let tag = tag.split('>').next().unwrap_or_default();
        let (id, name, value) = (attribute(tag, "id"), attribute(tag, "name"), attribute(tag, "value"));
        Some(Control { id, name, value, is_button })
    });
    Form { action: attribute(own, "action"), controls: controls.collect() }
}

fn attribute(tag: &str, name: &str) -> String {
    let tag = format!(" {tag}");
    let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let value = value.unwrap_or_default();
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<")];
    let value = named.iter().fold(value.to_owned(), |value, (entity, text)| value.replace(entity, text));
    value.replace("&#62;", ">").replace("&#38;", "&").replace("&amp;", "&")
}
