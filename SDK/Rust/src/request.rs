//! A request, as a callback sees it.

use std::marker::PhantomData;
use std::os::raw::c_void;

use crate::abi::{self, Slice};
use crate::host::{Level, OperationId, RequestId, Tables};
use crate::{Action, Error};

/// Header fields that the host holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// As the client sent them; never changes.
    Request = 1,
    /// As they will be sent upstream; changeable in `access` and in a whole `request_body`.
    Upstream = 2,
    /// As they will be sent to the client; changeable from `header_filter` until sent.
    Response = 3,
    /// Of the response to a call-out; in its event only.
    CallOut = 4,
}

/// A text of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Text {
    Method = 1,
    Scheme = 2,
    Host = 3,
    Target = 4,
    Path = 5,
    Query = 6,
    Version = 7,
    ClientAddress = 8,
    RequestId = 9,
    RouteId = 10,
    RouteName = 11,
    ServiceId = 12,
    ServiceName = 13,
    MatchedPath = 14,
    UpstreamUri = 15,
}

/// A number of the request. Times are monotonic nanoseconds, 0 when that has not happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Number {
    ClientPort = 1,
    ListenerPort = 2,
    StartedAt = 3,
    StartedTime = 4,
    UpstreamStartTime = 5,
    UpstreamHeadTime = 6,
    FinishedTime = 7,
    RequestBytes = 8,
    ResponseBytes = 9,
    Status = 10,
    UpstreamStatus = 11,
    ClientGone = 12,
    ResponseComplete = 13,
    HeadSent = 14,
}

/// A request that the host makes on the plugin's behalf.
#[derive(Clone, Debug, Default)]
pub struct HttpCall<'a> {
    /// Absolute, `http` or `https`.
    pub url: &'a str,
    /// Empty for GET.
    pub method: &'a str,
    /// Fields to send.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// Content to send.
    pub body: &'a [u8],
    /// Milliseconds for the whole; 0 for 60,000.
    pub timeout: u32,
    /// Bytes of content accepted; 0 for 1 MiB.
    pub response_limit: u32,
}

/// A request, for as long as a callback runs.
///
/// What it gives are views of the host's memory: they borrow the request, and what changes something borrows it mutably, so that
/// the compiler keeps the ABI's rule that a view ends with a change.
pub struct Request<'a> {
    tables: &'a Tables,
    instance: u64,
    id: u64,
}

impl<'a> Request<'a> {
    pub(crate) fn new(tables: &'a Tables, instance: u64, id: u64) -> Request<'a> {
        Request { tables, instance, id }
    }

    /// The request's name, to reach it later by a [`crate::Handle`].
    pub fn id(&self) -> RequestId {
        RequestId(self.id)
    }

    /// The first value of a field, its name compared without case.
    pub fn header(&self, map: Map, name: &str) -> Option<&[u8]> {
        self.header_at(map, name, 0)
    }

    /// The index-th value of a field.
    pub fn header_at(&self, map: Map, name: &str, index: u32) -> Option<&[u8]> {
        let mut value = Slice::EMPTY;
        let context = self.tables.context;
        let got = self.tables.with(self.tables.headers, |table| unsafe {
            (table.get)(context, self.id, map as u32, Slice::of(name.as_bytes()), index, &mut value)
        });
        got.ok().map(|_| unsafe { value.bytes() })
    }

    /// The field lines in order.
    pub fn headers(&self, map: Map) -> impl Iterator<Item = (&[u8], &[u8])> + '_ {
        (0..).map_while(move |position| {
            let (mut name, mut value) = (Slice::EMPTY, Slice::EMPTY);
            let context = self.tables.context;
            let got = self.tables.with(self.tables.headers, |table| unsafe {
                (table.at)(context, self.id, map as u32, position, &mut name, &mut value)
            });
            got.ok().map(|_| unsafe { (name.bytes(), value.bytes()) })
        })
    }

