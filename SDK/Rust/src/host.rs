//! The host's tables, and the gateway as an instance speaks to it.

use std::os::raw::{c_char, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::abi::{self, Slice};
use crate::shared::SharedStore;
use crate::Error;

/// The host's table and interfaces, looked up once when the plugin starts.
pub(crate) struct Tables {
    pub host: *const abi::Host,
    pub context: *mut c_void,
    pub headers: *const abi::HeadersInterface,
    pub request: *const abi::RequestInterface,
    pub upstream: *const abi::UpstreamInterface,
    pub flow: *const abi::FlowInterface,
    pub body: *const abi::BodyInterface,
    pub operations: *const abi::AsyncInterface,
    pub log: *const abi::LogInterface,
    pub metrics: *const abi::MetricsInterface,
    pub shared: *const abi::SharedInterface,
    pub stopped: AtomicBool,
}

// The tables do not change, and what is called from other threads than the worker's is tagged [any] in the header.
unsafe impl Send for Tables {}
unsafe impl Sync for Tables {}

impl Tables {
    /// # Safety
    /// `host` is the one given to start(): alive until stop() has returned.
    pub unsafe fn new(host: *const abi::Host) -> Tables {
        unsafe fn table<T>(host: *const abi::Host, id: &str, size: usize) -> *const T {
            // A table that is smaller than its first version was, in bytes, counts as absent.
            unsafe {
                let found = ((*host).query_interface)((*host).context, id.as_ptr() as *const c_char);
                let is_whole = !found.is_null() && *(found as *const u32) as usize >= size;
                if is_whole { found as *const T } else { std::ptr::null() }
            }
        }
        unsafe {
            Tables {
                host,
                context: (*host).context,
                headers: table(host, "torii.headers/1\0", 48),
                request: table(host, "torii.request/1\0", 32),
                upstream: table(host, "torii.upstream/1\0", 40),
                flow: table(host, "torii.flow/1\0", 40),
                body: table(host, "torii.body/1\0", 24),
                operations: table(host, "torii.async/1\0", 32),
                log: table(host, "torii.log/1\0", 32),
                metrics: table(host, "torii.metrics/1\0", 24),
                shared: table(host, "torii.shared/1\0", 40),
                stopped: AtomicBool::new(false),
            }
        }
    }

    /// The table of metrics of a host that has what came with 1.1.
    pub fn grown_metrics(&self) -> Option<*const abi::GrownMetricsInterface> {
        let table = unsafe { self.metrics.as_ref() }?;
        let is_grown = table.struct_size as usize >= std::mem::size_of::<abi::GrownMetricsInterface>();
        is_grown.then(|| self.metrics.cast())
    }

    pub fn log(&self, instance: u64, request: u64, level: Level, line: &str) {
        if self.stopped.load(Ordering::Acquire) {
            return;
        }
        unsafe { ((*self.host).log)(self.context, instance, request, level as i32, Slice::of(line.as_bytes())) }
    }

    /// Calls a function of an interface, or says that the host has none.
    pub fn with<T>(&self, table: *const T, call: impl FnOnce(&T) -> i32) -> Result<(), Error> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(Error::status(abi::E_STALE));
        }
        match unsafe { table.as_ref() } {
            Some(table) => Error::check(call(table)),
            None => Err(Error::status(abi::E_UNSUPPORTED)),
        }
    }
}

/// Severity of a line in the gateway's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug = 0,
    /// What happens.
    Info = 1,
    /// What happens seldom.
    Notice = 2,
    /// What may need care.
    Warn = 3,
    /// What failed.
    Error = 4,
}

/// A request's name, to be kept, compared, and given to other threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u64);

/// A started timer or call-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationId(pub u64);

/// The gateway as one instance speaks to it; to be kept, and used from any thread.
#[derive(Clone)]
pub struct Handle {
    pub(crate) tables: Arc<Tables>,
    pub(crate) instance: u64,
}

impl Handle {
    /// Writes one line to the gateway's log.
    pub fn log(&self, level: Level, line: &str) {
        self.tables.log(self.instance, 0, level, line)
    }

    /// Continues a request that this instance has paused. An error says that it has ended.
    pub fn resume(&self, request: RequestId) -> Result<(), Error> {
        let tables = &self.tables;
        tables.with(tables.flow, |flow| unsafe { (flow.resume)(tables.context, self.instance, request.0) })
    }

    /// Brings an [`crate::EventKind::Post`] to the instance, on the request's worker.
    pub fn post(&self, request: RequestId, token: u64) -> Result<(), Error> {
        let tables = &self.tables;
        tables.with(tables.flow, |flow| unsafe { (flow.post)(tables.context, self.instance, request.0, token) })
    }

    /// On the worker's thread: a timer of the instance's own; `instance_event` after so many milliseconds.
    pub fn timer(&self, milliseconds: u64, token: u64) -> Result<OperationId, Error> {
        let tables = &self.tables;
        let mut operation = 0;
        tables.with(tables.operations, |table| unsafe {
            (table.timer)(tables.context, self.instance, 0, milliseconds, token, &mut operation)
        })?;
        Ok(OperationId(operation))
    }

    /// What all workers see and what outlives reloads; from any thread.
    pub fn shared(&self) -> SharedStore {
        SharedStore { tables: self.tables.clone(), instance: self.instance }
    }

    /// Monotonic clock, nanoseconds.
    pub fn monotonic_time(&self) -> u64 {
        if self.tables.stopped.load(Ordering::Acquire) {
            return 0;
        }
        unsafe { ((*self.tables.host).monotonic_time)(self.tables.context) }
    }

    /// Nanoseconds since 1970-01-01 UTC.
    pub fn wall_time(&self) -> u64 {
        if self.tables.stopped.load(Ordering::Acquire) {
            return 0;
        }
        unsafe { ((*self.tables.host).wall_time)(self.tables.context) }
    }
}

/// A metric. Made by [`crate::Setup::define_metric`]; one that the host does not have records nothing.
#[derive(Clone)]
pub struct Metric {
    pub(crate) tables: Arc<Tables>,
    pub(crate) id: u32,
}

impl Metric {
    /// Counter: adds. Gauge: sets. Histogram: observes. From any thread.
    pub fn record(&self, value: f64) {
        if self.id != 0 {
            let tables = &self.tables;
            let _ = tables.with(tables.metrics, |table| unsafe { (table.record)(tables.context, self.id, value) });
        }
    }

    /// The metric with labels, `&[("model", name)]`, which counts apart; from any thread. The same labels in the same order
    /// give the same one: keep it for as long as they do not change. Hosts before 1.1 count all together.
    pub fn labelled(&self, labels: &[(&str, &str)]) -> Result<Metric, Error> {
        let Some(grown) = self.tables.grown_metrics().filter(|_| self.id != 0) else { return Ok(self.clone()) };
        let list: Vec<abi::Header> = labels
            .iter()
            .map(|(name, value)| abi::Header { name: Slice::of(name.as_bytes()), value: Slice::of(value.as_bytes()) })
            .collect();
        let (tables, mut id) = (&self.tables, 0);
        tables.with(grown, |table| unsafe {
            (table.labelled)(tables.context, self.id, list.as_ptr(), list.len() as u32, &mut id)
        })?;
        Ok(Metric { tables: tables.clone(), id })
    }
}
