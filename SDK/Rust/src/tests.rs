use std::cell::Cell;
use std::os::raw::{c_char, c_void};

use crate::*;

thread_local! {
    static LOGGED: Cell<u32> = Cell::new(0);
    static STATES: Cell<i32> = Cell::new(0);
}

struct Counted;
impl Default for Counted {
    fn default() -> Self {
        STATES.with(|states| states.set(states.get() + 1));
        Counted
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        STATES.with(|states| states.set(states.get() - 1));
    }
}

struct Probe {
    mode: String,
}

impl Plugin for Probe {
    type State = Counted;
    const DESCRIPTION: Description = Description {
        phases: ACCESS | LOG,
        priority: -3,
        schema: text!(r#"{"type":"object"}"#),
        needs: needs![HEADERS],
        ..Description::new(text!("probe"), text!("1.2.3"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let mode = setup.config().get("mode").text().unwrap_or("").to_owned();
        match mode.as_str() {
            "refuse" => Err(Error::refusal("/mode", "né".repeat(300))),
            "panic in new" => panic!("at once"),
            _ => Ok(Probe { mode }),
        }
    }

    fn access(&self, _: &mut Request, _: &mut Counted) -> Result<Action, Error> {
        match self.mode.as_str() {
            "panic" => panic!("on {}", 1),
            "error" => Err(Error::new(abi::E_LIMIT, "enough")),
            _ => Ok(Action::Pause),
        }
    }
}

unsafe extern "C" fn query(context: *mut c_void, _: *const c_char) -> *const c_void {
    context
}
unsafe extern "C" fn log(_: *mut c_void, _: u64, _: u64, _: i32, _: abi::Slice) {
    LOGGED.with(|logged| logged.set(logged.get() + 1));
}
unsafe extern "C" fn time(_: *mut c_void) -> u64 {
    17
}

/// Starts, creates with a mode, and calls access: the statuses of both, and the error's texts.
fn run(mode: &str, has_interfaces: bool) -> (i32, i32, String, String) {
    // An interface of size 0: it is there, and has nothing.
    let nothing = [0u32; 4];
    let host = abi::Host {
        struct_size: 56,
        abi_major: 1,
        abi_minor: 0,
        version: "1\0".as_ptr() as *const c_char,
        context: if has_interfaces { nothing.as_ptr() as *mut c_void } else { std::ptr::null_mut() },
        query_interface: query,
        log,
        monotonic_time: time,
        wall_time: time,
    };
    let mut error = abi::ErrorBuffer { struct_size: 504, code: 0, pointer: [0; 120], message: [1; 376] };
    let descriptor = &Glue::<Probe>::DESCRIPTOR;
    let callbacks = unsafe { &*descriptor.callbacks };
    let text = |text: &[c_char]| -> String {
        String::from_utf8(text.iter().map(|c| *c as u8).take_while(|b| *b != 0).collect()).unwrap()
    };
    let mut start =
        abi::StartArgs { struct_size: 32, flags: 0, host: &host, error: &mut error, plugin_data: std::ptr::null_mut() };
    let status = unsafe { (callbacks.start)(&mut start) };
    if status < 0 {
        return (status, 0, String::new(), text(&error.message));
    }
    let config = format!("{{\"mode\":{}}}", Json::quote(mode));
    let mut create = abi::ConfigCreateArgs {
        struct_size: 160,
        flags: 0,
        plugin_data: start.plugin_data,
        instance: 7,
        config: abi::Slice::of(config.as_bytes()),
        entity_id: abi::Slice::EMPTY,
        entity_name: abi::Slice::EMPTY,
        service_id: abi::Slice::EMPTY,
        route_id: abi::Slice::EMPTY,
        consumer_id: abi::Slice::EMPTY,
        error: &mut error,
        instance_data: std::ptr::null_mut(),
        request_body_mode: 0,
        response_body_mode: 0,
        request_body_limit: 0,
        response_body_limit: 0,
    };
    let created = unsafe { (callbacks.config_create)(&mut create) };
    let mut action = 0;
    if created == 0 {
        let mut state = [0u128; 4];
        let args = abi::PhaseArgs {
            struct_size: 48,
            phase: 1,
            plugin_data: start.plugin_data,
            instance: 7,
            instance_data: create.instance_data,
            request: 9,
            request_state: state.as_mut_ptr() as *mut c_void,
        };
        action = unsafe { callbacks.access.unwrap()(&args) };
        assert_eq!(STATES.with(Cell::get), 1);
        assert_eq!(unsafe { callbacks.log.unwrap()(&args) }, 0);
        unsafe { callbacks.request_end.unwrap()(&args) };
        assert_eq!(STATES.with(Cell::get), 0);
        let destroy = abi::ConfigDestroyArgs {
            struct_size: 32,
            flags: 0,
            plugin_data: start.plugin_data,
            instance: 7,
            instance_data: create.instance_data,
        };
        unsafe { (callbacks.config_destroy)(&destroy) };
    }
    unsafe { (callbacks.stop)(&abi::StopArgs { struct_size: 16, flags: 0, plugin_data: start.plugin_data }) };
    (created, action, text(&error.pointer), text(&error.message))
}

#[test]
fn the_descriptor_says_what_the_plugin_says() {
    let descriptor = Glue::<Probe>::DESCRIPTOR;
    assert_eq!(descriptor.phases, 1 << 1 | 1 << 5);
    assert_eq!(descriptor.priority, -3);
    let callbacks = unsafe { &*descriptor.callbacks };
    assert!(callbacks.access.is_some() && callbacks.header_filter.is_none() && callbacks.body_filter.is_none());
}

#[test]
fn actions_errors_and_panics_become_what_the_host_expects() {
    assert_eq!(run("", true).1, Action::Pause as i32);
    let before = LOGGED.with(Cell::get);
    assert_eq!(run("error", true).1, abi::E_LIMIT);
    assert_eq!(run("panic", true).1, abi::E_FAILED);
    assert_eq!(LOGGED.with(Cell::get), before + 2);
}

#[test]
fn refusals_name_the_field_and_are_cut_between_characters() {
    let (status, _, pointer, message) = run("refuse", true);
    assert_eq!((status, pointer.as_str()), (abi::E_CONFIG, "/mode"));
    assert!(message.len() < 376 && message.starts_with("né"));
    assert_eq!(run("panic in new", true).3, "panicked: at once");
}

#[test]
fn a_host_without_what_it_needs_is_refused_by_name() {
    let (status, _, _, message) = run("", false);
    assert_eq!(status, abi::E_UNSUPPORTED);
    assert!(message.contains("torii.headers/1"));
}

#[test]
fn json_is_read_and_what_is_malformed_is_not() {
    let json = Json::parse(br#" {"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{}} "#).unwrap();
    assert_eq!(json.get("a").elements()[0].integer(), Some(1));
    assert_eq!(json.get("a").elements()[1].number(), Some(-2500.0));
    assert_eq!(json.get("a").elements()[4].text(), Some("é😀\n"));
    assert_eq!(json.get("b").members().len(), 0);
    assert_eq!(json.get("c"), &Json::Null);
    for text in ["", "{", "[1,]", "{\"a\"}", "\"\\ud800\"", "\"\x01\"", "tru", "1 2", "\"\\u+123\""] {
        assert_eq!(Json::parse(text.as_bytes()), None, "{}", text);
    }
    assert_eq!(Json::parse("[".repeat(1000).as_bytes()), None);
    assert_eq!(Json::quote("a\"\\\u{1}é"), "\"a\\\"\\\\\\u0001é\"");
}
