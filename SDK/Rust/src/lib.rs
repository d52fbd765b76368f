//! Plugins for Torii in Rust: the ABI of `torii/plugin.h` as a trait. No dependencies; Rust 1.63 and later.
//!
//! ```
//! use torii_plugin::*;
//!
//! struct Stamp;
//!
//! impl Plugin for Stamp {
//!     type State = ();
//!     const DESCRIPTION: Description = Description {
//!         phases: HEADER_FILTER,
//!         priority: 100,
//!         needs: needs![HEADERS],
//!         ..Description::new(text!("stamp"), text!("1.0.0"))
//!     };
//!
//!     fn new(_: &mut Setup) -> Result<Self, Error> {
//!         Ok(Stamp)
//!     }
//!
//!     fn header_filter(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
//!         request.set_header(Map::Response, "X-Stamp", "torii")?;
//!         Ok(Action::Continue)
//!     }
//! }
//!
//! export!(Stamp);
//! # fn main() {}
//! ```
//!
//! Build it as a `cdylib`, with `panic = "unwind"` (the default): a panic in a callback is caught, goes to the gateway's log, and
//! the request is answered with 500.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

pub mod abi;
mod glue;
mod host;
pub mod json;
mod request;
mod shared;
#[cfg(test)]
mod tests;

pub use glue::Glue;
pub use host::{Handle, Level, Metric, OperationId, RequestId};
pub use json::Json;
pub use request::{Event, EventKind, HttpCall, Map, Number, Piece, Request, Text};
pub use shared::{SharedStore, SharedValue};

use host::Tables;
use std::os::raw::c_char;
use std::sync::Arc;

#[cfg(panic = "abort")]
compile_error!("a panic must not take the gateway's worker with it: build with panic = \"unwind\"");

/// The phases that a plugin takes part in, to be combined with `|`.
pub const ACCESS: u32 = 1 << 1;
/// Request content on its way to the upstream.
pub const REQUEST_BODY: u32 = 1 << 2;
/// The response's head.
pub const HEADER_FILTER: u32 = 1 << 3;
/// Response content on its way to the client.
pub const BODY_FILTER: u32 = 1 << 4;
/// The exchange is over.
pub const LOG: u32 = 1 << 5;

/// Nothing is left behind after stop. Not for plugins that use thread-locals with destructors: those pin the library.
pub const MAY_UNLOAD: u32 = 1;
/// Runs threads of its own, all joined when the last instance is dropped.
pub const OWN_THREADS: u32 = 2;

/// What a callback wants to happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Go on; in a body phase with what was emitted, or else with the piece itself.
    Continue = 0,
    /// Stop here until the plugin resumes, or until the pause times out.
    Pause = 1,
    /// Answer with what [`Request::respond`] was given.
    Respond = 2,
    /// Body phases: like `Continue`, and do not call again for more of this body.
    Done = 3,
    /// Body phases: let nothing of this piece pass, beyond what was emitted.
    Hold = 4,
    /// `body_filter`: what was emitted ends the body.
    End = 5,
    /// Send the request once more, as [`Request::send_again`] has begun.
    SendAgain = 6,
}

/// How an instance wants to see a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyMode {
    /// Not at all.
    None = 0,
    /// Piece by piece, unchanged.
    Observe = 1,
    /// Piece by piece, may change it.
    Stream = 2,
    /// Once, whole, up to a limit.
    Whole = 3,
}

/// What the host refused, or why a plugin refuses or fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// One of `abi::E_…`.
    pub status: i32,
    /// What is wrong and what to do about it.
    pub message: String,
    /// For a configuration: JSON Pointer (RFC 6901) to the field at fault.
    pub pointer: String,
}

impl Error {
    /// An error of a kind.
    pub fn new(status: i32, message: impl Into<String>) -> Error {
        Error { status, message: message.into(), pointer: String::new() }
    }

