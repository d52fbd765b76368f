//! `__NAME__`: sets a header on each response.
//!
//! config: `value` (string, default `__NAME__`)

use torii_plugin::*;

struct __TYPE__ {
    value: String,
}

/// What may stand in a header.
fn check(value: &str) -> Result<(), Error> {
    if value.contains(&['\r', '\n', '\0'][..]) {
        return Err(Error::refusal("/value", "a header value holds no line break and no NUL"));
    }
    Ok(())
}

impl Plugin for __TYPE__ {
    type State = ();

    const DESCRIPTION: Description = Description {
        summary: text!("Sets a header on each response"),
        priority: 100,
        phases: HEADER_FILTER,
        flags: MAY_UNLOAD,
        needs: needs![HEADERS],
        schema: text!(
            r#"{"type": "object", "additionalProperties": false, "properties": {
              "value": {"type": "string", "default": "__NAME__", "maxLength": 256}}}"#
        ),
        ..Description::new(text!("__NAME__"), text!("0.1.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let value = setup.config().get("value").text().unwrap_or("__NAME__").to_owned();
        check(&value)?;
        Ok(__TYPE__ { value })
    }

    fn header_filter(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        request.set_header(Map::Response, "X-__TYPE__", &self.value)?;
        Ok(Action::Continue)
    }
}

export!(__TYPE__);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_line_breaks_are_refused_by_name() {
        assert!(check("hello").is_ok());
        assert_eq!(check("a\r\nb").unwrap_err().pointer, "/value");
    }
}
