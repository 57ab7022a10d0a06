//! The forms of our own pages, as a browser without script sees them. The pages are this provider's: no other HTML is read.

/// What a form carries.
pub(super) struct Form {
    /// Where it is posted to.
    pub(super) action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form that has a button of this id, as it is sent by that button.
    pub(super) fn with_button(page: &str, id: &str) -> Option<Self> {
        let mark = format!(" id=\"{id}\"");
        let forms = page.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&mark))?;
        let (own, inside) = form.split_once('>')?;
        let tags = inside.split('<').filter_map(|tag| tag.split('>').next());
        let is_sent = |tag: &&str| {
            tag.starts_with("input ") || tag.starts_with("button ") && format!(" {tag}").contains(&mark)
        };
        let fields = tags
            .filter(is_sent)
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())));
        Some(Self { action: attribute(own, "action")?, fields: fields.collect() })
    }

    /// With text in the field of this name.
    pub(super) fn typed(mut self, name: &str, text: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), text.to_owned()));
        self
    }

    pub(super) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    Some(entities.iter().fold(value.to_owned(), |value, (entity, text)| value.replace(entity, text)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_form_is_sent_with_what_it_carries_and_the_button_that_was_pressed() {
        let page = "<form method=\"post\" action=\"/language\"><button id=\"de\" name=\"l\" value=\"de\">x</button></form>\
            <form class=\"stack\" method=\"post\" action=\"/login?tx=a&#38;b\">\n<input type=\"hidden\" name=\"csrf\" value=\"c&amp;d\">\n\
            <input id=\"password\" name=\"password\" type=\"password\" required>\n\
            <button id=\"go\" type=\"submit\" name=\"action\" value=\"login\">Go</button>\
            <button id=\"no\" type=\"submit\" name=\"action\" value=\"cancel\">No</button></form>";
        let form = Form::with_button(page, "go").unwrap().typed("password", "p&\"");
        assert_eq!(form.action, "/login?tx=a&b");
        let fields: Vec<(&str, &str)> =
            form.fields().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("csrf", "c&d"), ("action", "login"), ("password", "p&\"")]);
        assert!(Form::with_button(page, "other").is_none());
    }
}