    /// Replaces all fields of that name by one.
    pub fn set_header(&mut self, map: Map, name: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.headers, |table| unsafe {
            (table.set)(context, self.id, map as u32, Slice::of(name.as_bytes()), Slice::of(value.as_ref()))
        })
    }

    /// Adds a field line.
    pub fn add_header(&mut self, map: Map, name: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.headers, |table| unsafe {
            (table.add)(context, self.id, map as u32, Slice::of(name.as_bytes()), Slice::of(value.as_ref()))
        })
    }

    /// Removes all fields of that name; says whether there was one.
    pub fn remove_header(&mut self, map: Map, name: &str) -> Result<bool, Error> {
        let context = self.tables.context;
        let removed = self.tables.with(self.tables.headers, |table| unsafe {
            (table.remove)(context, self.id, map as u32, Slice::of(name.as_bytes()))
        });
        match removed {
            Ok(()) => Ok(true),
            Err(error) if error.status == abi::E_NOT_FOUND => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A text of the request; empty where it does not apply.
    pub fn text(&self, text: Text) -> &[u8] {
        let mut value = Slice::EMPTY;
        let context = self.tables.context;
        let got = self.tables.with(self.tables.request, |table| unsafe {
            (table.text)(context, self.id, text as u32, &mut value)
        });
        if got.is_ok() { unsafe { value.bytes() } } else { &[] }
    }

    /// A number of the request.
    pub fn number(&self, number: Number) -> i64 {
        let mut value = 0;
        let context = self.tables.context;
        let _ = self.tables.with(self.tables.request, |table| unsafe {
            (table.number)(context, self.id, number as u32, &mut value)
        });
        value
    }

    /// A group of the route's regular expression, by name or decimal number.
    pub fn capture(&self, name: &str) -> Option<&[u8]> {
        let mut value = Slice::EMPTY;
        let context = self.tables.context;
        let got = self.tables.with(self.tables.request, |table| unsafe {
            (table.capture)(context, self.id, Slice::of(name.as_bytes()), &mut value)
        });
        got.ok().map(|_| unsafe { value.bytes() })
    }

    /// Where the request goes instead of to its service; port 0 is the scheme's.
    pub fn set_target(&mut self, scheme: &str, host: &str, port: u16) -> Result<(), Error> {
        let target = abi::Target {
            struct_size: std::mem::size_of::<abi::Target>() as u32,
            flags: 0,
            scheme: Slice::of(scheme.as_bytes()),
            host: Slice::of(host.as_bytes()),
            port: port.into(),
            connect_timeout: 0,
            write_timeout: 0,
            read_timeout: 0,
        };
        let context = self.tables.context;
        self.tables.with(self.tables.upstream, |table| unsafe { (table.set_target)(context, self.id, &target) })
    }

    /// The path to send: beginning with `/`, already encoded.
    pub fn set_path(&mut self, path: &str) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.upstream, |table| unsafe {
            (table.set_path)(context, self.id, Slice::of(path.as_bytes()))
        })
    }

    /// The query to send: without `?`, already encoded.
    pub fn set_query(&mut self, query: &str) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.upstream, |table| unsafe {
            (table.set_query)(context, self.id, Slice::of(query.as_bytes()))
        })
    }

    /// The method to send.
    pub fn set_method(&mut self, method: &str) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.upstream, |table| unsafe {
            (table.set_method)(context, self.id, Slice::of(method.as_bytes()))
        })
    }

    /// Gives up the answer that has come, to send the request once more: from here on, until the method returns
    /// [`Action::SendAgain`], target and upstream fields may be changed, and [`Request::emit`] makes the body.
    /// `E_UNSUPPORTED` from hosts before 1.1, and for requests whose body was streamed.
    pub fn send_again(&mut self) -> Result<(), Error> {
        let context = self.tables.context;
        let (instance, id) = (self.instance, self.id);
        let table = self.tables.upstream;
        self.tables.with(table, |known| {
            if (known.struct_size as usize) < std::mem::size_of::<abi::GrownUpstreamInterface>() {
                return abi::E_UNSUPPORTED;
            }
            unsafe { ((*table.cast::<abi::GrownUpstreamInterface>()).send_again)(context, instance, id) }
        })
    }

    /// Sets a response of the plugin's own, and gives the action to return: `return request.respond(401, …)`.
    pub fn respond(&mut self, status: u32, headers: &[(&str, &[u8])], body: &[u8]) -> Result<Action, Error> {
        let fields: Vec<abi::Header> = headers
            .iter()
            .map(|(name, value)| abi::Header { name: Slice::of(name.as_bytes()), value: Slice::of(value) })
            .collect();
        let response = abi::ResponseArgs {
            struct_size: std::mem::size_of::<abi::ResponseArgs>() as u32,
            status,
            headers: fields.as_ptr(),
            header_count: fields.len() as u32,
            flags: 0,
            body: Slice::of(body),
        };
        let context = self.tables.context;
        self.tables.with(self.tables.flow, |table| unsafe { (table.respond)(context, self.id, &response) })?;
        Ok(Action::Respond)
    }

    /// Changes the status of the response: from `header_filter` until its head is sent.
    pub fn set_status(&mut self, status: u32) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.flow, |table| unsafe { (table.set_status)(context, self.id, status) })
    }

    /// Passes bytes on in place of the piece; they are copied.
    pub fn emit(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.body, |table| unsafe {
            (table.emit)(context, self.instance, self.id, Slice::of(bytes))
        })
    }

    /// As [`Request::emit`], without a copy: the vector is dropped when the host no longer needs it.
    pub fn emit_owned(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        unsafe extern "C" fn release(context: *mut c_void) {
            drop(unsafe { Box::from_raw(context as *mut Vec<u8>) });
        }
        let given = Slice::of(&bytes);
        let context = self.tables.context;
        // The host calls release once, also when it fails; a host without the interface never gets the vector.
        self.tables.with(self.tables.body, move |table| unsafe {
            let owned = Box::into_raw(Box::new(bytes)) as *mut c_void;
            (table.emit_owned)(context, self.instance, self.id, given, release, owned)
        })
    }

    /// Has the host make a request; `event` with what came of it. Usually followed by `Ok(Action::Pause)`.
    pub fn call(&self, call: &HttpCall<'_>, token: u64) -> Result<OperationId, Error> {
        let fields: Vec<abi::Header> = call
            .headers
            .iter()
            .map(|(name, value)| abi::Header { name: Slice::of(name), value: Slice::of(value) })
            .collect();
        let described = abi::HttpRequestArgs {
            struct_size: std::mem::size_of::<abi::HttpRequestArgs>() as u32,
            timeout: call.timeout,
            method: Slice::of(call.method.as_bytes()),
            url: Slice::of(call.url.as_bytes()),
            headers: fields.as_ptr(),
            header_count: fields.len() as u32,
            response_limit: call.response_limit,
            body: Slice::of(call.body),
        };
        let mut operation = 0;
        let context = self.tables.context;
        self.tables.with(self.tables.operations, |table| unsafe {
            (table.http)(context, self.instance, self.id, &described, token, &mut operation)
        })?;
        Ok(OperationId(operation))
    }

    /// `event` after so many milliseconds.
    pub fn timer(&self, milliseconds: u64, token: u64) -> Result<OperationId, Error> {
        let mut operation = 0;
        let context = self.tables.context;
        self.tables.with(self.tables.operations, |table| unsafe {
            (table.timer)(context, self.instance, self.id, milliseconds, token, &mut operation)
        })?;
        Ok(OperationId(operation))
    }

    /// No event will come for the operation; false when it has come or is gone.
    pub fn cancel(&self, operation: OperationId) -> bool {
        let context = self.tables.context;
        self.tables
            .with(self.tables.operations, |table| unsafe { (table.cancel)(context, self.instance, operation.0) })
            .is_ok()
    }

    /// Puts a JSON value at a dotted key of the log record.
    pub fn set_log_value(&mut self, key: &str, json: &str) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.log, |table| unsafe {
            (table.set)(context, self.id, Slice::of(key.as_bytes()), Slice::of(json.as_bytes()))
        })
    }

    /// Keeps a request header's value out of every log record.
    pub fn redact(&mut self, header: &str) -> Result<(), Error> {
        let context = self.tables.context;
        self.tables.with(self.tables.log, |table| unsafe {
            (table.redact)(context, self.id, Slice::of(header.as_bytes()))
        })
    }

    /// In `log`: the whole record as one JSON object.
    pub fn record(&self) -> Result<&[u8], Error> {
        let mut json = Slice::EMPTY;
        let context = self.tables.context;
        self.tables.with(self.tables.log, |table| unsafe { (table.record)(context, self.id, &mut json) })?;
        Ok(unsafe { json.bytes() })
    }

    /// Writes one line to the gateway's log.
    pub fn log(&self, level: Level, line: &str) {
        self.tables.log(self.instance, self.id, level, line)
    }
}

