//! `visit-counter`: counts requests, over reloads and over workers, and tells the counts.
//!
//! config: `reset` (default none: a request for this path sets all counts back)
//!
//! `X-Visits-Here` is this worker's count, handed over to the instance that takes this one's place; `X-Visits` that of all workers;
//! `X-Longest` the longest path that any of them has seen. Without `torii.shared/1`, or when it is held up, only the first of them.

use std::cell::Cell;
use torii_plugin::*;

struct VisitCounter {
    shared: SharedStore,
    reset: String,
    here: Cell<u64>,
}

// The numbers are those of the values' formats.
const VISITS: &str = "visits/1";
const LONGEST: &str = "longest/1";

impl VisitCounter {
    /// All workers' count with this visit, and the longest path with this one.
    fn note(&self, path: &[u8]) -> Result<(i64, Vec<u8>), Error> {
        let visits = self.shared.add(VISITS, 1, 0)?;
        loop {
            let known = self.shared.get(LONGEST)?;
            let revision = known.as_ref().map_or(0, |value| value.revision);
            match known {
                Some(value) if value.bytes.len() >= path.len() => return Ok((visits, value.bytes)),
                // Unless another worker was quicker: then look at what it wrote.
                _ if self.shared.replace(LONGEST, path, 0, revision)? => return Ok((visits, path.to_vec())),
                _ => {}
            }
        }
    }
}

impl Plugin for VisitCounter {
    type State = ();

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Counts requests over reloads and workers"),
        license: text!("Apache-2.0"),
        priority: 90,
        phases: HEADER_FILTER,
        flags: MAY_UNLOAD,
        needs: needs![HEADERS, REQUEST],
        schema: text!(
            r#"{"type": "object", "additionalProperties": false, "properties": {
              "reset": {"type": "string", "default": "", "maxLength": 256}}}"#
        ),
        ..Description::new(text!("visit-counter"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let reset = setup.config().get("reset").text().unwrap_or("").to_owned();
        if !reset.is_empty() && !reset.starts_with('/') {
            return Err(Error::refusal("/reset", "a path begins with '/'"));
        }
        Ok(VisitCounter { shared: setup.handle().shared(), reset, here: Cell::new(0) })
    }

    fn header_filter(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        let mut path = request.text(Text::Path).to_vec();
        if !self.reset.is_empty() && path == self.reset.as_bytes() {
            self.here.set(0);
            // Where the host has no store, or when it is held up, the counts of all workers are left out.
            let _ = self.shared.remove(VISITS).and_then(|_| self.shared.remove(LONGEST));
            return Ok(Action::Continue);
        }
        self.here.set(self.here.get() + 1);
        request.set_header(Map::Response, "X-Visits-Here", self.here.get().to_string())?;
        path.truncate(256);
        if let Ok((visits, longest)) = self.note(&path) {
            request.set_header(Map::Response, "X-Visits", visits.to_string())?;
            request.set_header(Map::Response, "X-Longest", longest)?;
        }
        Ok(Action::Continue)
    }

    /// As text: the number of the format, and the count.
    fn export_state(&self) -> Result<Option<Vec<u8>>, Error> {
        Ok(Some(format!("1 {}", self.here.get()).into_bytes()))
    }

    fn import_state(&self, state: &[u8], _: &str) -> Result<(), Error> {
        let here = std::str::from_utf8(state).ok().and_then(|text| text.strip_prefix("1 ")?.parse().ok());
        self.here.set(here.ok_or_else(|| Error::failed("the state is of a format that this version does not know"))?);
        Ok(())
    }
}

export!(VisitCounter);
