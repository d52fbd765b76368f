package main

const (
	inValue = iota
	inString
	inEscape
)

const nameSize = 20

// usageReader reads an answer byte by byte; kept between two pieces.
type usageReader struct {
	prompt, completion uint64
	found              bool

	place      int
	counted    *uint64 // what the number being read is
	number     uint64
	depth      int
	usageDepth int // of the object "usage"; 0 outside of it
	// The latest string; longer than the array: none that matters.
	name [nameSize]byte
	size int
}

func (u *usageReader) read(c byte) {
	switch u.place {
	case inEscape:
		u.place = inString
		u.size = nameSize + 1
	case inString:
		switch {
		case c == '\\':
			u.place = inEscape
		case c == '"' || c == '\n':
			u.place = inValue
		case u.size < nameSize:
			u.name[u.size] = c
			u.size++
		default:
			u.size = nameSize + 1
		}
	default:
		u.readInValue(c)
	}
}

func (u *usageReader) readInValue(c byte) {
	switch c {
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if u.counted != nil && u.number < 1<<32 {
			u.number = u.number*10 + uint64(c-'0')
		}
	case '"':
		u.endNumber()
		u.place = inString
		u.size = 0
	case ':':
		u.beginNumber()
	case '{', '[':
		u.counted = nil
		u.depth++
		if c == '{' && u.usageDepth == 0 && u.is("usage") {
			u.usageDepth = u.depth
		}
		u.size = nameSize + 1
	case '}', ']':
		u.endNumber()
		if u.depth == u.usageDepth {
			u.usageDepth = 0
		}
		if u.depth > 0 {
			u.depth--
		}
	case ',':
		u.endNumber()
		u.size = nameSize + 1
	case ' ', '\t', '\r', '\n':
	default:
		u.counted = nil // null, or not JSON
	}
}

func (u *usageReader) is(name string) bool {
	return u.size == len(name) && string(u.name[:u.size]) == name
}

func (u *usageReader) beginNumber() {
	u.number = 0
	u.counted = nil
	if u.usageDepth == 0 || u.depth != u.usageDepth {
		return
	}
	switch {
	case u.is("prompt_tokens") || u.is("input_tokens"):
		u.counted = &u.prompt
	case u.is("completion_tokens") || u.is("output_tokens"):
		u.counted = &u.completion
	}
}

func (u *usageReader) endNumber() {
	if u.counted != nil {
		*u.counted = u.number
		u.counted = nil
		u.found = true
	}
}
