//! `torii/plugin.h`, version 1.1, as Rust has it. That header is the specification; the sizes and offsets below are its lock.

#![allow(missing_docs)]

use std::os::raw::{c_char, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub size: usize,
}

impl Slice {
    pub const EMPTY: Slice = Slice { data: std::ptr::null(), size: 0 };

    /// The slice of bytes that stay where they are while it is used.
    pub fn of(bytes: &[u8]) -> Slice {
        Slice { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// They are there for the lifetime that the caller chooses.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() || self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

pub const MAJOR: u32 = 1;
pub const MINOR: u16 = 1;
pub const MAGIC: u32 = 0x4952_4F54;

pub const E_STALE: i32 = -1;
pub const E_PHASE: i32 = -2;
pub const E_THREAD: i32 = -3;
pub const E_INVALID: i32 = -4;
pub const E_NOT_FOUND: i32 = -5;
pub const E_LIMIT: i32 = -6;
pub const E_UNSUPPORTED: i32 = -7;
pub const E_MEMORY: i32 = -8;
pub const E_CONFIG: i32 = -9;
pub const E_SENT: i32 = -10;
pub const E_FAILED: i32 = -11;

#[repr(C)]
pub struct ErrorBuffer {
    pub struct_size: u32,
    pub code: i32,
    pub pointer: [c_char; 120],
    pub message: [c_char; 376],
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub version: *const c_char,
    pub context: *mut c_void,
    pub query_interface: unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void,
    pub log: unsafe extern "C" fn(*mut c_void, u64, u64, i32, Slice),
    pub monotonic_time: unsafe extern "C" fn(*mut c_void) -> u64,
    pub wall_time: unsafe extern "C" fn(*mut c_void) -> u64,
}

#[repr(C)]
pub struct StartArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub host: *const Host,
    pub error: *mut ErrorBuffer,
    pub plugin_data: *mut c_void,
}

#[repr(C)]
pub struct StopArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub plugin_data: *mut c_void,
}

#[repr(C)]
pub struct ConfigCreateArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub config: Slice,
    pub entity_id: Slice,
    pub entity_name: Slice,
    pub service_id: Slice,
    pub route_id: Slice,
    pub consumer_id: Slice,
    pub error: *mut ErrorBuffer,
    pub instance_data: *mut c_void,
    pub request_body_mode: u32,
    pub response_body_mode: u32,
    pub request_body_limit: u64,
    pub response_body_limit: u64,
}

#[repr(C)]
pub struct ConfigDestroyArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
}

#[repr(C)]
pub struct PhaseArgs {
    pub struct_size: u32,
    pub phase: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
    pub request: u64,
    pub request_state: *mut c_void,
}

#[repr(C)]
pub struct BodyArgs {
    pub struct_size: u32,
    pub phase: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
    pub request: u64,
    pub request_state: *mut c_void,
    pub parts: *const Slice,
    pub part_count: u32,
    pub flags: u32,
}

#[repr(C)]
pub struct EventArgs {
    pub struct_size: u32,
    pub kind: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
    pub request: u64,
    pub request_state: *mut c_void,
    pub operation: u64,
    pub token: u64,
    pub status: i32,
    pub http_status: u32,
    pub body: Slice,
    pub message: Slice,
}

#[repr(C)]
pub struct StateExportArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
    pub limit: u64,
    pub write_context: *mut c_void,
    pub write: unsafe extern "C" fn(*mut c_void, Slice) -> i32,
    pub error: *mut ErrorBuffer,
}

#[repr(C)]
pub struct StateImportArgs {
    pub struct_size: u32,
    pub flags: u32,
    pub plugin_data: *mut c_void,
    pub instance: u64,
    pub instance_data: *mut c_void,
    pub state: Slice,
    pub version: Slice,
    pub error: *mut ErrorBuffer,
}

pub type PhaseFunction = unsafe extern "C" fn(*const PhaseArgs) -> i32;
pub type BodyFunction = unsafe extern "C" fn(*const BodyArgs) -> i32;

