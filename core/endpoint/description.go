// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The grammar of a description:
//
//	description = field *( ":" field )
//	field       = [ key "=" ] value
//
// A backslash makes the next character plain text, and is dropped. The first "=" of a field ends its key, later ones are plain text. A field without
// a key is positional; the first positional field is the type. Nothing is trimmed.

// A Field is one part of a [Description], with its quoting removed.
type Field struct {
	// Key is what stands before the equals sign; HasKey is false for a positional field.
	Key    string
	HasKey bool
	// Value is the text of the field.
	Value string
	// Offset is where the value begins in the description, in bytes.
	Offset int
}

// A Description is an endpoint string taken apart. It is immutable.
type Description struct {
	text   string
	fields []Field
}

// ParseDescription splits a description into its fields. The only errors, of type *[Error], are a backslash at the very end, and text that is not UTF-8.
// Twisted: endpoints._parse.
func ParseDescription(text string) (*Description, error) {
	if !utf8.ValidString(text) {
		return nil, &Error{Text: text, Offset: invalidUTF8(text), Reason: "not UTF-8 text"}
	}
	d := &Description{text: text}
	var (
		f   Field
		buf strings.Builder
	)
	end := func(next int) {
		f.Value = buf.String()
		d.fields = append(d.fields, f)
		f = Field{Offset: next}
		buf.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			if i == len(text) {
				return nil, &Error{Text: text, Offset: i - 1, Reason: "a backslash with nothing after it"}
			}
			buf.WriteByte(text[i]) // the bytes that follow in the same character are plain text anyway
		case c == ':':
			end(i + 1)
		case c == '=' && !f.HasKey:
			f.Key, f.HasKey, f.Offset = buf.String(), true, i+1
			buf.Reset()
		default:
			buf.WriteByte(c)
		}
	}
	end(len(text))
	return d, nil
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return len(s)
}

// Text returns the description as it was written.
func (d *Description) Text() string { return d.text }

// Type returns the first positional field, the type of the endpoint, and "" when there is none.
func (d *Description) Type() string {
	for _, f := range d.fields {
		if !f.HasKey {
			return f.Value
		}
	}
	return ""
}

// Positional returns the values of the fields without a key, in order, the type included.
func (d *Description) Positional() []string {
	out := []string{}
	for _, f := range d.fields {
		if !f.HasKey {
			out = append(out, f.Value)
		}
	}
	return out
}

// Keyword returns the values of the fields with a key. The last of several with the same key counts.
func (d *Description) Keyword() map[string]string {
	out := map[string]string{}
	for _, f := range d.fields {
		if f.HasKey {
			out[f.Key] = f.Value
		}
	}
	return out
}

// String returns a description with the same meaning in a normal form: the positional fields, then the keywords sorted by name.
func (d *Description) String() string {
	var parts []string
	for _, v := range d.Positional() {
		parts = append(parts, QuoteArgument(v))
	}
	kw := d.Keyword()
	keys := make([]string, 0, len(kw))
	for k := range kw {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		parts = append(parts, QuoteArgument(k)+"="+Quote(kw[k]))
	}
	return strings.Join(parts, ":")
}

var (
	quoter         = strings.NewReplacer("\\", "\\\\", ":", "\\:")
	argumentQuoter = strings.NewReplacer("\\", "\\\\", ":", "\\:", "=", "\\=")
)

// Quote puts a backslash before each backslash and colon, so that s can stand after "key=" in a description. An equals sign is not quoted: use
// [QuoteArgument] for a positional argument. Twisted: quoteStringArgument.
func Quote(s string) string { return quoter.Replace(s) }

// QuoteArgument puts a backslash before each backslash, colon and equals sign, so that s can stand anywhere in a description.
func QuoteArgument(s string) string { return argumentQuoter.Replace(s) }
