#[derive(Default)]
enum Place {
    #[default]
    Value,
    String,
    Escape,
}

enum Counted {
    Prompt,
    Completion,
}

const NAME_SIZE: usize = 20;

/// Reads an answer byte by byte; kept between two pieces.
#[derive(Default)]
pub struct UsageReader {
    pub prompt: u64,
    pub completion: u64,
    pub is_found: bool,
    place: Place,
    counted: Option<Counted>,
    number: u64,
    depth: u32,
    /// The depth of the object `usage`; 0 outside of it.
    usage_depth: u32,
    /// The latest string; longer than the array: none that matters.
    name: [u8; NAME_SIZE],
    name_size: usize,
}

impl UsageReader {
    pub fn read(&mut self, byte: u8) {
        match self.place {
            Place::Escape => {
                self.place = Place::String;
                self.name_size = NAME_SIZE + 1;
            }
            Place::String => match byte {
                b'\\' => self.place = Place::Escape,
                b'"' | b'\n' => self.place = Place::Value,
                _ if self.name_size < NAME_SIZE => {
                    self.name[self.name_size] = byte;
                    self.name_size += 1;
                }
                _ => self.name_size = NAME_SIZE + 1,
            },
            Place::Value => self.read_in_value(byte),
        }
    }

    fn name(&self) -> &[u8] {
        self.name.get(..self.name_size).unwrap_or(&[])
    }

    fn read_in_value(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' => {
                if self.counted.is_some() && self.number < u32::MAX.into() {
                    self.number = self.number * 10 + u64::from(byte - b'0');
                }
            }
            b'"' => {
                self.end_number();
                self.place = Place::String;
                self.name_size = 0;
            }
            b':' => self.begin_number(),
            b'{' | b'[' => {
                self.counted = None;
                self.depth = self.depth.saturating_add(1);
                if byte == b'{' && self.usage_depth == 0 && self.name() == b"usage" {
                    self.usage_depth = self.depth;
                }
                self.name_size = NAME_SIZE + 1;
            }
            b'}' | b']' => {
                self.end_number();
                if self.depth == self.usage_depth {
                    self.usage_depth = 0;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b',' => {
                self.end_number();
                self.name_size = NAME_SIZE + 1;
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.counted = None, // null, or not JSON
        }
    }

    fn begin_number(&mut self) {
        self.number = 0;
        self.counted = match self.name() {
            _ if self.usage_depth == 0 || self.depth != self.usage_depth => None,
            b"prompt_tokens" | b"input_tokens" => Some(Counted::Prompt),
            b"completion_tokens" | b"output_tokens" => Some(Counted::Completion),
            _ => None,
        };
    }

    fn end_number(&mut self) {
        match self.counted.take() {
            Some(Counted::Prompt) => self.prompt = self.number,
            Some(Counted::Completion) => self.completion = self.number,
            None => return,
        }
        self.is_found = true;
    }
}