#[repr(C)]
pub struct Callbacks {
    pub struct_size: u32,
    pub reserved: u32,
    pub start: unsafe extern "C" fn(*mut StartArgs) -> i32,
    pub stop: unsafe extern "C" fn(*const StopArgs),
    pub config_create: unsafe extern "C" fn(*mut ConfigCreateArgs) -> i32,
    pub config_destroy: unsafe extern "C" fn(*const ConfigDestroyArgs),
    pub access: Option<PhaseFunction>,
    pub request_body: Option<BodyFunction>,
    pub header_filter: Option<PhaseFunction>,
    pub body_filter: Option<BodyFunction>,
    pub log: Option<PhaseFunction>,
    pub event: Option<unsafe extern "C" fn(*const EventArgs) -> i32>,
    pub request_end: Option<unsafe extern "C" fn(*const PhaseArgs)>,
    pub state_export: Option<unsafe extern "C" fn(*mut StateExportArgs) -> i32>,
    pub state_import: Option<unsafe extern "C" fn(*mut StateImportArgs) -> i32>,
}

#[repr(C)]
pub struct Descriptor {
    pub struct_size: u32,
    pub magic: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub min_host_minor: u16,
    pub reserved: u16,
    pub flags: u32,
    pub phases: u32,
    pub priority: i32,
    pub request_state_size: u32,
    pub request_body_mode: u32,
    pub response_body_mode: u32,
    pub request_body_limit: u64,
    pub response_body_limit: u64,
    pub name: *const c_char,
    pub version: *const c_char,
    pub vendor: *const c_char,
    pub summary: *const c_char,
    pub license: *const c_char,
    pub config_schema: *const c_char,
    pub needs: *const *const c_char,
    pub callbacks: *const Callbacks,
}

#[repr(C)]
pub struct HeadersInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub get: unsafe extern "C" fn(*mut c_void, u64, u32, Slice, u32, *mut Slice) -> i32,
    pub at: unsafe extern "C" fn(*mut c_void, u64, u32, u32, *mut Slice, *mut Slice) -> i32,
    pub set: unsafe extern "C" fn(*mut c_void, u64, u32, Slice, Slice) -> i32,
    pub add: unsafe extern "C" fn(*mut c_void, u64, u32, Slice, Slice) -> i32,
    pub remove: unsafe extern "C" fn(*mut c_void, u64, u32, Slice) -> i32,
}

#[repr(C)]
pub struct RequestInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub text: unsafe extern "C" fn(*mut c_void, u64, u32, *mut Slice) -> i32,
    pub number: unsafe extern "C" fn(*mut c_void, u64, u32, *mut i64) -> i32,
    pub capture: unsafe extern "C" fn(*mut c_void, u64, Slice, *mut Slice) -> i32,
}

#[repr(C)]
pub struct Target {
    pub struct_size: u32,
    pub flags: u32,
    pub scheme: Slice,
    pub host: Slice,
    pub port: u32,
    pub connect_timeout: u32,
    pub write_timeout: u32,
    pub read_timeout: u32,
}

#[repr(C)]
pub struct UpstreamInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub set_target: unsafe extern "C" fn(*mut c_void, u64, *const Target) -> i32,
    pub set_path: unsafe extern "C" fn(*mut c_void, u64, Slice) -> i32,
    pub set_query: unsafe extern "C" fn(*mut c_void, u64, Slice) -> i32,
    pub set_method: unsafe extern "C" fn(*mut c_void, u64, Slice) -> i32,
}

/// [`UpstreamInterface`] with what came with 1.1: there only when its size says so.
#[repr(C)]
pub struct GrownUpstreamInterface {
    pub first: UpstreamInterface,
    pub send_again: unsafe extern "C" fn(*mut c_void, u64, u64) -> i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Header {
    pub name: Slice,
    pub value: Slice,
}

#[repr(C)]
pub struct ResponseArgs {
    pub struct_size: u32,
    pub status: u32,
    pub headers: *const Header,
    pub header_count: u32,
    pub flags: u32,
    pub body: Slice,
}

#[repr(C)]
pub struct FlowInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub respond: unsafe extern "C" fn(*mut c_void, u64, *const ResponseArgs) -> i32,
    pub set_status: unsafe extern "C" fn(*mut c_void, u64, u32) -> i32,
    pub resume: unsafe extern "C" fn(*mut c_void, u64, u64) -> i32,
    pub post: unsafe extern "C" fn(*mut c_void, u64, u64, u64) -> i32,
}

