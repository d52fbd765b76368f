//! The C callbacks of a plugin. No panic leaves them.

use std::any::Any;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::Ordering;
use std::sync::Arc;

use crate::abi;
use crate::host::{Level, Tables};
use crate::request::{Event, Piece, Request};
use crate::{Action, Error, Plugin, Setup};

/// An instance, behind `instance_data`.
struct Instance<P> {
    tables: Arc<Tables>,
    id: u64,
    plugin: P,
}

/// The request's bytes: the first tells whether the state was made, which lies behind 16 of them. The host zeroes them when the
/// request begins and aligns them to 16.
const STATE_OFFSET: usize = 16;

/// The ABI of a plugin.
pub struct Glue<P>(PhantomData<P>);

impl<P: Plugin> Glue<P> {
    const HAS_STATE: bool = std::mem::size_of::<P::State>() != 0 || std::mem::needs_drop::<P::State>();
    const FITS: () = assert!(
        std::mem::size_of::<P::State>() <= 65520 && std::mem::align_of::<P::State>() <= 16,
        "the state is larger than 65,520 bytes or aligned to more than 16: box it"
    );

    const CALLBACKS: abi::Callbacks = {
        let phases = P::DESCRIPTION.phases;
        abi::Callbacks {
            struct_size: std::mem::size_of::<abi::Callbacks>() as u32,
            reserved: 0,
            start: Self::start,
            stop: Self::stop,
            config_create: Self::create,
            config_destroy: Self::destroy,
            access: if phases & crate::ACCESS != 0 { Some(Self::access) } else { None },
            request_body: if phases & crate::REQUEST_BODY != 0 { Some(Self::request_body) } else { None },
            header_filter: if phases & crate::HEADER_FILTER != 0 { Some(Self::header_filter) } else { None },
            body_filter: if phases & crate::BODY_FILTER != 0 { Some(Self::body_filter) } else { None },
            log: if phases & crate::LOG != 0 { Some(Self::log) } else { None },
            event: Some(Self::event),
            request_end: Some(Self::request_end),
            state_export: Some(Self::state_export),
            state_import: Some(Self::state_import),
        }
    };

    /// The descriptor, for the static that [`crate::export`] makes.
    pub const DESCRIPTOR: abi::Descriptor = {
        #[allow(clippy::let_unit_value)]
        let _ = Self::FITS;
        let description = P::DESCRIPTION;
        abi::Descriptor {
            struct_size: std::mem::size_of::<abi::Descriptor>() as u32,
            magic: abi::MAGIC,
            abi_major: abi::MAJOR as u16,
            abi_minor: abi::MINOR,
            min_host_minor: 0,
            reserved: 0,
            flags: description.flags,
            phases: description.phases,
            priority: description.priority,
            request_state_size: if Self::HAS_STATE {
                (STATE_OFFSET + std::mem::size_of::<P::State>()) as u32
            } else {
                0
            },
            request_body_mode: description.request_body as u32,
            response_body_mode: description.response_body as u32,
            request_body_limit: description.request_body_limit,
            response_body_limit: description.response_body_limit,
            name: description.name.as_ptr(),
            version: description.version.as_ptr(),
            vendor: description.vendor.as_ptr(),
            summary: description.summary.as_ptr(),
            license: description.license.as_ptr(),
            config_schema: description.schema.as_ptr(),
            needs: description.needs.as_ptr(),
            callbacks: &Self::CALLBACKS,
        }
    };

    unsafe extern "C" fn start(args: *mut abi::StartArgs) -> i32 {
        let started = catch_unwind(AssertUnwindSafe(|| unsafe {
            let args = &mut *args;
            let tables = Tables::new(args.host);
            let mut need = P::DESCRIPTION.needs.as_ptr();
            while !need.is_null() && !(*need).is_null() {
                if ((*args.host).query_interface)(tables.context, *need).is_null() {
                    let id = std::ffi::CStr::from_ptr(*need).to_string_lossy().into_owned();
                    let message = format!("needs {}, which this gateway does not have", id);
                    return Error::new(abi::E_UNSUPPORTED, message).report(args.error);
                }
                need = need.add(1);
            }
            args.plugin_data = Arc::into_raw(Arc::new(tables)) as *mut c_void;
            0
        }));
        started.unwrap_or(abi::E_FAILED)
    }