/// A piece of a body as it lies in memory.
pub struct Piece<'a> {
    parts: *const Slice,
    count: usize,
    flags: u32,
    lifetime: PhantomData<&'a [u8]>,
}

impl<'a> Piece<'a> {
    pub(crate) fn new(args: &'a abi::BodyArgs) -> Piece<'a> {
        let count = if args.parts.is_null() { 0 } else { args.part_count as usize };
        Piece { parts: args.parts, count, flags: args.flags, lifetime: PhantomData }
    }

    /// The parts in order.
    pub fn parts(&self) -> impl Iterator<Item = &'a [u8]> {
        let parts = self.parts;
        (0..self.count).map(move |place| unsafe { (*parts.add(place)).bytes() })
    }

    /// A copy of all bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.parts().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    /// Nothing follows.
    pub fn is_last(&self) -> bool {
        self.flags & 1 != 0
    }

    /// A whole body beyond the limit: there are no bytes.
    pub fn is_too_large(&self) -> bool {
        self.flags & 2 != 0
    }

    /// With `is_last`: the upstream broke off.
    pub fn is_incomplete(&self) -> bool {
        self.flags & 4 != 0
    }
}

/// Kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A timer ran out.
    Timer,
    /// A call-out ended.
    Http,
    /// [`crate::Handle::post`] was called.
    Post,
    /// The plugin paused for too long; 504 follows.
    PauseTimeout,
    /// The client or the upstream is gone while paused; `log` follows.
    Aborted,
    /// One that this crate does not know.
    Other(u32),
}

/// What a timer, call-out or post brings.
pub struct Event<'a> {
    args: &'a abi::EventArgs,
}

impl<'a> Event<'a> {
    pub(crate) fn new(args: &'a abi::EventArgs) -> Event<'a> {
        Event { args }
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        match self.args.kind {
            1 => EventKind::Timer,
            2 => EventKind::Http,
            3 => EventKind::Post,
            4 => EventKind::PauseTimeout,
            5 => EventKind::Aborted,
            other => EventKind::Other(other),
        }
    }

    /// The operation that ended.
    pub fn operation(&self) -> OperationId {
        OperationId(self.args.operation)
    }

    /// What the plugin gave when it started the operation or posted.
    pub fn token(&self) -> u64 {
        self.args.token
    }

    /// A call-out: the status of the response; `None` when none came.
    pub fn http_status(&self) -> Option<u32> {
        if self.args.kind == 2 && self.args.status == 0 { Some(self.args.http_status) } else { None }
    }

    /// A call-out: the response's content.
    pub fn body(&self) -> &'a [u8] {
        unsafe { self.args.body.bytes() }
    }

    /// A call-out that failed: why.
    pub fn message(&self) -> &'a [u8] {
        unsafe { self.args.message.bytes() }
    }
}