pub type Release = unsafe extern "C" fn(*mut c_void);

#[repr(C)]
pub struct BodyInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub emit: unsafe extern "C" fn(*mut c_void, u64, u64, Slice) -> i32,
    pub emit_owned: unsafe extern "C" fn(*mut c_void, u64, u64, Slice, Release, *mut c_void) -> i32,
}

#[repr(C)]
pub struct HttpRequestArgs {
    pub struct_size: u32,
    pub timeout: u32,
    pub method: Slice,
    pub url: Slice,
    pub headers: *const Header,
    pub header_count: u32,
    pub response_limit: u32,
    pub body: Slice,
}

#[repr(C)]
pub struct AsyncInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub timer: unsafe extern "C" fn(*mut c_void, u64, u64, u64, u64, *mut u64) -> i32,
    pub http: unsafe extern "C" fn(*mut c_void, u64, u64, *const HttpRequestArgs, u64, *mut u64) -> i32,
    pub cancel: unsafe extern "C" fn(*mut c_void, u64, u64) -> i32,
}

#[repr(C)]
pub struct LogInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub set: unsafe extern "C" fn(*mut c_void, u64, Slice, Slice) -> i32,
    pub redact: unsafe extern "C" fn(*mut c_void, u64, Slice) -> i32,
    pub record: unsafe extern "C" fn(*mut c_void, u64, *mut Slice) -> i32,
}

#[repr(C)]
pub struct MetricsInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub define: unsafe extern "C" fn(*mut c_void, u32, Slice, Slice, *mut u32) -> i32,
    pub record: unsafe extern "C" fn(*mut c_void, u32, f64) -> i32,
}

/// With what came with 1.1: to be read only when `struct_size` says that it is there.
#[repr(C)]
pub struct GrownMetricsInterface {
    pub first: MetricsInterface,
    pub define_histogram: unsafe extern "C" fn(*mut c_void, Slice, Slice, *const f64, u32, *mut u32) -> i32,
    pub labelled: unsafe extern "C" fn(*mut c_void, u32, *const Header, u32, *mut u32) -> i32,
}

#[repr(C)]
pub struct SharedEntryArgs {
    pub struct_size: u32,
    pub reserved: u32,
    pub size: u64,
    pub revision: u64,
    pub expires: u64,
}

#[repr(C)]
pub struct SharedInterface {
    pub struct_size: u32,
    pub reserved: u32,
    pub get: unsafe extern "C" fn(*mut c_void, u64, Slice, *mut u8, usize, *mut SharedEntryArgs) -> i32,
    pub put: unsafe extern "C" fn(*mut c_void, u64, Slice, Slice, u64, *const u64, *mut SharedEntryArgs) -> i32,
    pub remove: unsafe extern "C" fn(*mut c_void, u64, Slice, *const u64) -> i32,
    pub add: unsafe extern "C" fn(*mut c_void, u64, Slice, i64, u64, *mut i64, *mut SharedEntryArgs) -> i32,
}

macro_rules! lock {
    ($($type:ty = $size:literal),* $(,)?) => { $(const _: () = assert!(std::mem::size_of::<$type>() == $size);)* };
}
#[cfg(target_pointer_width = "64")]
lock! {
    Slice = 16, ErrorBuffer = 504, Host = 56, StartArgs = 32, ConfigCreateArgs = 160, PhaseArgs = 48, BodyArgs = 64,
    EventArgs = 104, Callbacks = 112, Descriptor = 120, HeadersInterface = 48, RequestInterface = 32, Target = 56,
    UpstreamInterface = 40, ResponseArgs = 40, FlowInterface = 40, BodyInterface = 24, HttpRequestArgs = 72,
    AsyncInterface = 32, LogInterface = 32, MetricsInterface = 24, GrownMetricsInterface = 40, StateExportArgs = 64, StateImportArgs = 72,
    SharedEntryArgs = 32, SharedInterface = 40,
}