    unsafe extern "C" fn stop(args: *const abi::StopArgs) {
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe {
            let tables = Arc::from_raw((*args).plugin_data as *const Tables);
            tables.stopped.store(true, Ordering::Release);
        }));
    }

    unsafe extern "C" fn create(args: *mut abi::ConfigCreateArgs) -> i32 {
        let args = unsafe { &mut *args };
        let error = args.error;
        let made = catch_unwind(AssertUnwindSafe(|| {
            let tables = unsafe {
                Arc::increment_strong_count(args.plugin_data as *const Tables);
                Arc::from_raw(args.plugin_data as *const Tables)
            };
            let id = args.instance;
            let plugin = {
                let mut setup = Setup::new(tables.clone(), args)?;
                P::new(&mut setup)?
            };
            args.instance_data = Box::into_raw(Box::new(Instance { tables, id, plugin })) as *mut c_void;
            Ok(())
        }));
        match made {
            Ok(Ok(())) => 0,
            Ok(Err(refusal)) => unsafe { Error::report(&refusal, error) },
            Err(panic) => unsafe { Error::new(abi::E_FAILED, panic_text(&*panic)).report(error) },
        }
    }

    unsafe extern "C" fn destroy(args: *const abi::ConfigDestroyArgs) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw((*args).instance_data as *mut Instance<P>) })));
    }

    /// Calls the plugin with its request and state; a panic or an error becomes a status, and a line in the log.
    unsafe fn guarded(
        instance: *mut c_void,
        request: u64,
        state: *mut c_void,
        call: impl FnOnce(&P, &mut Request, &mut P::State) -> Result<Action, Error>,
    ) -> i32 {
        let instance = unsafe { &*(instance as *const Instance<P>) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut about = Request::new(&instance.tables, instance.id, request);
            if !Self::HAS_STATE {
                return call(&instance.plugin, &mut about, unsafe { std::ptr::NonNull::dangling().as_mut() });
            }
            if state.is_null() {
                return Err(Error::status(abi::E_INVALID));
            }
            let made = state as *mut u8;
            let place = unsafe { made.add(STATE_OFFSET) as *mut P::State };
            unsafe {
                if *made == 0 {
                    place.write(P::State::default());
                    *made = 1;
                }
                call(&instance.plugin, &mut about, &mut *place)
            }
        }));
        let error = match outcome {
            Ok(Ok(action)) => return action as i32,
            Ok(Err(error)) => error,
            Err(panic) => Error::new(abi::E_FAILED, panic_text(&*panic)),
        };
        instance.tables.log(instance.id, request, Level::Error, &error.message);
        if error.status < 0 { error.status } else { abi::E_FAILED }
    }

    unsafe extern "C" fn access(args: *const abi::PhaseArgs) -> i32 {
        let args = unsafe { &*args };
        unsafe { Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| p.access(r, s)) }
    }

    unsafe extern "C" fn header_filter(args: *const abi::PhaseArgs) -> i32 {
        let args = unsafe { &*args };
        unsafe { Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| p.header_filter(r, s)) }
    }

    unsafe extern "C" fn log(args: *const abi::PhaseArgs) -> i32 {
        let args = unsafe { &*args };
        unsafe {
            Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| {
                p.log(r, s).map(|_| Action::Continue)
            })
        }
    }

    unsafe extern "C" fn request_body(args: *const abi::BodyArgs) -> i32 {
        let args = unsafe { &*args };
        unsafe {
            Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| {
                p.request_body(r, &Piece::new(args), s)
            })
        }
    }

    unsafe extern "C" fn body_filter(args: *const abi::BodyArgs) -> i32 {
        let args = unsafe { &*args };
        unsafe {
            Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| {
                p.body_filter(r, &Piece::new(args), s)
            })
        }
    }

    unsafe extern "C" fn event(args: *const abi::EventArgs) -> i32 {
        let args = unsafe { &*args };
        if args.request != 0 {
            return unsafe {
                Self::guarded(args.instance_data, args.request, args.request_state, |p, r, s| {
                    p.event(r, &Event::new(args), s)
                })
            };
        }
        let instance = unsafe { &*(args.instance_data as *const Instance<P>) };
        match catch_unwind(AssertUnwindSafe(|| instance.plugin.instance_event(&Event::new(args)))) {
            Ok(Ok(())) => 0,
            Ok(Err(error)) => {
                instance.tables.log(instance.id, 0, Level::Error, &error.message);
                error.status
            }
            Err(panic) => {
                instance.tables.log(instance.id, 0, Level::Error, &panic_text(&*panic));
                abi::E_FAILED
            }
        }
    }

    unsafe extern "C" fn state_export(args: *mut abi::StateExportArgs) -> i32 {
        let args = unsafe { &*args };
        let instance = unsafe { &*(args.instance_data as *const Instance<P>) };
        match catch_unwind(AssertUnwindSafe(|| instance.plugin.export_state())) {
            Ok(Ok(Some(state))) => unsafe { (args.write)(args.write_context, abi::Slice::of(&state)) },
            Ok(Ok(None)) => abi::E_NOT_FOUND,
            Ok(Err(error)) => unsafe { error.report(args.error) },
            Err(panic) => unsafe { Error::new(abi::E_FAILED, panic_text(&*panic)).report(args.error) },
        }
    }

    unsafe extern "C" fn state_import(args: *mut abi::StateImportArgs) -> i32 {
        let args = unsafe { &*args };
        let instance = unsafe { &*(args.instance_data as *const Instance<P>) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let version = String::from_utf8_lossy(unsafe { args.version.bytes() });
            instance.plugin.import_state(unsafe { args.state.bytes() }, &version)
        }));
        match outcome {
            Ok(Ok(())) => 0,
            Ok(Err(error)) => unsafe { error.report(args.error) },
            Err(panic) => unsafe { Error::new(abi::E_FAILED, panic_text(&*panic)).report(args.error) },
        }
    }

    unsafe extern "C" fn request_end(args: *const abi::PhaseArgs) {
        let state = unsafe { (*args).request_state } as *mut u8;
        if !Self::HAS_STATE || state.is_null() {
            return;
        }
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe {
            if *state != 0 {
                *state = 0;
                std::ptr::drop_in_place(state.add(STATE_OFFSET) as *mut P::State);
            }
        }));
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    format!("panicked: {}", text)
}

impl Error {
    /// Writes the error into the host's buffer, and gives the status to return.
    ///
    /// # Safety
    /// `buffer` is null or the host's.
    pub(crate) unsafe fn report(&self, buffer: *mut abi::ErrorBuffer) -> i32 {
        let status = if self.status < 0 { self.status } else { abi::E_FAILED };
        if let Some(buffer) = unsafe { buffer.as_mut() } {
            if buffer.struct_size as usize >= std::mem::size_of::<abi::ErrorBuffer>() {
                buffer.code = status;
                write_text(&self.pointer, &mut buffer.pointer);
                write_text(&self.message, &mut buffer.message);
            }
        }
        status
    }
}

/// Cut between characters, and NUL-terminated.
fn write_text(text: &str, out: &mut [c_char]) {
    let mut size = text.len().min(out.len() - 1);
    while !text.is_char_boundary(size) {
        size -= 1;
    }
    for (place, byte) in text.as_bytes()[..size].iter().enumerate() {
        out[place] = *byte as c_char;
    }
    out[size] = 0;
}