    /// A failure on this request.
    pub fn failed(message: impl Into<String>) -> Error {
        Error::new(abi::E_FAILED, message)
    }

    /// Refuses a configuration.
    pub fn refusal(pointer: impl Into<String>, message: impl Into<String>) -> Error {
        Error { status: abi::E_CONFIG, message: message.into(), pointer: pointer.into() }
    }

    fn status(status: i32) -> Error {
        Error::new(status, format!("status {}", status))
    }

    fn check(status: i32) -> Result<(), Error> {
        if status < 0 { Err(Error::status(status)) } else { Ok(()) }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A constant text for C; made by [`text`].
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct ConstantText(*const c_char);

// It points to a constant.
unsafe impl Sync for ConstantText {}

impl ConstantText {
    /// No text, and the end of a list.
    pub const NONE: ConstantText = ConstantText(std::ptr::null());

    /// Of a text that ends with its only NUL.
    pub const fn new(text: &'static str) -> ConstantText {
        let bytes = text.as_bytes();
        let mut place = 0;
        while place < bytes.len() {
            assert!((bytes[place] == 0) == (place + 1 == bytes.len()), "a text holds no NUL");
            place += 1;
        }
        ConstantText(bytes.as_ptr() as *const c_char)
    }

    const fn as_ptr(self) -> *const c_char {
        self.0
    }
}

/// A constant text, for [`Description`].
#[macro_export]
macro_rules! text {
    ($text:expr) => {
        $crate::ConstantText::new(concat!($text, "\0"))
    };
}

/// Ids of interfaces; made by [`needs`].
#[derive(Clone, Copy)]
pub struct Needs(*const *const c_char);

impl Needs {
    /// None.
    pub const NONE: Needs = Needs(std::ptr::null());

    #[doc(hidden)]
    pub const fn new(terminated: &'static [ConstantText]) -> Needs {
        Needs(terminated.as_ptr() as *const *const c_char)
    }

    const fn as_ptr(self) -> *const *const c_char {
        self.0
    }
}

/// The interfaces that a plugin cannot work without: `needs![HEADERS, BODY]`.
#[macro_export]
macro_rules! needs {
    ($($interface:expr),* $(,)?) => {
        $crate::Needs::new(&[$($interface,)* $crate::ConstantText::NONE])
    };
}

/// `torii.headers/1`
pub const HEADERS: ConstantText = text!("torii.headers/1");
/// `torii.request/1`
pub const REQUEST: ConstantText = text!("torii.request/1");
/// `torii.upstream/1`
pub const UPSTREAM: ConstantText = text!("torii.upstream/1");
/// `torii.flow/1`
pub const FLOW: ConstantText = text!("torii.flow/1");
/// `torii.body/1`
pub const BODY: ConstantText = text!("torii.body/1");
/// `torii.async/1`
pub const ASYNC: ConstantText = text!("torii.async/1");
/// `torii.log/1`
pub const LOG_RECORD: ConstantText = text!("torii.log/1");
/// `torii.metrics/1`
pub const METRICS: ConstantText = text!("torii.metrics/1");
/// `torii.shared/1`, since ABI 1.1
pub const SHARED: ConstantText = text!("torii.shared/1");

/// What a plugin is.
#[derive(Clone, Copy)]
pub struct Description {
    /// As in `plugins: - name:`.
    pub name: ConstantText,
    /// Semantic Versioning 2.0.0.
    pub version: ConstantText,
    /// Who makes it.
    pub vendor: ConstantText,
    /// What it does, in one line.
    pub summary: ConstantText,
    /// SPDX expression.
    pub license: ConstantText,
    /// JSON Schema of `config`.
    pub schema: ConstantText,
    /// Interfaces that it cannot work without.
    pub needs: Needs,
    /// [`ACCESS`], … combined.
    pub phases: u32,
    /// Higher runs first, in every phase.
    pub priority: i32,
    /// [`MAY_UNLOAD`], … combined.
    pub flags: u32,
    /// How instances want request content.
    pub request_body: BodyMode,
    /// How instances want response content.
    pub response_body: BodyMode,
    /// For [`BodyMode::Whole`]: bytes; 0 for the gateway's own.
    pub request_body_limit: u64,
    /// For [`BodyMode::Whole`]: bytes; 0 for the gateway's own.
    pub response_body_limit: u64,
}

impl Description {
    /// A plugin that does nothing yet.
    pub const fn new(name: ConstantText, version: ConstantText) -> Description {
        Description {
            name,
            version,
            vendor: ConstantText::NONE,
            summary: ConstantText::NONE,
            license: ConstantText::NONE,
            schema: ConstantText::NONE,
            needs: Needs::NONE,
            phases: 0,
            priority: 0,
            flags: 0,
            request_body: BodyMode::None,
            response_body: BodyMode::None,
            request_body_limit: 0,
            response_body_limit: 0,
        }
    }
}

/// What an instance is made from, and what it wants.
pub struct Setup<'a> {
    tables: Arc<Tables>,
    args: &'a mut abi::ConfigCreateArgs,
    config: Json,
}

/// Kinds of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter = 1,
    /// Goes up and down.
    Gauge = 2,
    /// A distribution.
    Histogram = 3,
}

