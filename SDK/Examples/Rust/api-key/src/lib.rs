//! `api-key`: lets only those pass who show a key.
//!
//! config: `header` (default `X-API-Key`: where clients put their key), `keys` (array of `{"name": …, "key": …}`)
//!
//! The upstream gets `X-Client-Name` instead of the key; the log record gets `api_key.client`.

use torii_plugin::*;

struct Client {
    name: String,
    key: String,
}

struct ApiKey {
    header: String,
    clients: Vec<Client>,
}

/// How long it takes tells nothing of where the first difference is.
fn is_same_secret(given: &[u8], key: &[u8]) -> bool {
    let start = (given.len() != key.len()) as u8;
    given.iter().zip(key.iter().cycle()).fold(start, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn refuse(request: &mut Request, body: &str) -> Result<Action, Error> {
    request.respond(401, &[("Content-Type", b"application/json"), ("WWW-Authenticate", b"Key")], body.as_bytes())
}

impl Plugin for ApiKey {
    type State = ();

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Lets only those pass who show a key"),
        license: text!("Apache-2.0"),
        priority: 1250,
        phases: ACCESS,
        flags: MAY_UNLOAD,
        needs: needs![HEADERS, FLOW, LOG_RECORD],
        schema: text!(
            r#"{"type": "object", "required": ["keys"], "additionalProperties": false, "properties": {
              "header": {"type": "string", "default": "X-API-Key", "minLength": 1, "maxLength": 128},
              "keys": {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["name", "key"], "additionalProperties": false, "properties": {
                  "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 64},
                  "key": {"type": "string", "minLength": 1, "maxLength": 256,
                    "x-secret": true, "x-referenceable": true}}}}}}"#
        ),
        ..Description::new(text!("api-key"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let config = setup.config();
        let mut clients: Vec<Client> = Vec::new();
        for entry in config.get("keys").elements() {
            let text = |name| {
                let pointer = format!("/keys/{}/{}", clients.len(), name);
                entry.get(name).text().map(str::to_owned).ok_or_else(|| Error::refusal(pointer, "is required"))
            };
            let client = Client { name: text("name")?, key: text("key")? };
            if clients.iter().any(|other| other.key == client.key) {
                return Err(Error::refusal(format!("/keys/{}/key", clients.len()), "two clients have the same key"));
            }
            clients.push(client);
        }
        if clients.is_empty() {
            return Err(Error::refusal("/keys", "is required, and names at least one client"));
        }
        Ok(ApiKey { header: config.get("header").text().unwrap_or("X-API-Key").to_owned(), clients })
    }

    fn access(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        request.redact(&self.header)?;
        let found = match request.header(Map::Request, &self.header) {
            None => return refuse(request, r#"{"message":"no API key was given"}"#),
            Some(given) => self.clients.iter().filter(|one| is_same_secret(given, one.key.as_bytes())).last(),
        };
        let client = match found {
            None => return refuse(request, r#"{"message":"the API key is not valid"}"#),
            Some(client) => client,
        };
        request.set_log_value("api_key.client", &Json::quote(&client.name))?;
        request.remove_header(Map::Upstream, &self.header)?;
        request.set_header(Map::Upstream, "X-Client-Name", &client.name)?;
        Ok(Action::Continue)
    }
}

export!(ApiKey);
