//! `header-stamp`: sets a header on the way to the upstream and on the way back.
//!
//! config: `header` (default `X-Stamp`), `value` (default `torii`), `upstream` (default true: set it on the request, too)

use torii_plugin::*;

struct HeaderStamp {
    header: String,
    value: String,
    upstream: bool,
}

impl Plugin for HeaderStamp {
    type State = ();

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Sets a header on requests and responses"),
        license: text!("Apache-2.0"),
        priority: 100,
        phases: ACCESS | HEADER_FILTER,
        flags: MAY_UNLOAD,
        needs: needs![HEADERS],
        schema: text!(
            r#"{"type": "object", "additionalProperties": false, "properties": {
              "header": {"type": "string", "default": "X-Stamp", "minLength": 1, "maxLength": 128},
              "value": {"type": "string", "default": "torii", "maxLength": 256},
              "upstream": {"type": "boolean", "default": true}}}"#
        ),
        ..Description::new(text!("header-stamp"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let config = setup.config();
        let header = config.get("header").text().unwrap_or("X-Stamp").to_owned();
        let value = config.get("value").text().unwrap_or("torii").to_owned();
        if header.is_empty() || !header.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)) {
            return Err(Error::refusal("/header", "is not a header field name"));
        }
        if value.contains(&['\r', '\n', '\0'][..]) {
            return Err(Error::refusal("/value", "a header value holds no line break and no NUL"));
        }
        Ok(HeaderStamp { header, value, upstream: config.get("upstream").boolean().unwrap_or(true) })
    }

    fn access(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        if self.upstream {
            request.set_header(Map::Upstream, &self.header, &self.value)?;
        }
        Ok(Action::Continue)
    }

    fn header_filter(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        request.set_header(Map::Response, &self.header, &self.value)?;
        Ok(Action::Continue)
    }
}

export!(HeaderStamp);