impl<'a> Setup<'a> {
    fn new(tables: Arc<Tables>, args: &'a mut abi::ConfigCreateArgs) -> Result<Setup<'a>, Error> {
        let text = unsafe { args.config.bytes() };
        let config = Json::parse(if text.is_empty() { b"{}" } else { text });
        let config = config.ok_or_else(|| Error::refusal("", "the configuration is no JSON"))?;
        Ok(Setup { tables, args, config })
    }

    /// `config`: valid by the schema, defaults filled.
    pub fn config(&self) -> &Json {
        &self.config
    }

    /// The gateway as this instance speaks to it; to be kept.
    pub fn handle(&self) -> Handle {
        Handle { tables: self.tables.clone(), instance: self.args.instance }
    }

    /// Nothing but validation is wanted: open no files and start no threads.
    pub fn is_inspecting(&self) -> bool {
        self.args.flags & 1 != 0
    }

    /// Id (UUID) of the plugin entity.
    pub fn entity_id(&self) -> &[u8] {
        unsafe { self.args.entity_id.bytes() }
    }

    /// The service, route and consumer that the instance is bound to; empty where it is not.
    pub fn scope(&self) -> (&[u8], &[u8], &[u8]) {
        unsafe { (self.args.service_id.bytes(), self.args.route_id.bytes(), self.args.consumer_id.bytes()) }
    }

    /// How this instance wants request content.
    pub fn set_request_body(&mut self, mode: BodyMode, limit: u64) {
        self.args.request_body_mode = mode as u32;
        self.args.request_body_limit = limit;
    }

    /// How this instance wants response content.
    pub fn set_response_body(&mut self, mode: BodyMode, limit: u64) {
        self.args.response_body_mode = mode as u32;
        self.args.response_body_limit = limit;
    }

    /// Defines a metric; the same name again gives the same one.
    pub fn define_metric(&self, kind: MetricKind, name: &str, help: &str) -> Result<Metric, Error> {
        let mut id = 0;
        let tables = &self.tables;
        if !tables.metrics.is_null() {
            tables.with(tables.metrics, |table| unsafe {
                let (name, help) = (abi::Slice::of(name.as_bytes()), abi::Slice::of(help.as_bytes()));
                (table.define)(tables.context, kind as u32, name, help, &mut id)
            })?;
        }
        Ok(Metric { tables: tables.clone(), id })
    }

    /// Defines a histogram whose buckets end at these bounds, which rise. Hosts before 1.1 use bounds of their own.
    pub fn define_histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Result<Metric, Error> {
        let tables = &self.tables;
        let Some(grown) = tables.grown_metrics() else {
            return self.define_metric(MetricKind::Histogram, name, help);
        };
        let mut id = 0;
        tables.with(grown, |table| unsafe {
            let (name, help) = (abi::Slice::of(name.as_bytes()), abi::Slice::of(help.as_bytes()));
            (table.define_histogram)(tables.context, name, help, bounds.as_ptr(), bounds.len() as u32, &mut id)
        })?;
        Ok(Metric { tables: tables.clone(), id })
    }
}

/// A plugin with one configuration. All functions are called on the worker's only thread.
///
/// An error or a panic in a callback goes to the gateway's log, and the request is answered with 500 while that is possible.
pub trait Plugin: Sized + 'static {
    /// What an instance keeps for each request, in the request's own memory: made before its first callback, dropped after `log`.
    type State: Default + 'static;

