package limits

// JSON estimates the memory that a message takes once it is decoded from a JSON text. The text must be valid JSON. The
// error is an *[Excess] for a list with too many elements.
func (s *Shape) JSON(text []byte) (int64, error) {
	r := jsonReader{text: text}
	if excess := r.value(s, nil); excess != nil {
		return 0, excess
	}
	return r.bytes, nil
}

// jsonReader reads one JSON text. It does not check the syntax.
type jsonReader struct {
	text  []byte
	at    int
	bytes int64
}

// next returns the next byte that is not white space, a comma or a colon; 0 at the end.
func (r *jsonReader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return c
		}
	}
	return 0
}

// value reads a value of a message. A nil shape reads a field that holds no message or is unknown.
func (r *jsonReader) value(s *Shape, f *field) *Excess {
	switch r.next() {
	case '{':
		return r.object(s)
	case '[':
		return r.list(s, f)
	case '"':
		r.bytes += headBytes + int64(len(r.string()))
	case '}', ']', 0:
	default:
		for r.at < len(r.text) && !ends(r.text[r.at]) {
			r.at++
		}
		r.bytes += pointerBytes
	}
	return nil
}

func ends(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ':', ']', '}':
		return true
	}
	return false
}

func (r *jsonReader) object(s *Shape) *Excess {
	r.at++
	if s != nil {
		r.bytes += s.own
	} else {
		r.bytes += headBytes
	}
	for r.next() == '"' {
		name := r.string()
		var f *field
		var inside *Shape
		if s != nil {
			if f = s.names[string(name)]; f != nil {
				inside = f.message
			}
		}
		list := r.next() == '['
		if excess := r.value(inside, f); excess != nil {
			if list {
				return excess
			}
			return excess.within(f, -1)
		}
	}
	r.at++ // the closing brace
	return nil
}

// list reads a list. Its error begins with the name of the list.
func (r *jsonReader) list(s *Shape, f *field) *Excess {
	r.at++
	for n := 0; ; n++ {
		if c := r.next(); c == ']' || c == 0 {
			r.at++
			return nil
		}
		if f != nil && f.most > 0 && n >= f.most {
			return &Excess{f.name, f.most}
		}
		r.bytes += pointerBytes
		if excess := r.value(s, nil); excess != nil {
			if f == nil {
				return excess
			}
			return excess.within(f, n)
		}
	}
}

// string reads a string and returns the text between its quotation marks.
func (r *jsonReader) string() []byte {
	r.at++
	from := r.at
	for r.at < len(r.text) && r.text[r.at] != '"' {
		if r.text[r.at] == '\\' {
			r.at++
		}
		r.at++
	}
	end := min(r.at, len(r.text))
	r.at++
	return r.text[from:end]
}