    /// What the plugin is.
    const DESCRIPTION: Description;

    /// Makes an instance, or says why the configuration is refused.
    fn new(setup: &mut Setup) -> Result<Self, Error>;

    /// The request's head is there and its route known. May continue, pause, respond.
    fn access(&self, _: &mut Request, _: &mut Self::State) -> Result<Action, Error> {
        Ok(Action::Continue)
    }

    /// A piece of request content, or all of it. May continue, pause, respond, hold, be done.
    fn request_body(&self, _: &mut Request, _: &Piece, _: &mut Self::State) -> Result<Action, Error> {
        Ok(Action::Continue)
    }

    /// The response's head is there. May continue, pause, respond.
    fn header_filter(&self, _: &mut Request, _: &mut Self::State) -> Result<Action, Error> {
        Ok(Action::Continue)
    }

    /// A piece of response content, or all of it. What comes out must not depend on how it was cut.
    fn body_filter(&self, _: &mut Request, _: &Piece, _: &mut Self::State) -> Result<Action, Error> {
        Ok(Action::Continue)
    }

    /// The exchange is over: exactly once for each request.
    fn log(&self, _: &mut Request, _: &mut Self::State) -> Result<(), Error> {
        Ok(())
    }

    /// A timer, call-out or post of this request, or the end of a pause.
    fn event(&self, _: &mut Request, _: &Event, _: &mut Self::State) -> Result<Action, Error> {
        Ok(Action::Continue)
    }

    /// A timer of the instance's own ([`Handle::timer`]).
    fn instance_event(&self, _: &Event) -> Result<(), Error> {
        Ok(())
    }

    /// What the instance has learnt, for the one that takes its place in the next generation: of the same entity, with another
    /// configuration or of another build. At most 16 MiB, in a format of your own, which begins with its number; `None`:
    /// nothing is handed over. No request begins between this and the other's [`Plugin::import_state`].
    fn export_state(&self) -> Result<Option<Vec<u8>>, Error> {
        Ok(None)
    }

    /// Takes over what another instance of this entity has learnt, before the first request. `version` is that of the plugin
    /// that wrote it, which may be a later one: the operator may go back. After an error, which is logged, the instance begins
    /// without; leave it as it was made.
    fn import_state(&self, _state: &[u8], _version: &str) -> Result<(), Error> {
        Ok(())
    }
}

#[doc(hidden)]
pub struct ConstantDescriptor(pub abi::Descriptor);
// Constant data.
unsafe impl Sync for ConstantDescriptor {}

/// Defines the library's entry point for a [`Plugin`].
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        /// The library's one exported symbol.
        #[no_mangle]
        pub extern "C" fn torii_plugin_entry(major: u32, _minor: u32) -> *const $crate::abi::Descriptor {
            static DESCRIPTOR: $crate::ConstantDescriptor =
                $crate::ConstantDescriptor($crate::Glue::<$plugin>::DESCRIPTOR);
            if major == $crate::abi::MAJOR {
                &DESCRIPTOR.0
            } else {
                std::ptr::null()
            }
        }
    };
}
